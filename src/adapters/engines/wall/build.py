"""Building the wall, and telling what of it stands."""

import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final

from adapters.engines.wall.capabilities import drop_capabilities
from adapters.engines.wall.landlock import holds_signals, restrict_files
from adapters.engines.wall.seccomp import refuse_calls


class Sandbox(StrEnum):
    """How much of the wall must stand."""

    #: As much as the kernel gives.
    BEST = "best"
    #: All of it, else no page is read.
    REQUIRE = "require"
    #: None is built.
    OFF = "off"


#: Folders and files of the system that programs read: libraries and fonts, the processor's features, randomness.
_SYSTEM: Final = (
    "/usr",
    "/lib",
    "/lib64",
    "/bin",
    "/etc/ld.so.cache",
    "/etc/alternatives",
    "/etc/fonts",
    "/etc/localtime",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/stat",
    "/sys/devices/system/cpu",
    "/sys/fs/cgroup",
    "/dev/urandom",
    "/dev/random",
    "/nix/store",
)
_NOTHING: Final = "/dev/null"
_MISSING: Final = "not here"


def build_wall(folder: Path, readable: Iterable[Path], *, programs: bool = True) -> Mapping[str, str]:
    """Wall this process in; it may write ``folder`` only, and read the system, its own program, and ``readable``.

    Unless ``programs`` are allowed, it starts no process and no program.

    Returns each layer and what the kernel gave.

    Must run in the main thread before others start: the layers hold for the calling thread and its descendants.
    """
    version = restrict_files([*_readable(), *readable], [folder, Path(_NOTHING)])
    none_left = drop_capabilities()
    filtered = refuse_calls(signals=not holds_signals(version), programs=not programs)
    return {
        "landlock": f"version {version}" if version else _MISSING,
        "seccomp": "on" if filtered else _MISSING,
        "capabilities": "none" if none_left else "kept",
    }


def is_whole(wall: Mapping[str, str]) -> bool:
    """Return whether every layer stands."""
    return _MISSING not in wall.values() and wall.get("capabilities") == "none"


def describe(wall: Mapping[str, str]) -> str:
    """Return the layers and their states on one line."""
    return ", ".join(f"{layer} {state}" for layer, state in wall.items()) or "none"


def _readable() -> Iterator[Path]:
    yield from map(Path, _SYSTEM)
    yield Path(_NOTHING)
    yield from (Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable).resolve().parent)
    yield from (Path(entry) for entry in sys.path if entry)
    program = shutil.which("tesseract")
    if program is not None:
        for place in {Path(program).parent, Path(program).resolve().parent}:
            yield from (place, place.parent / "lib", place.parent / "share")
    for variable in ("TESSDATA_PREFIX", "LD_LIBRARY_PATH"):
        yield from (Path(entry) for entry in os.environ.get(variable, "").split(os.pathsep) if entry)
