"""PaddleOCR's models in a pipeline of our own. Runs in a child only."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from PIL import Image

from adapters.engines.errors import EngineMissing
from adapters.engines.reader import Reader
from adapters.ppocr.files import check_files, find_files
from adapters.ppocr.letters import Letters
from adapters.ppocr.versions import ONNX_RUNTIME, preferred_runtime, version_of
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.layout import Layout, layout_of
from ocrcore.domain.options import JobOptions
from ocrcore.ports.engine import EngineFailure

if TYPE_CHECKING:
    from adapters.ppocr.pipeline import Pipeline

#: Languages in Latin script, Chinese and Japanese whose every letter is known to the recognition models.
_LANGUAGES: Final = (
    "afr bos cat ces chi_sim chi_tra cym dan deu eng est eus fin fra gle glg hrv hun ind isl ita jpn lat lav lit ltz"
    " mlt mri msa nld nor oci pol por que ron slk slv spa sqi swa swe tgl tur"
)
#: Those among them that it reads about as well as Tesseract: its F1 of words is at most 0.02 less, on pages that
#: ``bench/languages.py`` draws. See docs/engines.md for the figures.
READS_WELL: Final = (
    "afr cat chi_sim chi_tra dan deu eng eus fin fra gle glg hrv ind ita jpn lat nld nor por slv spa sqi swe"
)
#: What it imports.
_PACKAGES: Final = ("numpy", "cv2", "onnx")
_RUNTIME: Final = "onnxruntime"
#: The languages among them that need the whole models.
_HAN: Final = frozenset({"chi_sim", "chi_tra", "jpn"})


class PpocrReader(Reader):
    """Loads its models with the first page. There are no page segmentation modes, so ``psm`` has no effect."""

    def __init__(self) -> None:
        if any(find_spec(name) is None for name in (*_PACKAGES, _RUNTIME)):
            raise ImportError
        find_files()
        self._loaded: Pipeline | None = None
        self._runtime = preferred_runtime()
        self._note = ""
        self._version = version_of(self._runtime)

    @property
    def languages(self) -> Sequence[str]:
        """The languages that the models read, as Tesseract's codes."""
        return _LANGUAGES.split()

    @property
    def reads_well(self) -> Sequence[str]:
        """The languages that were measured, and read well."""
        return READS_WELL.split()

    @property
    def version(self) -> str:
        """The models and what runs them: what is meant to, until the first page shows whether it does."""
        return self._version

    def examine(self) -> None:
        """Read the models, and import the packages, of which a part may be missing that is none of Python's."""
        try:
            check_files()
            for name in _PACKAGES:
                import_module(name)
            import_module("adapters.ppocr.runtime_onnx").library()
        except Exception as error:  # whatever the packages raise
            why = " ".join(str(error).split()).rstrip(".")
            remedy = "install its packages again: pip install --force-reinstall '.[ppocr]' in the sources of ocrcore"
            msg = f"ppocr cannot be used here: {why}; {remedy}."
            raise EngineMissing(msg) from error

    def be_careful(self) -> None:
        """Run on ONNX Runtime."""
        self._note = f"as {self._runtime} ends its process"
        self._runtime = ONNX_RUNTIME
        self._version = version_of(ONNX_RUNTIME, self._note)

    def load(self, *, prepare: bool) -> str:
        """Load the models; prepared, a page meets no line of a usual width that the runtime has not met."""
        try:
            pipeline = self._pipeline()
        except ImportError as error:
            raise EngineFailure(ItemErrorCode.OCR_CRASHED) from error
        if prepare:
            pipeline.prepare()
        return self._version

    def _pipeline(self) -> "Pipeline":
        from adapters.ppocr.choosing import load_pipeline  # noqa: PLC0415 - an optional extra, slow to import

        if self._loaded is None:
            self._loaded, self._version = load_pipeline(self._runtime, note=self._note)
        return self._loaded

    def read(self, page: Image.Image, options: JobOptions) -> Layout:
        """Return the layout of the page."""
        from adapters.ppocr.order import in_order  # noqa: PLC0415 - an optional extra, slow to import

        try:
            found = self._pipeline().read(page, letters_of(options.languages))
        except ImportError as error:  # a model is not the one that this release knows
            raise EngineFailure(ItemErrorCode.INTERNAL_ERROR) from error
        layout = layout_of(in_order(page, found.lines), page.size, self._version, options.languages)
        return replace(layout, unread=found.unread)


def letters_of(languages: Collection[str]) -> Letters:
    """Return the letters that texts in these languages need."""
    return Letters.LATIN if _HAN.isdisjoint(languages) else Letters.ALL


#: The entry point for :func:`adapters.engines.reader.create_reader`.
create: Final = PpocrReader
