"""What a command imports before it does anything: whoever types it waits for that."""

import subprocess
import sys
from collections.abc import Sequence


def _imported(module: str) -> tuple[Sequence[str], set[str]]:
    """Return which of our modules this one brings, and which large libraries."""
    program = f"import sys, {module}\nprint(*sys.modules)"
    names = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    ours = [name for name in names if name.partition(".")[0] in {"adapters", "ocrcore"}]
    return ours, {"boto3", "httpx", "pydantic", "sqlalchemy", "ssl"} & set(names)


def test_a_command_is_chosen_before_any_use_case_port_adapter_or_large_library_is_imported() -> None:
    ours, libraries = _imported("entrypoints.cli")
    assert [name for name in ours if name.startswith(("adapters", "ocrcore.ports"))] == []
    assert [name for name in ours if name.startswith("ocrcore.application.")] == ["ocrcore.application.policy"]
    assert libraries == set()


def test_a_client_imports_no_service() -> None:
    ours, libraries = _imported("entrypoints.client")
    assert [
        name for name in ours if name.startswith(("adapters", "ocrcore.ports", "ocrcore.application.service"))
    ] == []
    assert libraries - {"httpx", "ssl"} == set()
