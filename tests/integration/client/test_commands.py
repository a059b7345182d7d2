"""``ocrcore jobs`` against a whole service."""

import json
import os
import re
import signal
import subprocess
from pathlib import Path

import httpx
import pytest

from digital_pdfs import torn_pdf
from ocrcore.domain.codes import ITEM_WARNING_SENTENCES, JOB_WARNING_SENTENCES, ItemWarning, JobWarning
from ocrcore.testing.patience import FOREVER, eventually
from pictures import draw, drawing, png, save
from serving import OCRCORE, ocrcore, serving

#: An argument that is not UTF-8, as Python has it.
NO_UTF_8 = os.fsdecode(b"\xff")


@pytest.fixture
def page(tmp_path: Path) -> Path:
    file = tmp_path / "page.png"
    file.write_bytes(png("HELLO"))
    return file


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    file = tmp_path / "broken.png"
    file.write_bytes(png("HELLO")[:-300])
    return file


def newest(url: str) -> str:
    """Return the id of the job that was made last."""
    return str(json.loads(ocrcore("jobs", "list", "--limit", "1", "--json", "--url", url).stdout)[0]["id"])


def looks(url: str) -> float:
    """Return how often a job was read."""
    counts = re.findall(
        r'_count\{method="GET",route="/api/v1/jobs/\{[^/]*\}",status="200"\} (\S+)', httpx.get(f"{url}/metrics").text
    )
    return sum(map(float, counts))


def interrupted(page: Path, url: str) -> tuple[int, str]:
    """Return how a command ends that waits for its job when Ctrl-C is pressed, and what it says."""
    before = looks(url)
    with subprocess.Popen(
        [*OCRCORE, "jobs", "submit", page, "--wait", "--url", url], stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert eventually(lambda: looks(url) > before)
            process.send_signal(signal.SIGINT)
            assert process.stderr
            return process.wait(FOREVER), process.stderr.read().strip()
        finally:
            process.kill()


def test_files_may_be_sent_to_addresses_of_their_own(url: str, page: Path) -> None:
    ended = ocrcore("jobs", "submit", page, "--direct", "--name", "direct", "--wait", "--url", url)
    assert (ended.returncode, ended.stdout) == (0, "HELLO\n")
    refused = ocrcore("jobs", "submit", page, "--direct", "--psm", "99", "--url", url)
    assert (refused.returncode, refused.stdout) == (2, "")


def test_submit_and_wait_prints_the_text(url: str, page: Path) -> None:
    ended = ocrcore("jobs", "submit", page, "--wait", "--url", url)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "HELLO\n", "")


def test_a_folder_is_one_job_of_its_pictures(url: str, page: Path) -> None:
    job = json.loads(ocrcore("jobs", "submit", page.parent, page, "--json", "--url", url).stdout)
    assert (job["name"], job["items"]["total"]) == ("page.png", 2)


def test_a_job_may_accept_files_that_cannot_be_read(url: str, page: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    sent = ("jobs", "submit", page, tmp_path / "empty.png", "--wait", "--url", url)
    assert "empty.png: The file is empty" in ocrcore(*sent).stderr
    ended = ocrcore(*sent, "--accept-partial")
    assert (ended.returncode, ended.stdout) == (1, "HELLO\n")
    assert "empty.png: The file is empty" in ended.stderr


def test_a_search_prints_a_line_for_each_hit(url: str, page: Path) -> None:
    job = ocrcore("jobs", "submit", page, "--wait", "--json", "--url", url)
    job_id = json.loads(job.stdout)["id"]
    found = json.loads(ocrcore("jobs", "search", "hel*", "--json", "--url", url).stdout)
    assert [hit["snippet"] for hit in found if hit["job_id"] == job_id] == ["HELLO"]
    head, *lines = ocrcore("jobs", "search", "hello", "--url", url).stdout.splitlines()
    assert head.split() == ["JOB", "FILE", "TEXT"]
    assert f"{job_id}  page.png, page 1  HELLO" in lines
    ended = ocrcore("jobs", "search", "?", "--url", url)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.count("\n") == 1


def test_a_job_goes_through_all_commands(url: str, page: Path, broken: Path) -> None:
    job = ocrcore("jobs", "submit", page, broken, "--name", "all of them", "--url", url).stdout.strip()

    def jobs(verb: str, *more: str) -> tuple[int, str, str]:
        ended = ocrcore("jobs", verb, job, *more, OCRCORE_URL=url)
        return ended.returncode, ended.stdout, ended.stderr

    assert jobs("watch") == (1, "", "ERROR 2 of 2 pages, 1 failed\n")
    shown = jobs("show")[1]
    assert "all of them" in shown
    assert "broken.png: The picture" in shown
    ended, text, words = jobs("result")
    assert (ended, text) == (1, "HELLO\n")
    assert words.startswith("broken.png: The picture")
    assert json.loads(jobs("result", "--format", "json")[1])["items"][0]["text"] == "HELLO"
    assert jobs("cancel")[::2] == (1, "ocrcore: The job is finished; there is nothing left to do.\n")
    assert json.loads(jobs("retry", "--json")[1])["id"] == job
    assert json.loads(jobs("watch", "--json")[1])["status"] == "ERROR"
    assert jobs("retry")[::2] == (0, "")
    assert jobs("watch")[0] == 1
    assert jobs("delete") == (0, f"DELETED {job}\n", "")
    assert jobs("show") == (1, "", "ocrcore: There is no job of yours with this id.\n")


def test_every_page_goes_into_a_file_of_its_own(url: str, page: Path, broken: Path, tmp_path: Path) -> None:
    job = ocrcore("jobs", "submit", page, page, broken, "--wait", "--json", "--url", url)
    job_id = json.loads(job.stdout)["id"]
    out = tmp_path / "out"
    ended = ocrcore("jobs", "result", job_id, "-o", f"{out}/", "--url", url)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("broken.png: The picture")
    assert {file.name: file.read_text() for file in out.iterdir()} == {
        "1-page.png.txt": "HELLO\n",
        "2-page.png.txt": "HELLO\n",
    }


def test_a_result_goes_into_a_file_in_the_format_of_its_suffix(url: str, page: Path, tmp_path: Path) -> None:
    job_id = json.loads(ocrcore("jobs", "submit", page, "--wait", "--json", "--url", url).stdout)["id"]
    ended = ocrcore("jobs", "result", job_id, "-o", tmp_path / "out.pdf", "--url", url)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert (tmp_path / "out.pdf").read_bytes().startswith(b"%PDF-")
    ocrcore("jobs", "result", job_id, "--page", "1", "-o", tmp_path / "one.txt", "--url", url)
    assert (tmp_path / "one.txt").read_text() == "HELLO\n"
    html = ocrcore("jobs", "result", job_id, "--format", "hocr", "-o", tmp_path / "out.html", "--url", url)
    assert (html.returncode, (tmp_path / "out.html").is_file()) == (0, True)
    unknown = ocrcore("jobs", "result", job_id, "-o", tmp_path / "out.docx", "--url", url)
    assert (unknown.returncode, (tmp_path / "out.docx").exists()) == (2, False)
    assert unknown.stderr.startswith("ocrcore: The name out.docx does not say the format; end it in .txt")
    beyond = ocrcore("jobs", "result", job_id, "--page", "2", "--url", url)
    assert (beyond.returncode, beyond.stderr) == (2, "ocrcore: The job has 1 page; --page names one of them.\n")


def test_nothing_is_written_of_a_job_that_is_not_finished(page: Path, tmp_path: Path) -> None:
    with serving(tmp_path / "idle", "--slots", "0") as idle:
        job = ocrcore("jobs", "submit", page, "--url", idle).stdout.strip()
        ended = ocrcore("jobs", "result", "last", "-o", f"{tmp_path}/out/", "--url", idle)
        waits = f"ocrcore: The job is not finished; ocrcore jobs watch {job} waits for it.\n"
        assert (ended.returncode, ended.stderr) == (1, waits)
        assert not (tmp_path / "out").exists()


def test_a_job_is_renamed_and_shown_from_every_side(url: str, page: Path, tmp_path: Path) -> None:
    job = json.loads(ocrcore("jobs", "submit", page, "--wait", "--json", "--url", url).stdout)["id"]

    def jobs(*arguments: str | Path) -> str:
        ended = ocrcore("jobs", *arguments, OCRCORE_URL=url)
        assert (ended.returncode, ended.stderr) == (0, "")
        return ended.stdout

    assert jobs("rename", job, "other name") == f"RENAMED {job} other name\n"
    assert json.loads(jobs("rename", job, "name", "--json"))["name"] == "name"
    head, *lines = jobs("timeline", job).splitlines()
    assert head.split()[:2] == ["AT", "(UTC)"]
    assert {"job.created", "job.renamed", "item.recognised"} <= {line.split()[1] for line in lines}
    assert json.loads(jobs("timeline", job, "--json"))[0]["action"] == "job.created"
    assert jobs("stats").startswith("Pages:      ")
    assert json.loads(jobs("stats", "--json"))["slots"] >= 1
    assert jobs("image", job, "-o", tmp_path / "page.out") == ""
    assert (tmp_path / "page.out").read_bytes().startswith(b"\x89PNG")
    jobs("image", job, "--original", "-o", tmp_path / "sent.out")
    assert (tmp_path / "sent.out").read_bytes() == page.read_bytes()
    assert "Engine:" in jobs("show", job, "--page", "1")
    assert json.loads(jobs("show", job, "--page", "1", "--json"))["ocr_text"] == "HELLO"


def test_a_job_is_called_by_the_beginning_of_its_id_or_last(url: str, page: Path) -> None:
    first, second = (ocrcore("jobs", "submit", page, "--url", url).stdout.strip() for _ in range(2))

    def shown(given: str) -> tuple[int, str]:
        ended = ocrcore("jobs", "show", given, "--json", "--url", url)
        return (0, json.loads(ended.stdout)["job"]["id"]) if not ended.returncode else (ended.returncode, ended.stderr)

    assert shown("last") == (0, second)
    assert shown(first[:20]) == (0, first)
    assert shown(second[:20].upper()) == (0, second)
    status, words = shown(first[:8])
    assert (status, words.startswith(f"ocrcore: The ids of several jobs begin with {first[:8]}: ")) == (2, True)
    assert shown("0000-aaaa") == (1, "ocrcore: There is no job of yours whose id begins with 0000-aaaa.\n")
    assert shown("ffff") == (1, "ocrcore: There is no job of yours whose id begins with ffff.\n")
    assert shown("abc") == (2, "ocrcore: abc is too short a beginning of an id; type at least 4 characters.\n")
    assert shown("not-an-id") == (1, "ocrcore: There is no job of yours with this id.\n")


def test_what_could_not_be_read_is_told_beside_the_rest(url: str, page: Path, broken: Path) -> None:
    ended = ocrcore("jobs", "submit", broken, page, "--wait", "--url", url)
    assert (ended.returncode, ended.stdout) == (1, "HELLO\n")
    assert ended.stderr.startswith("broken.png: The picture")


def test_a_file_name_that_is_not_utf_8_is_sent(url: str, page: Path) -> None:
    strange = page.rename(Path(os.fsdecode(bytes(page.parent / "b") + b"\xff.png")))
    ended = ocrcore("jobs", "submit", strange, "--wait", "--json", "--url", url)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert json.loads(ended.stdout)["name"] == "b?.png"


@pytest.mark.parametrize(
    "arguments",
    [
        ("list", "--name", NO_UTF_8),
        ("show", NO_UTF_8),
        ("result", NO_UTF_8),
        ("submit", "{page}", "--languages", NO_UTF_8),
        ("submit", "{page}", "--engine", NO_UTF_8),
        ("submit", "{page}", "--expires-in", NO_UTF_8),
        ("submit", "{page}", "--idempotency-key", NO_UTF_8),
        ("submit", "{page}", "--name", NO_UTF_8),
        ("submit", "{page}/none"),
        ("list", "--url", NO_UTF_8),
        ("list", "--url", f"http://{NO_UTF_8}/"),
        ("list", "--url", f"http://127.0.0.1/{NO_UTF_8}"),
        ("list", "--key-file", NO_UTF_8),
        ("list", "--key-file", "{page}"),
        ("watch", "a/b", "--timeout", NO_UTF_8),
    ],
)
def test_no_argument_leads_to_a_traceback(url: str, page: Path, arguments: tuple[str, ...]) -> None:
    ended = ocrcore("jobs", *(argument.replace("{page}", str(page)) for argument in arguments), OCRCORE_URL=url)
    assert "Traceback" not in ended.stderr
    assert ended.returncode in {0, 1, 2}
    assert not ended.returncode or ended.stderr


def test_an_output_of_few_characters_is_named_in_one_line(url: str, page: Path) -> None:
    job = ocrcore("jobs", "submit", page, "--name", "東京", "--url", url).stdout.strip()
    ended = ocrcore("jobs", "show", job, "--url", url, PYTHONIOENCODING="latin-1")
    assert ended.returncode == 1
    assert ended.stderr == "ocrcore: The output cannot be written in latin-1; set PYTHONIOENCODING=utf-8.\n"


def test_a_list_shows_what_it_is_asked_for(url: str, page: Path) -> None:
    submitted = ocrcore("jobs", "submit", page, "--name", "listed", "--wait", "--json", "--url", url)
    job = json.loads(submitted.stdout)
    listed = ocrcore("jobs", "list", "--name", "list", "--status", "done", "--limit", "1", "--url", url).stdout
    head, line = listed.splitlines()
    assert head.split() == ["ID", "STATUS", "PAGES", "CREATED", "(UTC)", "NAME"]
    assert line.split()[:3] == [job["id"], "DONE", "1/1"]
    as_json = ocrcore("jobs", "list", "--name", "list", "--limit", "1", "--json", "--url", url).stdout
    assert json.loads(as_json) == [job]
    day, *wanted = job["created_at"][:10], "jobs", "list", "--name", "listed", "--json", "--url", url
    assert json.loads(ocrcore(*wanted, "--created-after", day, "--created-before", "2999-01-01T00:00:00Z").stdout) == [
        job
    ]
    assert json.loads(ocrcore(*wanted, "--created-before", day).stdout) == []
    assert ocrcore(*wanted, "--created-before", "yesterday").returncode == 2


def test_a_refused_file_is_called_by_its_name(url: str, page: Path, tmp_path: Path) -> None:
    text = tmp_path / "notes.png"
    text.write_text("no picture")
    ended = ocrcore("jobs", "submit", page, text, "--url", url)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"ocrcore: {text}: The file is not a picture")
    assert "File 2" not in ended.stderr  # it has its name already


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("list", "--url", "http://127.0.0.1:1"), 1),
        (("list", "--url", "nowhere"), 2),
        (("list", "--limit", "0"), 2),
        (("submit", "gone.png"), 2),
        (("show",), 2),
        (("watch", "id", "--timeout", "soon"), 2),
    ],
)
def test_exit_status(arguments: tuple[str, ...], status: int) -> None:
    assert ocrcore("jobs", *arguments).returncode == status


def test_an_option_without_such_a_value_is_the_commands_fault(url: str, page: Path) -> None:
    ended = ocrcore("jobs", "submit", page, "--languages", "xx", "--url", url)
    assert ended.returncode == 2
    assert "there are: " in ended.stderr


def test_who_waits_too_short_is_told_how_it_stands(page: Path, tmp_path: Path) -> None:
    with serving(tmp_path / "idle", "--slots", "0") as idle:
        job = ocrcore("jobs", "submit", page, "--url", idle).stdout.strip()
        ended = ocrcore("jobs", "watch", job, "--timeout", "0s", "--url", idle)
        assert (ended.returncode, ended.stderr) == (1, f"ocrcore: Job {job} is PENDING: 1 pages are open.\n")
        status, _, rest = ocrcore("jobs", "cancel", job, "--url", idle).stdout.partition(" ")
        assert (status, rest.startswith("1 of 1 pages, 1 failed")) == ("ERROR", True)
        assert interrupted(page, idle) == (130, f"It goes on: ocrcore jobs watch {newest(idle)}")
        retried = ocrcore("jobs", "retry", job, "--url", idle).stdout
        assert retried.startswith("PENDING 0 of 1 pages")
        assert "Blocked by:" in ocrcore("jobs", "show", job, "--url", idle).stdout


def test_a_page_is_corrected_and_reviewed(url: str, page: Path) -> None:
    sent = ocrcore("jobs", "submit", page, "--wait", "--json", "--url", url)
    job_id = json.loads(sent.stdout)["id"]
    (item,) = json.loads(ocrcore("jobs", "show", job_id, "--json", "--url", url).stdout)["items"]
    listed = json.loads(ocrcore("review", "--json", "--limit", "1000", "--url", url).stdout)
    assert item["id"] in [one["id"] for one in listed]
    ended = ocrcore("correct", item["id"], "--line", "0", "--word", "0", "GOODBYE", "--url", url)
    assert (ended.returncode, ended.stdout) == (0, f"CORRECTED {item['id']} revision 1\n")
    assert ocrcore("jobs", "result", job_id, "--url", url).stdout == "GOODBYE\n"
    assert ocrcore("jobs", "result", job_id, "--as", "recognised", "--url", url).stdout == "HELLO\n"
    assert ocrcore("jobs", "result", job_id, "--as", "recognised", "--page", "1", "--url", url).stdout == "HELLO\n"
    assert ocrcore("correct", "last", "--lines", "--url", url).stdout == "   0  0:HELLO\n"
    refused = [ocrcore("review", given, "--url", url) for given in ("last/2", "last/x", item["id"][:8])]
    assert [(one.returncode, one.stderr.count("\n")) for one in refused] == [(2, 1)] * 3
    line = ocrcore("correct", item["id"], "--url", url).stdout.splitlines()[1]
    assert line.split()[:5] == ["0", "0", "HELLO", "GOODBYE", "local"]
    assert ocrcore("correct", item["id"], "x", "--url", url).returncode == 2
    late = ocrcore("correct", item["id"], "--line", "0", "x", "--revision", "0", "--url", url)
    assert (late.returncode, late.stderr.count("\n")) == (1, 1)
    assert late.stderr.endswith("line 0 is now 'GOODBYE'; to replace it, pass --revision 1.\n")
    wrong = ocrcore("correct", item["id"], "--line", "7", "x", "--url", url)
    assert (wrong.returncode, "corrections[0].line" in wrong.stderr) == (2, True)
    head, *lines = ocrcore("review", "--limit", "1000", "--url", url).stdout.splitlines()
    assert head.split() == ["ID", "CONFIDENCE", "LOOKED", "AT", "(UTC)", "FILE", "TEXT"]
    assert any(line.startswith(item["id"]) and line.endswith("page.png, page 1  GOODBYE") for line in lines)
    stale = ocrcore("review", f"{job_id}/1", "--revision", "0", "--url", url)
    assert (stale.returncode, stale.stderr.count("\n"), "--revision 1" in stale.stderr) == (1, 1, True)
    assert ocrcore("review", f"{job_id}/1", "--revision", "1", "--url", url).stdout == f"REVIEWED {item['id']}\n"
    assert item["id"] not in ocrcore("review", "--limit", "1000", "--url", url).stdout
    assert item["id"] in ocrcore("review", "--all", "--limit", "1000", "--url", url).stdout
    assert ocrcore("review", item["id"], "--undo", "--url", url).stdout == f"NOT REVIEWED {item['id']}\n"
    assert ocrcore("review", "--undo", "--url", url).returncode == 2


@pytest.fixture
def torn(tmp_path: Path) -> Path:
    """A PDF that seems to have more pages than the one that is read."""
    file = tmp_path / "torn.pdf"
    file.write_bytes(torn_pdf("HARBOUR"))
    return file


@pytest.fixture
def wordless(tmp_path: Path) -> Path:
    """A page with ink, and without a word."""
    file = tmp_path / "drawing.png"
    file.write_bytes(save(drawing()))
    return file


def test_what_one_should_know_about_a_job_is_told_beside_its_text(url: str, torn: Path, wordless: Path) -> None:
    lost = f"torn.pdf: Warning: {JOB_WARNING_SENTENCES[JobWarning.PAGES_LOST]}"
    inked = f"drawing.png: Warning: {ITEM_WARNING_SENTENCES[ItemWarning.NO_WORDS]}"
    waited = ocrcore("jobs", "submit", torn, wordless, "--wait", "--url", url)
    assert (waited.returncode, waited.stdout, waited.stderr.splitlines()) == (0, "HARBOUR\f\n", [lost, inked])
    job = newest(url)
    result = ocrcore("jobs", "result", job, "--url", url)
    assert (result.returncode, result.stderr.splitlines()) == (0, [lost, inked])
    for page, told in ((1, lost), (2, inked)):
        one = ocrcore("jobs", "result", job, "--page", str(page), "--url", url)
        assert (one.returncode, one.stderr.splitlines()) == (0, [told])
    watched = ocrcore("jobs", "watch", job, "--url", url)
    assert (watched.returncode, watched.stderr.splitlines()) == (0, ["DONE 2 of 2 pages", lost, inked])


def test_a_picture_whose_name_says_another_kind_is_told(url: str, torn: Path, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(save(draw("HELLO"), "JPEG"))
    job = ocrcore("jobs", "submit", torn, tmp_path / "photo.jpg", "--url", url).stdout.strip()
    for page, name, kind, suffix in ((1, "page.jpg", "PNG", ".png"), (2, "small.png", "JPEG", ".jpg")):
        wanted = ("jobs", "image", job, "--page", str(page), "--width", "2000", "--url", url)
        ended = ocrcore(*wanted, "-o", tmp_path / name)
        told = f"{tmp_path / name}: Warning: It is a {kind}; the names of such files end in {suffix}.\n"
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", told)
        for right in (f"page{suffix}", "page"):
            assert ocrcore(*wanted, "-o", tmp_path / right).stderr == ""
            assert (tmp_path / right).read_bytes() == (tmp_path / name).read_bytes()


def test_what_is_known_of_a_file_is_told_when_it_is_sent(url: str, torn: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    sent = ocrcore("jobs", "submit", torn, tmp_path / "empty.png", "--accept-partial", "--url", url)
    assert (sent.returncode, sent.stdout) == (0, f"{newest(url)}\n")
    lost, empty = sent.stderr.splitlines()
    assert lost == f"torn.pdf: Warning: {JOB_WARNING_SENTENCES[JobWarning.PAGES_LOST]}"
    assert empty.startswith("empty.png: The file is empty")
