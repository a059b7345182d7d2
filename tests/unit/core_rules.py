"""What a module of the core may import, and how it may not learn the time: read from its source."""

import ast
import sys
from collections.abc import Iterator
from typing import Final

#: What ``ocrcore.testing`` may use besides.
TESTING: Final = frozenset({"pytest", "hypothesis", "greenlet"})
#: What of the module ``time`` reads a clock; ``ocrcore.ports.clock`` is the only way for the core.
_CLOCKS: Final = frozenset(
    {
        *("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "clock_gettime"),
        *("clock_gettime_ns", "localtime", "gmtime", "ctime", "process_time", "process_time_ns"),
    }
)
_CLOCK_METHODS: Final = frozenset({"now", "utcnow", "today"})
#: Names that these methods are called on; a ``clock`` of the port has a ``now``, too.
_CLOCK_TYPES: Final = frozenset({"datetime", "date"})


def foreign_imports(source: str, *, also: frozenset[str] = frozenset()) -> Iterator[str]:
    """Yield the imports that are neither of the standard library nor of ``ocrcore``, nor in ``also``."""
    allowed = sys.stdlib_module_names | {"ocrcore"} | also
    for node in ast.walk(ast.parse(source)):
        for name in _imported(node):
            if name.partition(".")[0] not in allowed:
                yield name


def clock_reads(source: str) -> Iterator[str]:
    """Yield what reads a clock, whatever it was called at its import."""
    tree = ast.parse(source)
    aliases = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            yield from (f"time.{alias.name}" for alias in node.names if alias.name in {*_CLOCKS, "*"})
        if isinstance(node, ast.Attribute):
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
            owner = aliases.get(owner, owner)
            if (owner == "time" and node.attr in _CLOCKS) or (owner in _CLOCK_TYPES and node.attr in _CLOCK_METHODS):
                yield f"{owner}.{node.attr}"


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield "a relative import" if node.level else str(node.module)
    elif isinstance(node, ast.Call) and node.args and isinstance(first := node.args[0], ast.Constant):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called in {"import_module", "__import__"}:
            yield str(first.value)
