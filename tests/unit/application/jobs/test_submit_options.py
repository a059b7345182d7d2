from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.memory.engine import MemoryEngine
from ocrcore import LOCAL_OWNER, JobOptions, OcrService, Policy, Refusal
from ocrcore.domain.errors import DocumentsBusy, InvalidOption, UnsupportedLanguage
from ocrcore.domain.fleet import WorkerReport
from ocrcore.testing.builders import an_id
from worlds import World, uploads


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (JobOptions(expires_in=timedelta(days=2, seconds=1)), "expires_in may be at most 172800s here."),
        (
            JobOptions(languages=("eng", "xx")),
            "The language xx is not installed here (on Debian: apt-get install tesseract-ocr-xx); there are: eng, por.",
        ),
        (
            JobOptions(languages=("chi_sim", "eng", "xxx")),
            (
                "The languages chi_sim, xxx are not installed here (on Debian: apt-get install tesseract-ocr-chi-sim"
                " tesseract-ocr-xxx); there are: eng, por."
            ),
        ),
        (
            JobOptions(languages=("eng,por",)),
            "languages must be codes joined by +, as eng+por; there are: eng, por.",
        ),
        (JobOptions(languages=("",)), "languages must be codes joined by +, as eng+por; there are: eng, por."),
        (
            JobOptions(engine="ppocr"),
            "The engine ppocr is not installed here; there are: auto, tesseract.",
        ),
    ],
)
def test_a_refused_option_is_told_in_one_sentence(options: JobOptions, sentence: str) -> None:
    with pytest.raises(Refusal) as refused:
        World().owned.submit(uploads("A"), options)
    assert str(refused.value) == sentence


def test_the_longest_lifetime_and_every_installed_language_are_taken() -> None:
    world = World()
    options = JobOptions(languages=("por", "eng"), expires_in=timedelta(days=2))
    assert world.owned.submit(uploads("A"), options).options == options


def test_a_client_that_names_no_options_gets_those_of_the_operator() -> None:
    world = World(Policy(languages=("por",), job_ttl=timedelta(hours=3)))
    job = world.owned.submit(uploads("A"))
    assert job.options == world.service.default_options == JobOptions(languages=("por",), expires_in=timedelta(hours=3))


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (lambda: JobOptions(languages=("xxx",)), UnsupportedLanguage),
        (lambda: JobOptions(languages=("../../etc/passwd",)), UnsupportedLanguage),
        (lambda: JobOptions(expires_in=timedelta(days=3)), InvalidOption),
    ],
)
def test_options_that_cannot_be_met_are_refused(options: Callable[[], JobOptions], error: type[Refusal]) -> None:
    with pytest.raises(error):
        World().service.of(LOCAL_OWNER).submit(uploads("A"), options())


def test_a_refused_language_names_those_that_there_are() -> None:
    with pytest.raises(UnsupportedLanguage, match="eng"):
        World().service.of(LOCAL_OWNER).submit(uploads("A"), JobOptions(languages=("xxx",)))


def with_engines(**engines: tuple[str, ...]) -> World:
    world = World()
    world.context = replace(world.context, engine=MemoryEngine(engines=engines))
    world.use(OcrService(world.context))
    return world


def test_an_engine_that_is_not_installed_is_refused_with_those_that_are() -> None:
    world = with_engines(tesserocr=("eng",), tesseract=("eng",))
    with pytest.raises(InvalidOption, match="engine ppocr is not installed here; there are: auto, tesserocr, tess"):
        world.owned.submit(uploads("A"), JobOptions(engine="ppocr"))
    assert not world.database.jobs


def test_languages_are_those_of_the_jobs_engine() -> None:
    world = with_engines(tesseract=("eng", "por"), ppocr=("eng", "jpn"))
    world.owned.submit(uploads("A"), JobOptions(languages=("jpn",), engine="ppocr"))
    world.owned.submit(uploads("A"), JobOptions(languages=("por",)))
    with pytest.raises(UnsupportedLanguage, match="there are: eng, jpn"):
        world.owned.submit(uploads("A"), JobOptions(languages=("por",), engine="ppocr"))


def test_no_job_for_a_new_engine_is_taken_while_a_worker_of_the_first_release_is_live() -> None:
    world = with_engines(tesseract=("eng",), ppocr=("eng",))
    old = WorkerReport(an_id(1), "worker", "old", 2, "tesseract 5", None, world.clock.now())
    world.context.workers.report(old)
    with pytest.raises(DocumentsBusy, match="older release"):
        world.owned.submit(uploads("A"), JobOptions(engine="ppocr"))
    world.context.workers.report(replace(old, slots=0))
    assert world.owned.submit(uploads("A"), JobOptions(engine="ppocr")).counts.total == 1


def two_engines() -> World:
    world = World()
    engines = {"ppocr": ("ces", "deu", "eng"), "tesseract": ("ces", "eng", "rus")}
    engine = MemoryEngine(engines=engines, default="auto", well={"ppocr": ("deu", "eng")})
    world.context = replace(world.context, engine=engine)
    world.use(OcrService(world.context))
    return world


@pytest.mark.parametrize(
    ("languages", "quality", "busy"), [("eng", "auto", False), ("deu", "auto", True), ("eng", "best", True)]
)
def test_a_worker_of_the_first_release_gets_no_job_that_it_would_read_worse(
    languages: str, quality: str, *, busy: bool
) -> None:
    world = two_engines()
    world.context.workers.report(WorkerReport(an_id(1), "worker", "old", 2, "tesseract 5", None, world.clock.now()))
    options = JobOptions(languages=(languages,), quality=quality)
    with pytest.raises(DocumentsBusy, match="older release") if busy else nullcontext():
        world.owned.submit(uploads("A"), options)


@pytest.mark.parametrize(
    ("languages", "engine"), [("eng", "ppocr 1"), ("ces", "tesseract 1"), ("eng+rus", "tesseract 1")]
)
def test_the_languages_of_a_job_decide_what_reads_it(languages: str, engine: str) -> None:
    world = two_engines()
    job = world.owned.submit(uploads("A"), JobOptions(languages=tuple(languages.split("+"))))
    world.process_all(world.new_worker())
    assert [item.engine for item in world.items(job)] == [engine]


def test_languages_that_no_engine_reads_together_are_refused() -> None:
    with pytest.raises(UnsupportedLanguage, match="reads all of these languages together"):
        two_engines().owned.submit(uploads("A"), JobOptions(languages=("deu", "rus")))


def test_the_operators_quality_is_that_of_a_job_that_names_none() -> None:
    world = World(Policy(quality="fast"))
    assert world.service.default_options.quality == "fast"
