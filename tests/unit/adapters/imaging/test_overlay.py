"""Text over the pages of PDFs: the pages stay, and every word is found once, and in its place."""

import io
from ctypes import byref, c_int

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf
from pypdfium2 import PdfDocument, PdfPage, raw

from adapters.imaging.pdf.joining import archive
from documents_cases import FILES
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.ports.engine import EngineFailure
from overlaid import a_pdf, ink, joined, laid_over, layout, texts, with_kids
from pdf_readers import READERS, pdfium_pages


def place(pdf: bytes) -> tuple[float, float]:
    """Return where the first letter of an upright page is, in parts of the page from the upper left."""
    document = PdfDocument(pdf)
    page = document[0]
    width, height = page.get_size()
    left, _, _, top = page.get_textpage().get_charbox(0)
    one, two, three, four = page.get_cropbox()
    x, y = left - min(one, three), max(two, four) - top
    document.close()
    return x / width, y / height


@pytest.mark.parametrize(
    "name", ["pdf-rotate", "pdf-inherited", "pdf-jpx", "pdf-mediabox-missing", "pdf-acroform", "pdf-cropbox"]
)
def test_pages_keep_their_content_and_gain_words(name: str) -> None:
    document = (FILES / f"{name}.pdf").read_bytes()
    with pikepdf.open(io.BytesIO(document)) as before:
        count, seen = len(before.pages), [bool(text.strip()) for text in pdfium_pages(document)]
        streams = [stream.read_raw_bytes() for page in before.pages for stream in contents(page)]
    after = laid_over(document, [layout(f"word{number}") for number in range(count)])
    with pikepdf.open(io.BytesIO(after)) as pdf:
        kept = {stream.read_raw_bytes() for page in pdf.pages for stream in contents(page)}
        assert set(streams) <= kept
        assert pdf.check_pdf_syntax() == []
    found = pdfium_pages(after)
    assert [f"word{number}" in text for number, text in enumerate(found)] == [not text for text in seen]


def contents(page: pikepdf.Page) -> list[pikepdf.Stream]:
    found = page.obj.get("/Contents", Array())
    streams = list(found) if isinstance(found, pikepdf.Array) else [found]
    return [stream for stream in streams if isinstance(stream, pikepdf.Stream)]


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("reader", READERS)
def test_words_of_turned_pages_are_found(turn: int, reader: str) -> None:
    size = (600, 800) if turn in {0, 180} else (800, 600)
    after = laid_over(a_pdf(entries={"/Rotate": turn}), [layout("word", size)])
    assert "word" in READERS[reader](after)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_words_are_where_they_are_seen_on_turned_pages(turn: int) -> None:
    """PDFium itself says where a point of the page is on the screen."""
    size = (600, 800) if turn in {0, 180} else (800, 600)
    one = layout("word", size)
    left, top, right, bottom = one.lines[0].words[0].bbox
    document = PdfDocument(laid_over(a_pdf(entries={"/Rotate": turn}), [one]))
    page = document[0]
    assert page.get_size() == size
    text = page.get_textpage()
    boxes = [on_screen(page, text.get_charbox(at)) for at in range(4)]
    document.close()
    found = [min(box[0] for box in boxes), min(box[1] for box in boxes)]
    found += [max(box[2] for box in boxes), max(box[3] for box in boxes)]
    assert found == pytest.approx([left, top, right, bottom], abs=15)
    assert [box[0] for box in boxes] == sorted(box[0] for box in boxes)  # from left to right


def on_screen(page: PdfPage, box: tuple[float, float, float, float]) -> list[float]:
    """Return where a box is on the page as it is shown, from its upper left, in points."""
    width, height = map(round, page.get_size())
    corners = []
    for x, y in (box[:2], box[2:]):
        across, down = c_int(), c_int()
        raw.FPDF_PageToDevice(page, 0, 0, 10 * width, 10 * height, 0, x, y, byref(across), byref(down))
        corners.append((across.value / 10, down.value / 10))
    (x0, y0), (x1, y1) = corners
    return [min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)]


def test_words_are_where_they_are_seen_on_upright_and_shifted_pages() -> None:
    for entries in ({}, {"/MediaBox": Array([-100, 200, 500, 1000])}, {"/MediaBox": Array([500, 1000, -100, 200])}):
        x, y = place(laid_over(a_pdf(entries=entries), [layout("word")]))
        assert x == pytest.approx(60 / 600, abs=0.01)
        assert y == pytest.approx(80 / 800, abs=0.02)


def test_words_are_where_they_are_seen_on_cropped_pages() -> None:
    crop = Array([100, 100, 400, 700])
    x, y = place(laid_over(a_pdf(entries={"/CropBox": crop}), [layout("word", (300, 600))]))
    assert x == pytest.approx(60 / 300, abs=0.01)
    assert y == pytest.approx(80 / 600, abs=0.02)


def test_pages_that_share_their_resources_get_each_its_own_text() -> None:
    pdf = Pdf.open(io.BytesIO(a_pdf(pages=3)))
    shared = pdf.make_indirect(Dictionary())
    for page in pdf.pages:
        page.obj.Resources = shared
    file = io.BytesIO()
    pdf.save(file)
    assert texts(laid_over(file.getvalue(), [layout("one"), layout("two"), layout("three")])) == [
        "one", "two", "three",
    ]  # fmt: skip


def test_pages_that_are_not_in_the_job_are_left_out() -> None:
    after = laid_over(a_pdf(pages=4), [layout("two"), layout("four")], [2, 4])
    assert texts(after) == ["two", "four"]


def test_nothing_of_the_pages_that_are_left_out_is_in_the_document() -> None:
    """Much of a document leads to all of its pages."""
    pdf = Pdf.open(io.BytesIO(a_pdf(pages=3)))
    secret = pdf.make_stream(b"% SECRET", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 9, 9]))
    shared = pdf.make_indirect(Dictionary(XObject=Dictionary(Im=secret)))
    for page in pdf.pages:
        page.obj.Resources = shared
    kept, out, last = (page.obj for page in pdf.pages)
    out.Contents = pdf.make_stream(b"/Im Do % SECRET")
    last.Contents = pdf.make_stream(b"0 0 5 5 re f")
    field = pdf.make_indirect(Dictionary(FT=Name.Tx, T=pikepdf.String("field")))
    for one in (kept, out):
        widget = Dictionary(Type=Name.Annot, Subtype=Name.Widget, Rect=Array([0, 0, 50, 20]), Parent=field)
        one.Annots = Array([pdf.make_indirect(widget)])
    field.Kids = Array([kept.Annots[0], out.Annots[0]])
    out.Annots[0].AP = Dictionary(N=secret)
    link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 9, 9]), Dest=Array([out, Name.Fit]))
    kept.Annots.append(pdf.make_indirect(link))
    pdf.Root.AcroForm = Dictionary(Fields=Array([field]))
    pdf.Root.Dests = Dictionary(there=Array([out, Name.Fit]))
    pdf.Root.StructTreeRoot = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot, K=Dictionary(Pg=out)))
    with pdf.open_outline() as outline:
        outline.root.extend([pikepdf.OutlineItem("SECRET", 1), pikepdf.OutlineItem("last", 2)])
    pdf.attachments["a.txt"] = pikepdf.AttachedFileSpec(pdf, b"SECRET", filename="a.txt")
    layer = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=pikepdf.String("layer")))
    last.Resources = Dictionary(Properties=Dictionary(L=layer))
    pdf.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=Dictionary(OFF=Array([layer])))
    pdf.docinfo.Title = "title"
    pdf.save(file := io.BytesIO())

    after = laid_over(file.getvalue(), [layout("one"), layout("three")], [1, 3])

    assert texts(after) == ["one", "three"]
    with pikepdf.open(io.BytesIO(after)) as found:
        objects = [found.get_object(number, 0) for number in range(1, found.trailer.Size)]
        streams = [one.read_bytes() for one in objects if isinstance(one, pikepdf.Stream)]
        assert not [data for data in streams if b"SECRET" in data]
        assert len([one for one in objects if isinstance(one, Dictionary) and one.get("/Type") == Name.Page]) == 2
        assert b"SECRET" not in after
        assert found.docinfo.Title == "title"
        with found.open_outline() as outline:
            assert [item.title for item in outline.root] == ["last"]
        hidden = found.Root.OCProperties.D.OFF[0]
        assert hidden.objgen == found.pages[1].obj.Resources.Properties.L.objgen


def test_odd_links_and_outlines_cost_no_page() -> None:
    pdf = Pdf.open(io.BytesIO(a_pdf(pages=3)))
    one, _, last = (page.obj for page in pdf.pages)
    odd = Array([last, Name.XYZ, pdf.make_indirect(Array([5])), 0, 0])
    with pdf.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem("chapter", odd))
    link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 9, 9]), A=Dictionary(S=Array([]), D=odd))
    one.Annots = Array([link, None, 7])
    pdf.save(file := io.BytesIO())
    assert texts(laid_over(file.getvalue(), [layout("one"), layout("three")], [1, 3])) == ["one", "three"]
    assert len(texts(joined(file.getvalue(), a_pdf()))) == 4


def test_a_page_that_no_viewer_opens_does_not_keep_the_others_from_their_text() -> None:
    pdf = Pdf.open(io.BytesIO(a_pdf(pages=3)))
    pdf.Root.Pages.Kids[1] = pdf.make_indirect(Dictionary(Type=Name.Odd))
    pdf.save(file := io.BytesIO())
    assert texts(laid_over(file.getvalue(), [layout("one"), layout(""), layout("three")])) == ["one", "", "three"]


def test_outline_and_attachments_are_kept() -> None:
    pdf = Pdf.open(io.BytesIO(a_pdf(pages=2)))
    with pdf.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem("chapter", 1))
    pdf.attachments["a.txt"] = pikepdf.AttachedFileSpec(pdf, b"content", filename="a.txt")
    file = io.BytesIO()
    pdf.save(file)
    with pikepdf.open(io.BytesIO(laid_over(file.getvalue(), [layout("one"), layout("two")]))) as after:
        with after.open_outline() as outline:
            assert [item.title for item in outline.root] == ["chapter"]
        assert after.attachments["a.txt"].get_file().read_bytes() == b"content"


def test_content_that_leaves_its_state_changed_does_not_move_the_words() -> None:
    x, y = place(laid_over(a_pdf(b"0.5 0 0 0.5 100 100 cm 0 0 10 10 re f"), [layout("word")]))
    assert (x, y) == pytest.approx((60 / 600, 80 / 800), abs=0.02)


def test_a_document_with_fewer_pages_than_were_counted_is_damaged() -> None:
    with pytest.raises(EngineFailure) as failed:
        laid_over(a_pdf(), [layout("two")], [2])
    assert failed.value.code is ItemErrorCode.PDF_DAMAGED


def test_documents_are_joined_in_order() -> None:
    pdf = Pdf.open(io.BytesIO(laid_over(a_pdf(pages=2), [layout("one"), layout("two")])))
    with pdf.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem("chapter", 1))
    pdf.save(one := io.BytesIO())
    other = laid_over(a_pdf(), [layout("three")])
    after = joined(other, one.getvalue())
    assert texts(after) == ["three", "one", "two"]
    with pikepdf.open(io.BytesIO(after)) as found, found.open_outline() as outline:
        (item,) = outline.root
        assert isinstance(item.destination, Array)
        assert (item.title, item.destination[0].objgen) == ("chapter", found.pages[2].obj.objgen)


def values(pdf: bytes) -> dict[str, str]:
    """Return the fields of a form with their values."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return {field.fully_qualified_name: str(field.obj.V) for field in document.acroform.fields}


def test_forms_are_kept_in_a_joined_document() -> None:
    form = (FILES / "pdf-acroform.pdf").read_bytes()
    once = joined(a_pdf(), form)
    assert values(once) == values(form)
    assert ink(once, 1) == ink(form, 0)
    twice = values(joined(once, form))
    assert sorted(twice.values()) == sorted([*values(form).values()] * 2)


def test_values_of_a_form_whose_fields_are_damaged_are_seen_in_a_joined_document() -> None:
    with pikepdf.open(FILES / "pdf-acroform.pdf") as pdf:
        with pdf.open_outline() as outline:
            odd = Array([pdf.pages[0].obj, Name.XYZ, pdf.make_indirect(Array([5])), 0, 0])
            outline.root.append(pikepdf.OutlineItem("chapter", odd))
        pdf.save(file := io.BytesIO())
    (text, _) = texts(joined(file.getvalue(), a_pdf()))
    assert {"MARIA", "SILVA", "EUR", "1234"} <= set(text.split())


def test_an_empty_page_can_be_archived_and_a_page_with_a_foreign_font_cannot() -> None:
    out = io.BytesIO()
    empty, pdf = io.BytesIO(), Pdf.new()
    pdf.add_blank_page(page_size=(600, 800))
    pdf.save(empty)
    assert archive(io.BytesIO(laid_over(empty.getvalue(), [layout("word")])), "title", out) is None
    assert texts(out.getvalue()) == ["word"]
    why = archive(io.BytesIO(a_pdf(b"BT /F 12 Tf 60 700 Td (seen) Tj ET")), "title", io.BytesIO())
    assert why is not None
    assert "font" in why


@pytest.mark.parametrize("bad", [b"Tr", b"/Name Tr", b"Do", b"7 Do", b"(text) Do", b"1 0 0 Do"])
def test_an_instruction_that_lacks_its_operand_keeps_the_words(bad: bytes) -> None:
    content = b"BT 3 Tr /F 20 Tf 60 700 Td (OLD) Tj ET " + bad + b" 0 0 10 10 re f"
    (page,) = pdfium_pages(laid_over(a_pdf(content), [layout("HELLO")]))
    assert page.split() == ["HELLO"]


def test_a_page_that_is_turned_by_a_name_is_upright() -> None:
    upright, named = (laid_over(a_pdf(entries=entries), [layout("HELLO")]) for entries in ({}, {"/Rotate": Name.Up}))
    assert place(named) == pytest.approx(place(upright))


def three_pages() -> bytes:
    """Return a document whose pages show lines of different lengths."""
    with Pdf.open(io.BytesIO(a_pdf(pages=3))) as pdf:
        for number, page in enumerate(pdf.pages, 1):
            page.obj.Contents = pdf.make_stream(b"0 0 %d 9 re f" % (100 * number))
        pdf.save(file := io.BytesIO())
    return file.getvalue()


@pytest.mark.parametrize(
    ("kids", "count", "shown"),
    [
        pytest.param([0, 1], 9, [0, 1, *[None] * 7], id="more are promised"),
        pytest.param([0, 1], 1, [0], id="fewer are promised"),
        pytest.param([0, None, 2], 3, [0, None, 2], id="one is missing"),
        pytest.param([None, 0, 1], 2, [None, 0], id="the first is missing"),
        pytest.param([0, None, 1, 2], 3, [0, None, 1], id="one is missing, and fewer are promised"),
        pytest.param([0, 0, 2], 3, [0, 0, 2], id="one comes twice"),
    ],
)
def test_words_are_on_the_page_that_was_read_though_the_tree_is_damaged(
    kids: list[int | None], count: int, shown: list[int | None]
) -> None:
    before = [ink(three_pages(), number) for number in range(3)]
    document = with_kids(three_pages(), kids, count)
    after = laid_over(document, [layout(f"word{number}") for number in range(len(shown))])
    assert texts(after) == [f"word{number}" for number in range(len(shown))]
    assert [ink(after, at) for at in range(len(shown))] == [0 if at is None else before[at] for at in shown]
    for number, at in enumerate(shown, 1):
        alone = laid_over(document, [layout("alone")], [number])
        assert texts(alone) == ["alone"]
        assert ink(alone, 0) == (0 if at is None else before[at])


@pytest.mark.parametrize("entries", [{"/XObject": Name.Odd}, {"/XObject": Array([1, 2])}, {"/XObject": 7}, None])
@pytest.mark.parametrize("content", [b"0 0 10 10 re f", b"0 0 9 9 re f BT 3 Tr /F 9 Tf 9 9 Td (old) Tj ET"])
def test_odd_resources_of_a_page_cost_no_words(entries: dict[str, object] | None, content: bytes) -> None:
    with Pdf.open(io.BytesIO(a_pdf(content, pages=2))) as pdf:
        first = pdf.pages[0].obj
        if entries is None:
            first.Resources = Array([1])
        else:
            for name, value in entries.items():
                first.Resources[name] = value
        pdf.save(file := io.BytesIO())
    assert texts(laid_over(file.getvalue(), [layout("one"), layout("two")])) == ["one", "two"]


def test_odd_resources_of_a_form_cost_no_words() -> None:
    with Pdf.open(io.BytesIO(a_pdf(b"/Fm Do BT 3 Tr /F 9 Tf 9 9 Td (old) Tj ET"))) as pdf:
        form = pdf.make_stream(b"BT 3 Tr /F 9 Tf 9 9 Td (older) Tj ET 0 0 9 9 re f", Subtype=Name.Form)
        form.BBox, form.Resources = Array([0, 0, 600, 800]), 1
        pdf.pages[0].obj.Resources.XObject = Dictionary(Fm=form)
        pdf.save(file := io.BytesIO())
    assert texts(laid_over(file.getvalue(), [layout("one")])) == ["one"]
