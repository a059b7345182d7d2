from uuid import UUID

from integration.http.site import Site
from ocrcore import LOCAL_OWNER
from ocrcore.domain.errors import DatabaseUnavailable
from ocrcore.testing.faults import Faulty
from worlds import uploads

PAGE = {"accept": "text/html"}


def shown(site: Site, language: str = "en") -> str:
    answer = site.client.get("/status", headers={**PAGE, "accept-language": language})
    assert answer.status_code == 200, answer.text
    return answer.text


def test_without_a_worker_the_page_says_so(site: Site) -> None:
    assert "No worker has been running yet" in shown(site)
    site.service.report(worker_id=UUID(int=1), kind="worker", host="h", slots=2, seconds_per_page=0.5)
    site.world.tick(minutes=5)
    assert "The last worker was heard of 5 minutes ago" in shown(site)


def test_it_shows_who_reads_how_fast_and_what_waits(site: Site) -> None:
    site.service.report(worker_id=UUID(int=1), kind="worker", host="<b>shelf", slots=2, seconds_per_page=0.5)
    assert "All is well: 1 worker, and nothing waits." in shown(site)
    site.service.of(LOCAL_OWNER).submit(uploads("A", "B"))
    page = shown(site)
    assert "All is well: 1 worker, and 2 pages wait." in page
    assert "<td>2</td>" in page
    assert "240.0" in page
    assert "&lt;b&gt;shelf" in page
    assert "Está tudo bem: 1 processo a ler, e 2 páginas esperam." in shown(site, "pt")


def test_it_names_what_does_not_answer(site: Site) -> None:
    faulty = Faulty(site.world.context.jobs)
    faulty.before("check", DatabaseUnavailable())
    object.__setattr__(site.world.context, "jobs", faulty.port)
    assert "Does not answer: database." in shown(site)


def test_every_page_leads_to_it(site: Site) -> None:
    assert 'href="/status"' in site.client.get("/", headers=PAGE).text
