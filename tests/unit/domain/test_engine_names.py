"""Engines of other distributions, of which the domain knows no more than what a name is."""

import pytest

from ocrcore.domain.engine_choice import choose_engine, needs_new_worker
from ocrcore.domain.errors import InvalidOption
from ocrcore.domain.offer import Offer
from ocrcore.domain.options import JobOptions

OFFERS = {name: Offer(f"{name} 1", ("eng",)) for name in ("tesseract", "ppocr", "code39")}


def test_a_job_may_name_an_engine_that_this_process_lacks() -> None:
    assert JobOptions.from_json({"engine": "code39"}).view().engine == "code39"


@pytest.mark.parametrize("name", ["", "Code39", "9code", "a-b", "../engine", "a b", "code39\n", "x" * 21])
def test_what_cannot_be_the_name_of_an_engine_is_refused(name: str) -> None:
    with pytest.raises(InvalidOption, match="engine must be one of auto, tesseract"):
        JobOptions(engine=name)


def test_an_engine_that_is_not_installed_is_refused_with_those_that_are() -> None:
    with pytest.raises(InvalidOption, match=r"there are: auto, tesseract, ppocr, code39\."):
        choose_engine(JobOptions(engine="code40"), OFFERS)


def test_an_engine_of_another_distribution_is_taken_by_its_name_only() -> None:
    assert choose_engine(JobOptions(engine="code39"), OFFERS) == "code39"
    assert choose_engine(JobOptions(), {"code39": OFFERS["code39"], "tesseract": OFFERS["tesseract"]}) == "tesseract"
    with pytest.raises(InvalidOption):
        choose_engine(JobOptions(), {"code39": OFFERS["code39"]})


def test_a_worker_of_release_0_1_lacks_it() -> None:
    assert needs_new_worker(JobOptions(engine="code39"), OFFERS)
    assert not needs_new_worker(JobOptions(engine="tesseract"), OFFERS)
