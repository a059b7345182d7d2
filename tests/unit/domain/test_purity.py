import dataclasses
import importlib
import inspect
import pkgutil
import subprocess
import sys

import pytest

import ocrcore.domain

MODULES = [module.name for module in pkgutil.walk_packages(ocrcore.domain.__path__, "ocrcore.domain.")]

VALUES = {
    kind
    for name in MODULES
    for _, kind in inspect.getmembers(importlib.import_module(name), inspect.isclass)
    if dataclasses.is_dataclass(kind)
}

PROGRAM = """
import importlib, sys
before = set(sys.modules)
for name in sys.argv[1:]:
    importlib.import_module(name)
print(*{name.partition(".")[0] for name in set(sys.modules) - before})
"""


def test_the_domain_needs_the_standard_library_only() -> None:
    assert "ocrcore.domain.lifecycle" in MODULES
    run = subprocess.run([sys.executable, "-c", PROGRAM, *MODULES], capture_output=True, text=True, check=True)
    assert set(run.stdout.split()) - sys.stdlib_module_names == {"ocrcore"}


@pytest.mark.parametrize("kind", sorted(VALUES, key=str))
def test_a_value_of_the_domain_cannot_be_changed(kind: type) -> None:
    assert kind.__dict__["__dataclass_params__"].frozen
    assert "__slots__" in kind.__dict__
