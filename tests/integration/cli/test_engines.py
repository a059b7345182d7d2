import json

from click.testing import CliRunner, Result

from entrypoints.cli import main


def engines(*words: str, **variables: str) -> Result:
    return CliRunner().invoke(main, ["engines", *words], env=variables)


def test_what_is_here_and_what_is_not_is_shown(tesseract: str) -> None:  # noqa: ARG001 - must be there
    shown = engines("-l", "eng")
    assert shown.exit_code == 0, shown.output
    assert "\ntesseract: tesseract 5." in shown.output
    assert "\n    quality=fast: tesserocr" in shown.output
    without = engines("-l", "eng", PATH="/nowhere").output
    assert "tesseract: not here\n    There is no tesseract on the PATH" in without


def test_a_job_gets_the_engine_that_reads_its_languages(tesseract: str) -> None:  # noqa: ARG001 - must be there
    told = json.loads(engines("-l", "eng", "--json").output)
    names = {row["version"]: row["name"] for row in told["engines"]}
    assert {quality: names[version] for quality, version in told["quality"].items()} == {
        "auto": "ppocr",
        "fast": "tesserocr",
        "best": "ppocr",
    }
    lacking = json.loads(engines("-l", "xyz", "--json").output)["quality"]
    assert set(lacking) == {"auto", "fast", "best"}
    assert all(answer.startswith("The language xyz is not installed here") for answer in lacking.values())
