"""A description of the machine and of the compared versions."""

import os
import platform
import re
import subprocess
from importlib.metadata import version
from pathlib import Path

import tesserocr

import rivals


def machine() -> str:
    """Return one line that describes the machine."""
    processor = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    memory = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text(encoding="ascii"))
    named = f" of {processor[1].strip()}" if processor else ""
    size = f", {int(memory[1]) / 2**20:.0f} GiB of memory" if memory else ""
    system = platform.freedesktop_os_release()["PRETTY_NAME"]
    return f"{os.cpu_count()} cores{named}{size}; {system}, Python {platform.python_version()}"


def versions() -> str:
    """Return one line with the versions of the compared programs."""
    tesseract = subprocess.run(["tesseract", "--version"], check=True, capture_output=True, text=True).stdout
    own = {name: version(name) for name in ("tesserocr", "pytesseract", "onnxruntime")}
    own["tesserocr"] += f" (with {tesserocr.tesseract_version().splitlines()[0]} of its own)"
    theirs = {name: rivals.version(name) for name in ("ocrmypdf", "kreuzberg", "rapidocr")}
    return ", ".join([tesseract.splitlines()[0], *(f"{name} {number}" for name, number in (own | theirs).items())])
