"""PDF/A as a validator judges it that is not ours, nor the one that wrote it: PDFBox Preflight.

Preflight knows PDF/A-1b only. So a file is rewritten without the two differences that it may have as PDF/A-2b, object
streams and the number of its part; all that is left must hold for both.
"""

import io
import os
import shutil
import subprocess
from pathlib import Path

import pikepdf
import pytest

import pictures
from documents_cases import FILES
from entrypoints.library import read

_FOLDER = Path(os.environ.get("OCRCORE_TEST_PREFLIGHT", ""), "usr/share/java").resolve()
pytestmark = pytest.mark.skipif(
    "OCRCORE_TEST_PREFLIGHT" not in os.environ, reason="set OCRCORE_TEST_PREFLIGHT, see scripts/install-preflight"
)
_JARS = ("preflight", "pdfbox2", "fontbox2", "xmpbox", "commons-logging", "jaxb-api", "javax.activation", "bcprov")
_VALIDATOR = "org.apache.pdfbox.preflight.Validator_A1b"


def faults(file: Path, folder: Path) -> list[str]:
    """Return what Preflight finds in a PDF/A-2b."""
    java = shutil.which("java")
    assert java is not None
    first = folder / "first.pdf"
    with pikepdf.open(file) as pdf:
        if "/Metadata" in pdf.Root:
            metadata = pdf.Root.Metadata.read_bytes()
            pdf.Root.Metadata.write(metadata.replace(b"<pdfaid:part>2<", b"<pdfaid:part>1<"))
        pdf.save(first, object_stream_mode=pikepdf.ObjectStreamMode.disable, force_version="1.4")
    path = ":".join(str(_FOLDER / f"{name}.jar") for name in _JARS)
    ended = subprocess.run([java, "-cp", path, _VALIDATOR, first], capture_output=True, text=True, check=False)
    said = ended.stdout.splitlines()
    assert any("a valid PDF/A-1b file" in line for line in said), ended.stdout + ended.stderr
    return [line for line in said if line[:1].isdigit()]


@pytest.mark.parametrize("form", ["jpeg", "jpeg-turned", "png-1-bit", "png-palette", "webp"])
def test_a_picture_is_valid(tmp_path: Path, form: str) -> None:
    read((f"a.{form}", io.BytesIO(pictures.FORMS[form]("HELLO")))).save(tmp_path / "a.pdf", "pdfa")
    assert faults(tmp_path / "a.pdf", tmp_path) == []


def test_a_document_of_several_pages_is_valid(tmp_path: Path) -> None:
    read(FILES / "tif-alpha-pages.tif").save(tmp_path / "a.pdf", "pdfa")
    assert faults(tmp_path / "a.pdf", tmp_path) == []


def test_an_uploaded_pdf_of_pictures_with_a_text_laid_over_is_valid(tmp_path: Path) -> None:
    read(("a.jpg", io.BytesIO(pictures.FORMS["jpeg"]("HELLO")))).save(tmp_path / "scan.pdf", "pdf")
    read(tmp_path / "scan.pdf", pdf_text="ocr").save(tmp_path / "a.pdf", "pdfa")
    assert faults(tmp_path / "a.pdf", tmp_path) == []


def test_the_validator_finds_what_a_usual_pdf_lacks(tmp_path: Path) -> None:
    read(FILES / "tif-alpha-pages.tif").save(tmp_path / "a.pdf", "pdf")
    assert len(faults(tmp_path / "a.pdf", tmp_path)) > 1
