"""What is found in a PDF besides its pages, in the job that is made of it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pikepdf
import pytest

from entrypoints.library import Session, open_local
from ocrcore.domain.errors import NoPages, PdfEncrypted


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with open_local(tmp_path_factory.mktemp("data"), slots=0) as session:
        yield session


def pdf(path: Path, change: Callable[[pikepdf.Pdf], None] = lambda _document: None, pages: int = 1) -> Path:
    """Write a PDF of blank pages, changed."""
    document = pikepdf.new()
    for _ in range(pages):
        document.add_blank_page()
    change(document)
    document.save(path)
    return path


def of_adobe(document: pikepdf.Pdf) -> None:
    document.Root.AcroForm = pikepdf.Dictionary(XFA=pikepdf.Array(), Fields=pikepdf.Array())


def rendered_by_adobe(document: pikepdf.Pdf) -> None:
    document.Root.NeedsRendering = True


def with_fields(document: pikepdf.Pdf) -> None:
    field = document.make_indirect(pikepdf.Dictionary(FT=pikepdf.Name.Tx, T="name"))
    document.Root.AcroForm = pikepdf.Dictionary(XFA=pikepdf.Array(), Fields=pikepdf.Array([field]))


def holding_files(document: pikepdf.Pdf) -> None:
    document.Root.Collection = pikepdf.Dictionary()


def signed(document: pikepdf.Pdf) -> None:
    document.Root.AcroForm = pikepdf.Dictionary(SigFlags=3, Fields=pikepdf.Array())


def with_signed_field(document: pikepdf.Pdf) -> None:
    """Sign it as programs do that leave out the flags; the field is below another, which is below itself."""
    signature = document.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Sig))
    field = document.make_indirect(pikepdf.Dictionary(FT=pikepdf.Name.Sig, T="by", V=signature))
    above = document.make_indirect(pikepdf.Dictionary(T="signed", Kids=pikepdf.Array([field])))
    above.Kids.append(above)
    document.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([above]))


def to_be_signed(document: pikepdf.Pdf) -> None:
    field = document.make_indirect(pikepdf.Dictionary(FT=pikepdf.Name.Sig, T="by"))
    document.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([field, 7]))


def with_odd_form(document: pikepdf.Pdf) -> None:
    document.Root.AcroForm = pikepdf.Array([1])


def with_odd_fields(document: pikepdf.Pdf) -> None:
    document.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Name.None_, SigFlags=pikepdf.Name.Three)


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        (with_signed_field, ["signature"]),
        (to_be_signed, []),
        (with_odd_form, []),
        (with_odd_fields, []),
        (of_adobe, ["xfa"]),
        (rendered_by_adobe, ["xfa"]),
        (with_fields, []),
        (holding_files, ["portfolio"]),
        (signed, ["signature"]),
    ],
)
def test_what_is_odd_about_a_pdf_stands_in_its_job(
    session: Session, tmp_path: Path, change: Callable[[pikepdf.Pdf], None], codes: list[str]
) -> None:
    job = session.submit([pdf(tmp_path / "plain.pdf"), pdf(tmp_path / "odd.pdf", change)])
    assert [(warning.index, warning.file, warning.code) for warning in session.get(job.id).warnings] == [
        (1, "odd.pdf", code) for code in codes
    ]


def test_a_pdf_that_promises_more_pages_is_told(session: Session, tmp_path: Path) -> None:
    torn = pdf(tmp_path / "torn.pdf", pages=2)
    torn.write_bytes(torn.read_bytes().replace(b"/Count 2", b"/Count 9"))
    (warning,) = session.submit([torn]).warnings
    assert (warning.code, warning.message[:23]) == ("pages-lost", "The document is damaged")


def test_a_pdf_that_asks_for_a_certificate_is_not_called_damaged(session: Session, tmp_path: Path) -> None:
    locked = pdf(tmp_path / "locked.pdf")
    entry = b"trailer << /Encrypt << /Filter /Adobe.PubSec /SubFilter /adbe.pkcs7.s5 /V 4 /R 4 /Length 128 >>"
    locked.write_bytes(locked.read_bytes().replace(b"trailer <<", entry))
    with pytest.raises(PdfEncrypted, match=r"^File 1 \(locked.pdf\): .* certificate"):
        session.submit([locked])


def test_a_document_without_pages_is_refused(session: Session, tmp_path: Path) -> None:
    with pytest.raises(NoPages, match=r"^File 1 \(none.pdf\): The document has no pages"):
        session.submit([pdf(tmp_path / "none.pdf", pages=0)])
