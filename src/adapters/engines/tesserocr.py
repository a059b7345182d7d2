"""Tesseract's library through tesserocr, kept loaded between pages. Runs in a child only."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from PIL import Image

from adapters.engines.reader import Reader
from adapters.engines.tessdata import find_tessdata, languages_in
from adapters.engines.treatment import Treatment, treatment_of
from adapters.engines.tsv import HEADING, parse_table
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.layout import Baseline, Box, Layout, baseline_through, layout_of
from ocrcore.domain.options import JobOptions
from ocrcore.ports.engine import EngineFailure

#: Most combinations of languages that stay loaded. Each holds its models, 20 to 60 MB.
_WARM: Final = 4
#: The longest side that Tesseract accepts, in pixels.
_LONGEST_SIDE: Final = 32_767


class TesserocrReader(Reader):
    """Holds an API object for each combination of languages that was used lately."""

    def __init__(self) -> None:
        import tesserocr  # noqa: PLC0415 - an optional extra

        self._library: Any = tesserocr
        self._version = f"tesserocr {tesserocr.tesseract_version().split()[1]}"
        self._tessdata = find_tessdata()
        self._languages = languages_in(self._tessdata)
        self._warm: OrderedDict[str, Any] = OrderedDict()

    @property
    def languages(self) -> Sequence[str]:
        """The languages with data, without ``osd``."""
        return self._languages

    @property
    def version(self) -> str:
        """The version of the bundled Tesseract, for example ``tesserocr 5.5.4``."""
        return self._version

    def read(self, page: Image.Image, options: JobOptions) -> Layout:
        """Return the layout of the page."""
        if max(page.size) > _LONGEST_SIDE:
            raise EngineFailure(ItemErrorCode.IMAGE_TOO_LARGE)
        treatment = treatment_of(page, options)
        table, baselines = self._recognise(treatment, "+".join(options.languages))
        size = treatment.page.size
        try:
            layout = layout_of(parse_table(table, size, baselines), size, self._version, options.languages)
        except ValueError as error:
            raise EngineFailure(ItemErrorCode.OCR_CRASHED) from error
        return layout.resized(page.size)

    def _recognise(self, treatment: Treatment, language: str) -> tuple[str, Mapping[Box, Baseline]]:
        """Return the TSV table and the baselines of its lines, and clear the API object for the next page."""
        api, page = self._api(language), treatment.page
        try:
            api.SetPageSegMode(treatment.psm)
            api.SetVariable("invert_threshold", str(treatment.invert_threshold))
            api.SetImageBytes(page.tobytes(), *page.size, 1, page.width)
            table = f"{HEADING}\n{api.GetTSVText(0)}"  # which lacks it
            return table, self._baselines(api)
        except RuntimeError as error:
            raise EngineFailure(ItemErrorCode.OCR_CRASHED) from error
        finally:
            api.Clear()
            api.ClearAdaptiveClassifier()

    def _baselines(self, api: Any) -> Mapping[Box, Baseline]:  # noqa: ANN401 - its type stubs lack the attributes
        """Return the baselines of the lines that read across, by the boxes of the lines."""
        level, upright = self._library.RIL.TEXTLINE, self._library.Orientation.PAGE_UP
        found = api.GetIterator()
        baselines: dict[Box, Baseline] = {}
        for line in () if found is None else self._library.iterate_level(found, level):
            box, ends = line.BoundingBox(level), line.Baseline(level)
            if box is None or ends is None or line.Orientation()[0] != upright:
                continue
            (x0, y0), (x1, y1) = ends
            if x1 > x0:
                baselines[box] = baseline_through((x0, y0), (y1 - y0) / (x1 - x0), box)
        return baselines

    def _api(self, language: str) -> Any:  # noqa: ANN401 - its type stubs lack the attributes
        if language not in self._warm:
            if len(self._warm) == _WARM:
                oldest = self._warm.popitem(last=False)[1]
                oldest.End()
                oldest.ClearPersistentCache()  # the cached dictionaries that are no longer used
            try:
                self._warm[language] = self._library.PyTessBaseAPI(path=str(self._tessdata), lang=language)
            except RuntimeError as error:  # data of another version, or damaged
                raise EngineFailure(ItemErrorCode.UNSUPPORTED_LANGUAGE) from error
        self._warm.move_to_end(language)
        return self._warm[language]


#: The entry point for :func:`adapters.engines.reader.create_reader`.
create: Final = TesserocrReader
