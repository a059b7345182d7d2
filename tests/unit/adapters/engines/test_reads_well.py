"""The languages for which ``auto`` takes ppocr are those of the figures in the documentation."""

import re
from pathlib import Path

from adapters.engines.ppocr import READS_WELL

PAGE = Path(__file__).parents[4] / "docs" / "engines.md"
ROW = re.compile(r"^\| `(\w+)` \| \d+ \| ([\d.]+) \| ([\d.]+) \| (ppocr|Tesseract) \|$", re.MULTILINE)


def test_the_table_has_the_languages_that_were_measured_to_be_read_well() -> None:
    rows = ROW.findall(PAGE.read_text(encoding="utf-8"))
    assert len(rows) >= 30
    assert sorted(row[0] for row in rows if row[3] == "ppocr") == READS_WELL.split()


def test_a_language_is_read_well_if_hardly_more_words_are_lost_than_by_tesseract() -> None:
    for code, ours, theirs, chosen in ROW.findall(PAGE.read_text(encoding="utf-8")):
        assert (float(ours) >= float(theirs) - 0.02) is (chosen == "ppocr"), code
