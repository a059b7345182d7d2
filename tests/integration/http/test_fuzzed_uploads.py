"""A small share of ``make fuzz``: uploads, well-formed and damaged, sent to a real service."""

from pathlib import Path

from fuzzing.case import Report
from fuzzing.multiparts import fuzz_multiparts, multipart

CASES = range(500)


def test_every_upload_is_stored_as_it_was_sent_or_refused_with_a_reason(tmp_path: Path) -> None:
    report = Report("uploads")
    for case in fuzz_multiparts(CASES, tmp_path):
        report.add(case)
    assert not report.wrong, "\n".join(report.lines())
    well_formed = sum(multipart(seed).files is not None for seed in CASES)
    assert report.cases == len(CASES)
    assert report.outcomes["accepted"] == well_formed > len(CASES) / 5
