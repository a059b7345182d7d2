"""The pages as a program sees them: their headers, their forms, and who gets a page where others get JSON."""

import re
from typing import Any

import httpx
import pytest

from entrypoints.http.pages.assets import address_of
from integration.http.keyed_house import House
from integration.http.site import Site, field, form, part, problem
from ocrcore.domain.codes import ProblemCode
from worlds import picture

HTML = {"accept": "text/html,*/*;q=0.8"}


def look(site: Site, path: str, **headers: str) -> httpx.Response:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return site.client.get(path, headers=HTML | given)


def send(site: Site, path: str, **fields: str) -> httpx.Response:
    return site.client.post(path, data=fields, headers=HTML)


def upload(site: Site, *parts: bytes) -> httpx.Response:
    kind = {"content-type": "multipart/form-data; boundary=edge"}
    return site.client.post("/jobs", content=form(*parts), headers=HTML | kind)


@pytest.mark.parametrize("path", ["/", "/?q=HELLO", "/jobs/{job}", "/jobs/{job}/timeline", "/jobs/{job}/delete"])
def test_a_page_runs_nothing_that_stands_in_it(site: Site, path: str) -> None:
    job = site.submit("HELLO")
    site.world.process_all()
    page = look(site, path.format(job=job["id"]))
    assert page.status_code == 200, page.text
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert page.headers["referrer-policy"] == "same-origin"
    assert not re.search(r"\sstyle=|\son\w+=|<style|<script(?! src=)|javascript:|https?://", page.text)


def test_what_the_pages_need_is_kept_for_a_year_and_an_odd_address_is_not_found(site: Site) -> None:
    page = look(site, "/")
    for path in re.findall(r'"(/static/[^"]+)"', page.text):
        answer = site.client.get(path)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    problem(site.client.get("/static/00000000000/dom.js"), "not-found")
    problem(site.client.get("/static/000000000000/..%2fhome.py"), "not-found")


def test_a_page_of_another_release_gets_the_files_of_this_one_and_nobody_keeps_them(site: Site) -> None:
    other, own = (site.client.get(path) for path in ("/static/000000000000/dom.js", address_of("dom.js")))
    assert (other.status_code, other.content) == (200, own.content)
    assert (other.headers["cache-control"], own.headers["cache-control"]) == (
        "no-store",
        "public, max-age=31536000, immutable",
    )


@pytest.mark.parametrize("language", ["en", "pt"])
@pytest.mark.parametrize(("coding", "most"), [("gzip", 72_000), ("identity", 95_000)])
@pytest.mark.parametrize("jobs", [0, 25])
def test_the_first_page_is_light(site: Site, language: str, coding: str, most: int, jobs: int) -> None:
    """Under 100 kB is what people are promised; it has less, so that somebody notices before that is broken."""
    for number in range(jobs):
        site.submit("HELLO", name=f"A document with a name as people give them, number {number}.pdf")
    page = look(site, "/", accept_language=language)
    assert page.text.count('class="row"') == jobs
    assert ("sample.png" in page.text) == (not jobs)
    taken = {"accept-encoding": coding}
    sent = [site.client.get(path, headers=taken) for path in set(re.findall(r'"(/static/[^"]+)"', page.text))]
    assert len(page.content) + sum(int(answer.headers["content-length"]) for answer in sent) < most


def test_what_is_packed_is_the_same_for_whoever_takes_it_packed_and_whoever_does_not(site: Site) -> None:
    (path,) = re.findall(r'"(/static/[^"]+/ocrcore.css)"', look(site, "/").text)
    plain, *packed = (
        site.client.get(path, headers={"accept-encoding": accepted})
        for accepted in ("identity", "br, GZIP ; q=0.5", "gzip;q=0.000, *", "x-gzip")
    )
    assert [answer.headers.get("content-encoding") for answer in packed] == ["gzip", None, None]
    assert {answer.content for answer in (plain, *packed)} == {plain.content}
    assert {answer.headers["vary"].lower() for answer in (plain, *packed)} == {"accept-encoding"}


def test_a_page_of_an_open_job_asks_for_itself_but_not_where_somebody_writes_or_chooses_files(site: Site) -> None:
    job = site.submit("HELLO")["id"]
    paths = ["/", f"/jobs/{job}?rename=true", f"/jobs/{job}", f"/jobs/{job}/timeline"]
    asks = ['http-equiv="refresh"' in look(site, path).text for path in paths]
    assert asks == [False, False, True, True]
    assert re.search(r'no-script"[^>]*><a href="/\?status=PENDING">', look(site, "/?status=PENDING").text)
    assert f'href="/jobs/{job}?rename=true"' in look(site, f"/jobs/{job}/timeline").text


def test_a_document_is_saved_under_its_name_and_why_there_is_none_is_told_on_a_page(site: Site) -> None:
    contents = b"PICTURE:HELLO", b"PICTURE.bmp:HELLO"
    good, bad = (site.send(part(content, b"h.png"), field("name", "Ré/sumé")) for content in contents)
    site.world.process_all()
    saved = look(site, f"/jobs/{good.json()['id']}/result?format=pdfa")
    assert saved.status_code == 200
    assert saved.headers["content-disposition"].endswith("filename*=UTF-8''R%C3%A9%2Fsum%C3%A9.pdf")
    (item,) = site.get(f"/jobs/{bad.json()['id']}/items").json()["items"]
    for path in (f"/jobs/{bad.json()['id']}", f"/items/{item['id']}"):
        refused = look(site, f"{path}/result?format=pdfa")
        assert (refused.status_code, "content-disposition" in refused.headers) == (409, False)
        assert refused.headers["content-type"].startswith("text/html")
        assert "It cannot be a PDF/A" in refused.text
        assert f'href="{path}/result?format=pdfa"' in look(site, path).text


def test_documents_are_found_by_a_part_of_their_names(site: Site) -> None:
    for name in ("Invoice March", "Fatura de Março", "Letter"):
        site.submit("HELLO", name=name)
    for text, found in {"INVOICE": 1, "marc mar": 2, "march inv": 1, "fatura março": 1, "x": 0, " ": 3}.items():
        assert look(site, f"/?name={text}").text.count('class="row"') == found, text


def test_a_search_that_is_none_is_refused_in_the_language_of_the_reader(site: Site) -> None:
    page = look(site, "/?q=***", accept_language="pt").text
    assert "Isto não se consegue procurar" in page
    assert '<span lang="en">q needs a word' in page


def test_people_get_a_page_where_programs_get_json(site: Site) -> None:
    problem(site.client.get("/jobs/unknown"), "job-not-found")
    page = look(site, "/jobs/unknown")
    assert page.status_code == 404
    assert "No such document" in page.text  # people see no jobs
    assert page.headers["x-request-id"] in page.text
    problem(look(site, "/api/v1/jobs/unknown"), "job-not-found")
    problem(look(site, "/schema/unknown"), "not-found")


def test_fields_that_nobody_filled_in_count_as_missing(site: Site) -> None:
    empty = [field(name, "") for name in ("name", "languages", "pages", "keep")]
    answer = upload(site, part(picture("HELLO"), b"hello.png"), *empty, field("quality", "auto"))
    assert answer.status_code == 303, answer.text
    (job,) = site.get("/jobs").json()["jobs"]
    assert answer.headers["location"] == f"/jobs/{job['id']}"
    assert job["name"] == "hello.png"


def test_a_refused_form_is_answered_with_a_page_that_says_why(site: Site) -> None:
    answer = upload(site, part(b"no picture", b"notes.txt"))
    assert answer.status_code == 415
    assert answer.headers["content-type"].startswith("text/html")
    assert "not a picture" in answer.text


def test_the_forms_of_a_job_do_what_the_verbs_do(site: Site) -> None:
    job: dict[str, Any] = site.submit("HELLO")
    path = f"/jobs/{job['id']}"
    assert send(site, f"{path}/rename", name="Another").headers["location"] == path
    assert site.get(path).json()["name"] == "Another"
    assert send(site, f"{path}/cancel").status_code == 303
    assert site.get(path).json()["status"] == "ERROR"
    assert send(site, f"{path}/retry").status_code == 303
    assert site.get(path).json()["status"] == "PENDING"
    assert send(site, f"{path}/delete").headers["location"] == "/"
    problem(site.get(path), "job-not-found")
    assert send(site, f"{path}/rename", name="Gone").status_code == 404


def test_a_job_is_tried_again_only_where_that_may_help(site: Site) -> None:
    """A bad file fails however often it is read: it is to be uploaded again. One page that was stopped is enough."""
    bad, good = part(b"no picture", b"bad.png"), part(b"PICTURE:HELLO", b"good.png")
    offered = {}
    for name in ("read", "stopped"):
        path = f"/jobs/{site.send(bad, good, field('accept_partial', 'true')).json()['id']}"
        if name == "stopped":
            site.client.post(f"/api/v1{path}/cancel")
        site.world.process_all()
        for page in (look(site, path).text, look(site, f"{path}/timeline").text):
            offered[name] = f'action="{path}/retry"' in page
            assert offered[name] != ("Upload it again" in page)
    assert offered == {"read": False, "stopped": True}
    job = site.submit("HELLO")["id"]
    site.world.process_all()
    assert "Upload it again" not in look(site, f"/jobs/{job}").text


def test_a_name_that_shows_nothing_is_refused(site: Site) -> None:
    job = site.submit("HELLO")
    assert send(site, f"/jobs/{job['id']}/rename", name="  ").status_code == 422
    assert site.get(f"/jobs/{job['id']}").json()["name"] == job["name"]


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("pt-PT,pt;q=0.9,en;q=0.8", "pt"),
        ("de, en;q=0.5", "en"),
        ("en;q=0.1, pt;q=0.2", "pt"),
        ("", "en"),
        (";q=,", "en"),
    ],
)
def test_the_browser_says_which_language(site: Site, accepted: str, language: str) -> None:
    assert f'<html lang="{language}">' in look(site, "/", accept_language=accepted).text


def test_another_language_shows_the_same_search(site: Site) -> None:
    assert "back=/%3Fq%3Dtax%26cursor%3D" in look(site, "/?q=tax&cursor=").text


@pytest.mark.parametrize("back", ["//evil.example/", "/\t/evil.example", "/\\evil.example", "evil"])
def test_the_way_back_stays_on_this_service(site: Site, back: str) -> None:
    answer = site.client.get("/language", params={"to": "pt", "back": back})
    assert answer.headers["location"] == "/"
    assert answer.headers["set-cookie"].startswith("ocr_language=pt; HttpOnly;")
    assert '<html lang="pt">' in look(site, "/", cookie="ocr_language=pt").text
    assert '<html lang="en">' in look(site, "/", cookie="ocr_language=xx; y").text


@pytest.mark.parametrize(
    "path", ["/?cursor=x", "/?status=NONE", "/jobs/{job}?from=-1", "/jobs/{job}/timeline?cursor=x"]
)
def test_an_address_that_is_wrong_is_told_and_breaks_nothing(site: Site, path: str) -> None:
    job = site.submit("HELLO")
    page = look(site, path.format(job=job["id"]))
    assert 400 <= page.status_code < 500
    assert page.headers["content-type"].startswith("text/html")


def test_thousands_of_pages_are_shown_some_at_a_time(site: Site) -> None:
    pages = "\f".join(map(str, range(130)))
    answer = site.send(part(b"DOCUMENT:" + pages.encode(), b"long.pdf"))
    assert answer.status_code == 202, answer.text
    path = f"/jobs/{answer.json()['id']}"
    seen = 0
    while True:
        page = look(site, path).text
        seen += page.count('class="card ')
        further = re.search(r'rel="next" href="([^"]+)"', page)
        if further is None:
            break
        path = f"{path.partition('?')[0]}{further[1].replace('&amp;', '&')}"
    assert seen == 130


def test_a_page_names_who_asks_only_a_session_to_sign_out(house: House) -> None:
    assert b"/logout" not in house.ask("GET", "/", "owner").body
    assert b"/logout" in house.ask("GET", "/", "owner by session").body
    assert ProblemCode.UNAUTHENTICATED in house.ask("GET", "/").body.decode()


def a_page(site: Site, text: str = "HELO WROLD") -> str:
    site.submit(text)
    site.world.process_all()
    return str(site.get("/items").json()["items"][0]["id"])


def test_a_form_corrects_the_words_that_differ_and_goes_on(site: Site) -> None:
    item = a_page(site)
    fields = {"revision": "0", "line-0": "HELLO WROLD", "was-0": "HELO WROLD", "next": "/review"}
    answer = send(site, f"/items/{item}/text", **fields)
    assert (answer.status_code, answer.headers["location"]) == (303, "/review")
    page = look(site, f"/items/{item}").text
    assert re.findall(r'data-line="0"><span id="t0" class="word corrected"[^>]*>HELLO<', page)
    assert re.search('title="[^"]*HELO[^"]*local[^"]*20', page)
    again = send(site, f"/items/{item}/text", **fields)
    assert again.status_code == 303
    assert site.get(f"/items/{item}").json()["revision"] == 1


def test_a_form_may_change_the_number_of_words_and_remove_a_line(site: Site) -> None:
    item = a_page(site)
    send(site, f"/items/{item}/text", **{"revision": "0", "line-0": "HELLO WORLD AGAIN", "was-0": "HELO WROLD"})
    assert site.get(f"/items/{item}").json()["ocr_text"] == "HELLO WORLD AGAIN"
    page = look(site, f"/items/{item}?correct=true").text
    assert 'name="revision" value="1"' in page
    assert 'name="line-0" value="HELLO WORLD AGAIN"' in page
    send(site, f"/items/{item}/text", **{"revision": "1", "line-0": "", "was-0": "HELLO WORLD AGAIN"})
    assert site.get(f"/items/{item}").json()["ocr_text"] == ""


def test_a_form_keeps_every_word_of_a_line_whose_words_were_removed_and_split(site: Site) -> None:
    item = a_page(site, "ONE TWO THREE")
    edits = [{"line": 0, "word": 0, "text": ""}, {"line": 0, "word": 2, "text": "TH REE"}]
    site.client.patch(f"/api/v1/items/{item}/text", json={"revision": 0, "corrections": edits})
    send(site, f"/items/{item}/text", **{"revision": "1", "line-0": "TWO TH REA", "was-0": "TWO TH REE"})
    assert site.get(f"/items/{item}").json()["ocr_text"] == "TWO TH REA"


def test_a_form_that_somebody_else_has_overtaken_shows_both_texts_and_goes_on_as_it_would_have(site: Site) -> None:
    item = a_page(site)
    going_on = {"next": "/review", "done": "1"}
    for text, status, more in (("HELLO WROLD", 303, {}), ("HALLO WROLD", 409, going_on)):
        answer = send(site, f"/items/{item}/text", **{"revision": "0", "line-0": text, "was-0": "HELO WROLD", **more})
        assert answer.status_code == status
    assert 'value="HALLO WROLD"' in answer.text
    assert re.search('class="theirs">[^<]*<span dir="auto">HELLO WROLD<', answer.text)
    shown = dict(re.findall(r'<input [^>]*name="([^"]+)" value="([^"]*)"', answer.text.partition('id="lines"')[2]))
    assert shown["revision"] == "1"
    again = send(site, f"/items/{item}/text", **shown)
    assert again.headers["location"] == "/review"
    now = site.get(f"/items/{item}").json()
    assert (now["ocr_text"], now["reviewed_by"]) == ("HALLO WROLD", "local")


@pytest.mark.parametrize("fields", [{}, {"revision": "x"}, {"revision": "0" * 400}, {"revision": "0", "line-x": "a"}])
def test_a_form_that_is_none_of_ours_corrects_nothing(site: Site, fields: dict[str, str]) -> None:
    item = a_page(site)
    answer = send(site, f"/items/{item}/text", **{"line-0": "x", "was-0": "y", **fields})
    assert answer.status_code == 422
    assert site.get(f"/items/{item}").json()["revision"] == 0


def test_a_mark_is_set_and_taken_back_and_leads_to_no_other_site(site: Site) -> None:
    item = a_page(site)
    answer = send(site, f"/items/{item}/review", next="//evil.example/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert site.get(f"/items/{item}").json()["reviewed_by"] == "local"
    assert f"/items/{item}/text" not in look(site, "/review").text
    assert send(site, f"/items/{item}/review", undo="1").headers["location"] == f"/items/{item}"
    assert f"/items/{item}/text" in look(site, "/review").text


def test_a_text_that_somebody_else_has_overtaken_is_not_marked_but_shown(site: Site) -> None:
    item = a_page(site)
    (seen,) = re.findall(
        '/review">[^<]*<input type="hidden" name="revision" value="([^"]+)"', look(site, f"/items/{item}").text
    )
    body = {"revision": 0, "corrections": [{"line": 0, "word": 0, "text": "HALLO"}]}
    site.client.patch(f"/api/v1/items/{item}/text", json=body)
    shown = send(site, f"/items/{item}/review", revision=seen)
    form = send(site, f"/items/{item}/text", revision=seen, next="/review", done="1")
    for answer in (shown, form):
        assert answer.status_code == 409
        assert (
            'role="alert">Somebody else has corrected this page meanwhile, so it was not marked as right.'
            in answer.text
        )
        assert "HALLO" in answer.text
    assert site.get(f"/items/{item}").json()["reviewed_at"] is None
    for answer, to in ((shown, f"/items/{item}"), (form, "/review")):
        send(site, f"/items/{item}/review", undo="1")
        fields = dict(re.findall(r'<input [^>]*name="([^"]+)" value="([^"]*)"', answer.text.partition('id="lines"')[2]))
        assert send(site, f"/items/{item}/text", **fields).headers["location"] == to
        assert site.get(f"/items/{item}").json()["reviewed_by"] == "local"


def test_the_page_of_what_to_look_at_runs_nothing_that_stands_in_it(site: Site) -> None:
    a_page(site, "<script>alert(1)</script>")
    page = look(site, "/review")
    assert page.status_code == 200
    assert not re.search(r"\sstyle=|\son\w+=|<style|<script(?! src=)|javascript:|https?://", page.text)
