"""A small share of ``make fuzz``: PDFs with damage, sent to a real service that reads them."""

from pathlib import Path

from fuzzing.case import Report
from fuzzing.documents import fuzz_documents

CASES = range(10)


def test_every_damaged_pdf_is_read_or_refused_and_nothing_of_it_is_lost_without_a_word(tmp_path: Path) -> None:
    report = Report("documents")
    for case in fuzz_documents(CASES, tmp_path):
        report.add(case)
    assert not report.wrong, "\n".join(report.lines())
    assert report.cases == len(CASES)
    assert report.outcomes["read"]
