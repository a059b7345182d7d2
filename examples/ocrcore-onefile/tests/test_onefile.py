"""The part and the engine pass the suites that ocrcore's own pass."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ocrcore.plugins import DocumentsPart, ForeignEngine, GreyPage, Surroundings
from ocrcore.ports.clock import Clock
from ocrcore.ports.documents import Documents
from ocrcore.ports.uploads import Uploads
from ocrcore.testing.documents import DocumentsContract
from ocrcore.testing.foreign_engine import ForeignEngineContract, GreySamples
from ocrcore.testing.uploads import UploadsContract
from ocrcore_onefile.documents import open_part
from ocrcore_onefile.engine import CODES, Code39


class Now(Clock):
    def now(self) -> datetime:
        return datetime.now(UTC)


@pytest.fixture
def open_again(tmp_path: Path) -> Callable[[], DocumentsPart]:
    """Return a function that opens the part as one more process does."""

    def opened() -> DocumentsPart:
        return open_part(
            Surroundings(
                data_dir=tmp_path,
                bucket="ocr-jobs-bucket",
                clock=Now(),
                visibility_timeout=timedelta(seconds=60),
                audit_ttl=timedelta(days=90),
                secret=lambda: b"a secret",
                make=True,
            )
        )

    return opened


class TestOneFileDocuments(DocumentsContract):
    @pytest.fixture
    def documents(self, open_again: Callable[[], DocumentsPart]) -> Documents:
        return open_again().documents


class TestOneFileUploads(UploadsContract):
    @pytest.fixture
    def part(self, open_again: Callable[[], DocumentsPart]) -> DocumentsPart:
        return open_again()

    @pytest.fixture
    def documents(self, part: DocumentsPart) -> Documents:
        return part.documents

    @pytest.fixture
    def uploads(self, part: DocumentsPart) -> Uploads:
        return part.uploads


class TestCode39(ForeignEngineContract):
    @pytest.fixture
    def engine(self) -> ForeignEngine:
        return Code39()

    @pytest.fixture
    def samples(self) -> GreySamples:
        return GreySamples(drawn, ("OCR-7", "42"))


def drawn(text: str) -> GreyPage:
    """Return a barcode on a white page."""
    row = [255] * 40
    for letter in f"*{text}*":
        for place, wide in enumerate(CODES[letter]):
            row += [255 if place % 2 else 0] * (9 if wide == "1" else 3)
        row += [255] * 3
    row += [255] * 40
    white = bytes([255]) * len(row)
    return GreyPage(len(row), 120, white * 30 + bytes(row) * 60 + white * 30)
