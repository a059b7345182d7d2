import click
import pytest
from click.testing import CliRunner

from entrypoints.cli.errors import EXIT_STATUS, errors_in_one_line
from entrypoints.client.errors import ApiProblem, NoAnswer
from entrypoints.settings import SettingsError
from ocrcore import ProblemCode
from ocrcore.domain.errors import DatabaseUnavailable, InvalidOption, JobNotFound


def test_every_code_has_an_exit_status() -> None:
    assert set(EXIT_STATUS) == set(ProblemCode)
    assert set(EXIT_STATUS.values()) == {1, 2}


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (SettingsError("OCR_SLOTS is odd."), 2),
        (InvalidOption("psm is odd."), 2),
        (JobNotFound("No such job."), 1),
        (DatabaseUnavailable("Away."), 1),
        (ApiProblem("invalid-option", "psm is odd.", status=422), 2),
        (ApiProblem("job-open", "Open.", status=409), 1),
        (ApiProblem("newer-than-this", "New.", status=418), 1),
        (NoAnswer("Nothing there."), 1),
        (FileNotFoundError(2, "No such file", "a.png"), 1),
    ],
)
def test_an_error_ends_in_one_line_and_its_status(error: Exception, status: int) -> None:
    @click.command()
    @errors_in_one_line
    def command() -> None:
        raise error

    ended = CliRunner().invoke(command)
    assert ended.exit_code == status
    assert ended.stderr.startswith("ocrcore: ")
    assert ended.stderr.count("\n") == 1


def test_an_error_moves_no_cursor() -> None:
    @click.command()
    @errors_in_one_line
    def command() -> None:
        raise NoAnswer("one\x1b[2Jtwo\nthree")  # noqa: EM101, TRY003 - the text is what is tested

    assert CliRunner().invoke(command).stderr == "ocrcore: one[2Jtwothree\n"
