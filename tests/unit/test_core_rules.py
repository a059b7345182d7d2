"""The core imports the standard library only, and has no clock but the port's."""

from pathlib import Path

import pytest

from unit.core_rules import TESTING, clock_reads, foreign_imports

CORE = Path(__file__).parents[2] / "src" / "ocrcore"
MODULES = sorted(CORE.rglob("*.py"))
#: What ``python -m ocrcore`` starts: the program, which is no part of the core.
PROGRAM = frozenset({"ocrcore_start"})


def is_testing(module: Path) -> bool:
    return module.relative_to(CORE).parts[0] == "testing"


def test_all_parts_of_the_core_are_looked_at() -> None:
    assert {"domain", "ports", "application", "formats", "testing"} <= {module.parent.name for module in MODULES}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(CORE)))
def test_a_module_of_the_core_imports_the_standard_library_only(module: Path) -> None:
    also = TESTING if is_testing(module) else PROGRAM if module.name == "__main__.py" else frozenset[str]()
    assert list(foreign_imports(module.read_text(), also=also)) == []


@pytest.mark.parametrize(
    "module", [module for module in MODULES if not is_testing(module)], ids=lambda module: str(module.relative_to(CORE))
)
def test_a_module_of_the_core_reads_no_clock(module: Path) -> None:
    assert list(clock_reads(module.read_text())) == []


@pytest.mark.parametrize(
    ("planted", "seen"),
    [
        ("import httpx", "httpx"),
        ("import anyio", "anyio"),
        ("from markupsafe import escape", "markupsafe"),
        ("def f():\n    import httpx.x as json", "httpx.x"),
        ("if TYPE_CHECKING:\n    import httpx", "httpx"),
        ("import json, httpx", "httpx"),
        ("from . import job", "a relative import"),
        ("import adapters.memory", "adapters.memory"),
        ("import entrypoints", "entrypoints"),
        ("import ocrcore_start", "ocrcore_start"),
        ("import pytest", "pytest"),
        ("importlib.import_module('httpx')", "httpx"),
        ("__import__('httpx')", "httpx"),
    ],
)
def test_a_planted_import_is_seen(planted: str, seen: str) -> None:
    source = (CORE / "domain" / "job.py").read_text()
    assert list(foreign_imports(f"{source}\n{planted}\n")) == [seen]


@pytest.mark.parametrize(
    ("planted", "seen"),
    [
        ("import time\ntime.time()", "time.time"),
        ("import time as t\nt.monotonic()", "time.monotonic"),
        ("import time\nread = time.monotonic", "time.monotonic"),
        ("from time import time_ns as n", "time.time_ns"),
        ("from datetime import datetime\ndatetime.now(UTC)", "datetime.now"),
        ("from datetime import datetime as d\nd.utcnow()", "datetime.utcnow"),
        ("import datetime\ndatetime.datetime.now()", "datetime.now"),
        ("import datetime as dt\ndt.date.today()", "date.today"),
        ("from datetime import date\ndate.today()", "date.today"),
    ],
)
def test_a_planted_clock_is_seen(planted: str, seen: str) -> None:
    assert list(clock_reads(f"{planted}\n")) == [seen]


def test_the_clock_of_the_port_is_none_of_them() -> None:
    assert list(clock_reads("from datetime import datetime\nnow: datetime = context.clock.now()\n")) == []
