"""Real pages, and programs in the place of tesseract that behave as badly as programs can."""

import shutil
import threading
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from PIL import Image

import pictures
from adapters.engines.engine import ChildEngine
from adapters.imaging.turning import turned
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.layout import Layout
from ocrcore.domain.options import JobOptions
from ocrcore.ports.documents import BytesSource
from ocrcore.ports.engine import EngineFailure, Page
from ocrcore.testing.engine import PageSamples
from ocrcore.testing.patience import FOREVER


def noise(side: int) -> bytes:
    return pictures.save(Image.effect_noise((side, side), 90), "TIFF")


@cache
def page_samples() -> PageSamples:
    whole = pictures.FORMS["jpeg"]("HELLO WORLD")
    return PageSamples(
        draw=pictures.png,
        turned=pictures.turned_jpeg,
        lying=lambda text, degrees: pictures.save(turned(pictures.draw(text).convert("L"), 360 - degrees)),
        columns=pictures.columns,
        full=pictures.columns,
        accented=pictures.accented,
        greek=pictures.in_roboto,
        blank=pictures.png(""),
        one_pixel=pictures.save(Image.new("L", (1, 1), 255)),
        noise=noise(100),
        truncated=whole[: len(whole) // 2],
        corrupt=pictures.damaged_png("HELLO"),
        too_large=pictures.announces(10_001, 5_000),
        endless=pictures.columns(*[["the quick brown fox jumps over the lazy dog"] * 140] * 8),
    )


def replace_tesseract(patch: pytest.MonkeyPatch, folder: Path, body: str) -> None:
    """Put a shell script in the place of tesseract; it says its version and languages as the real one does.

    In ``body``, ``$2`` is the path of the output, less its extension, and ``tesseract`` calls the real one.
    """
    put_tesseract(patch, folder, f'case "$1" in --version|--list-langs) tesseract "$@"; exit;; esac\n{body}')


def put_tesseract(patch: pytest.MonkeyPatch, folder: Path, body: str) -> None:
    """Put a shell script in the place of tesseract; in ``body``, ``tesseract`` calls the real one."""
    real = shutil.which("tesseract")
    folder.mkdir(exist_ok=True)
    script = folder / "tesseract"
    script.write_text(f'#!/bin/sh\ntesseract() {{ {real} "$@"; }}\n{body}\n')
    script.chmod(0o755)
    patch.setenv("PATH", str(folder), prepend=":")


def read(engine: ChildEngine, text: str = "HELLO", *, seconds: float = FOREVER, name: str = "auto") -> Layout:
    page = Page(BytesSource(pictures.png(text)), 1, JobOptions(engine=name))
    return engine.recognise(page, timeout=timedelta(seconds=seconds), stop=threading.Event())


def failure(engine: ChildEngine, text: str = "HELLO", *, seconds: float = FOREVER) -> ItemErrorCode:
    with pytest.raises(EngineFailure) as caught:
        read(engine, text, seconds=seconds)
    return caught.value.code
