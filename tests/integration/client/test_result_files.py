"""The files of ``ocrcore jobs result -o FOLDER``: one for each page, whatever its file is called."""

import io
from pathlib import Path

import pytest

from entrypoints.cli.job_files import save_pages
from entrypoints.client import Client
from ocrcore import Upload
from ocrcore.formats.registry import FORMATS
from worlds import World, picture


@pytest.mark.parametrize(
    ("names", "files"),
    [
        (["b.jpg", "a.jpg"], ["b.jpg", "a.jpg"]),
        (["a.jpg", "a.jpg", "1-a.jpg"], ["1-a.jpg", "2-a.jpg", "3-1-a.jpg"]),
        (["2-a.jpg", "a.jpg", "a.jpg", "2-2-a.jpg"], ["2-a.jpg", "2-2-a.jpg", "3-a.jpg", "4-2-2-a.jpg"]),
        (["x/a.jpg", "../a.jpg", "..", "."], ["1-a.jpg", "2-a.jpg", "3-page", "4-page"]),
        (["\N{SNOWMAN}" * 85, "\N{SNOWMAN}" * 86], ["1-" + "\N{SNOWMAN}" * 66, "2-" + "\N{SNOWMAN}" * 66]),
    ],
)
def test_no_page_takes_the_file_of_another(
    world: World, client: Client, tmp_path: Path, names: list[str], files: list[str]
) -> None:
    texts = [str(number) for number in range(len(names))]
    given = [Upload(name, io.BytesIO(picture(text))) for name, text in zip(names, texts, strict=True)]
    job_id = str(world.owned.submit(given, world.service.default_options).id)
    world.process_all()
    save_pages(client, client.get(job_id), FORMATS["txt"], tmp_path / "out")
    written = {path.name: path.read_text() for path in (tmp_path / "out").iterdir()}
    assert written == {f"{file}.txt": f"{text}\n" for file, text in zip(files, texts, strict=True)}
