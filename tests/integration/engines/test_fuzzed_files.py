"""A small share of ``make fuzz``: files of every kind, damaged, in the processes that decode."""

from pathlib import Path

from fuzzing.case import Report
from fuzzing.files import fuzz_files
from ocrcore.domain.codes import ItemErrorCode

CASES = range(400)


def test_every_file_is_read_or_refused_with_a_reason(tmp_path: Path) -> None:
    report = Report("files")
    for case in fuzz_files(CASES, tmp_path):
        report.add(case)
    assert not report.wrong, "\n".join(report.lines())
    assert report.cases == len(CASES)
    assert {"read", ItemErrorCode.IMAGE_TRUNCATED, ItemErrorCode.IMAGE_CORRUPT} < set(report.outcomes)
