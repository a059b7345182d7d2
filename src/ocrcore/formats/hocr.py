"""The format ``hocr``: hOCR 1.2 as XHTML, one ``ocr_page`` for each page.

Pages are numbered as they come in the file, and ids are unique in it. Source: http://kba.github.io/hocr-spec/1.2/.
"""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

from ocrcore.domain.layout import Baseline, Box, Layout, Line, Word, around
from ocrcore.formats.results import JobResult, PageResult
from ocrcore.formats.xml_text import content, decimal, language_tag, only_language, plain, quoted

_HEAD: Final = """\
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml">
<head>
<title>{name}</title>
<meta http-equiv="Content-Type" content="text/html; charset=utf-8"/>
<meta name="ocr-system" content={engine}/>
<meta name="ocr-langs" content={languages}/>
<meta name="ocr-capabilities" content="ocr_page ocr_carea ocr_par ocr_line ocrx_word ocrp_wconf ocrp_lang"/>
</head>
<body>
"""
_FOOT: Final = "</body>\n</html>\n"


def page_hocr(page: PageResult) -> Iterator[bytes]:
    """Yield the document of a page."""
    return _document(page.item.filename, iter([page]))


def job_hocr(result: JobResult) -> Iterator[bytes]:
    """Yield the document of a job, page by page, in constant memory."""
    return _document(result.job.name, result.pages)


def _document(name: str, pages: Iterator[PageResult]) -> Iterator[bytes]:
    for number, page in enumerate(pages, 1):
        layout = page.read_layout()
        if number == 1:  # its engine and languages stand for all: the head comes before the other pages are read
            languages = quoted(" ".join(filter(None, map(language_tag, layout.languages))) or "unknown")
            yield _HEAD.format(name=content(name), engine=quoted(layout.engine), languages=languages).encode()
        yield _page(number, page.item.filename, page.item.page, layout).encode()
    yield _FOOT.encode()


def _page(number: int, filename: str, page: int, layout: Layout) -> str:
    properties = [
        f"image {_string(filename)}",
        _bbox((0, 0, layout.width, layout.height)),
        f"ppageno {number - 1}",
        f"lpageno {page}",
    ]
    lines = chain.from_iterable(
        _paragraph(f"{number}_{at}", layout, paragraph) for at, paragraph in enumerate(layout.paragraphs, 1)
    )
    tag = only_language(layout.languages)
    language = "" if tag is None else f' lang="{tag}" xml:lang="{tag}"'
    head = f'<div class="ocr_page" id="page_{number}"{language} title={quoted("; ".join(properties))}>'
    return "\n".join([head, *lines, "</div>", ""])


def _paragraph(name: str, layout: Layout, lines: Sequence[Line]) -> Iterator[str]:
    title = _bbox(layout.clipped(around(line.bbox for line in lines)))
    yield f'<div class="ocr_carea" id="block_{name}" title="{title}">'
    yield f'<p class="ocr_par" id="par_{name}" title="{title}">'
    angle = f"; textangle {layout.rotation}" if layout.rotation else ""
    for at, line in enumerate(lines, 1):
        title = f"{_bbox(layout.clipped(line.bbox))}{_baseline(layout.clipped_baseline(line))}{angle}"
        yield f'<span class="ocr_line" id="line_{name}_{at}" title="{title}">'
        yield from (
            _word(f"{name}_{at}_{place}", layout.clipped(word.bbox), word)
            for place, word in enumerate(line.words, 1)
            if plain(word.text)
        )
        yield "</span>"
    yield "</p>\n</div>"


def _word(name: str, bbox: Box, word: Word) -> str:
    confidence = "" if word.confidence is None else f"; x_wconf {round(word.confidence)}"
    title = f"{_bbox(bbox)}{confidence}"
    return f'<span class="ocrx_word" id="word_{name}" title="{title}">{content(word.text)}</span>'


def _bbox(box: Box) -> str:
    return "bbox " + " ".join(map(str, box))


def _baseline(baseline: Baseline | None) -> str:
    """Return the property of a line, which is told in the direction of its text, as the text angle says."""
    return "" if baseline is None else f"; baseline {' '.join(map(decimal, baseline))}"


def _string(text: str) -> str:
    """Return a delimited string of hOCR, which has no escapes. Many readers split it at a semicolon."""
    return '"' + plain(text).replace('"', "'").replace(";", ",") + '"'
