"""The format ``alto``: ALTO 4.4, one ``Page`` for each page, in pixels.

Pages are numbered as they come in the file, and ids are unique in it. Source:
https://www.loc.gov/standards/alto/v4/alto-4-4.xsd.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from ocrcore.domain.joining import blanks_in
from ocrcore.domain.layout import Box, Layout, Line, Word, around, engine_name
from ocrcore.formats.results import JobResult, PageResult
from ocrcore.formats.xml_text import content, only_language, plain, quoted

_HEAD: Final = """\
<?xml version="1.0" encoding="UTF-8"?>
<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"\
 xsi:schemaLocation="http://www.loc.gov/standards/alto/ns-v4# https://www.loc.gov/standards/alto/v4/alto-4-4.xsd"\
 SCHEMAVERSION="4.4">
<Description>
<MeasurementUnit>pixel</MeasurementUnit>
<sourceImageInformation><fileName>{name}</fileName></sourceImageInformation>
"""
_ENGINE: Final = """\
<Processing ID="{name}"><processingSoftware><softwareName>{software}</softwareName>\
<softwareVersion>{version}</softwareVersion></processingSoftware></Processing>
"""
_LAYOUT: Final = "</Description>\n<Layout>\n"
_FOOT: Final = "</Layout>\n</alto>\n"


def page_alto(page: PageResult) -> Iterator[bytes]:
    """Yield the document of a page."""
    return _document(page.item.filename, iter([page]), lambda: ())


def job_alto(result: JobResult) -> Iterator[bytes]:
    """Yield the document of a job, page by page, in constant memory."""
    return _document(result.job.name, result.pages, result.engines)


def _document(name: str, pages: Iterator[PageResult], others: Callable[[], Iterable[str]]) -> Iterator[bytes]:
    engines: Mapping[str, str] = {}
    for number, page in enumerate(pages, 1):
        layout = page.read_layout()
        if number == 1:
            different = dict.fromkeys([layout.engine, *others()])
            engines = {engine: f"engine_{at}" if at > 1 else "engine" for at, engine in enumerate(different, 1)}
            head = [_HEAD.format(name=content(name)), *(_engine(*one) for one in engines.items()), _LAYOUT]
            yield "".join(head).encode()
        yield _page(number, layout, engines.get(layout.engine)).encode()
    yield _FOOT.encode()


def _engine(engine: str, name: str) -> str:
    software = engine_name(engine)
    version = engine[len(software) :].strip()
    return _ENGINE.format(name=name, software=content(software), version=content(version))


def _page(number: int, layout: Layout, engine: str | None) -> str:
    """Return a page, with the name of the description of its engine."""
    attributes = [
        f'ID="page_{number}" PHYSICAL_IMG_NR="{number}" WIDTH="{layout.width}" HEIGHT="{layout.height}"',
        *([] if engine is None else [f'PROCESSINGREFS="{engine}"']),
        *([] if layout.confidence is None else [f'PC="{_share(layout.confidence)}"']),
        *([] if (tag := only_language(layout.languages)) is None else [f'LANG="{tag}"']),
    ]
    texts = iter(layout.line_texts)
    parts = [
        f"<Page {' '.join(attributes)}>",
        f"<PrintSpace {_placed((0, 0, layout.width, layout.height))}>",
        *(
            part
            for at, paragraph in enumerate(layout.paragraphs, 1)
            for part in _block(f"{number}_{at}", layout, paragraph, texts)
        ),
        "</PrintSpace>",
        "</Page>",
        "",
    ]
    return "\n".join(parts)


def _block(name: str, layout: Layout, lines: Sequence[Line], texts: Iterator[str]) -> Iterator[str]:
    """Yield the lines of a paragraph, whose texts are the next ones of the page."""
    rotation = f' ROTATION="{layout.rotation}"' if layout.rotation else ""
    yield f'<TextBlock ID="block_{name}" {_placed(layout.clipped(around(line.bbox for line in lines)))}{rotation}>'
    for (at, line), text in zip(enumerate(lines, 1), texts, strict=False):
        words = [word for word in line.words if plain(word.text)]
        if words:  # a line of the schema has at least one
            yield f'<TextLine ID="line_{name}_{at}"{_baseline(layout, line)} {_placed(layout.clipped(line.bbox))}>'
            yield from _strings(f"{name}_{at}", layout, words, plain(text))
            yield "</TextLine>"
    yield "</TextBlock>"


def _strings(name: str, layout: Layout, words: Sequence[Word], text: str) -> Iterator[str]:
    """Yield the words, and the blanks between those that have one."""
    blanks = [False, *blanks_in(text, [plain(word.text) for word in words])]
    for (at, word), has_blank in zip(enumerate(words, 1), blanks, strict=True):
        box = layout.clipped(word.bbox)
        if has_blank:
            yield _blank(layout.clipped(words[at - 2].bbox), box)
        confidence = "" if word.confidence is None else f' WC="{_share(word.confidence)}"'
        yield f'<String ID="word_{name}_{at}" CONTENT={quoted(word.text)} {_placed(box)}{confidence}/>'


def _blank(one: Box, other: Box) -> str:
    """Return the blank between two words, in either direction of writing."""
    left, right = min(one[2], other[2]), max(one[0], other[0])
    return f'<SP HPOS="{min(left, right)}" VPOS="{min(one[1], other[1])}" WIDTH="{max(0, right - left)}"/>'


def _baseline(layout: Layout, line: Line) -> str:
    """Return the attribute of a line: two points of the page, in whole pixels."""
    ends = layout.baseline_ends(line)
    return "" if ends is None else f' BASELINE="{" ".join(f"{x:.0f},{y:.0f}" for x, y in ends)}"'


def _placed(box: Box) -> str:
    x0, y0, x1, y1 = box
    return f'HPOS="{x0}" VPOS="{y0}" WIDTH="{x1 - x0}" HEIGHT="{y1 - y0}"'


def _share(confidence: float) -> str:
    return f"{confidence / 100:.4g}"
