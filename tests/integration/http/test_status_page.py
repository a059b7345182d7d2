import re
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from integration.http.keyed_house import House
from integration.http.site import Site
from ocrcore import LOCAL_OWNER, Step
from ocrcore.domain.errors import DatabaseUnavailable
from ocrcore.testing.faults import Faulty
from worlds import uploads

PAGE = {"accept": "text/html"}


@pytest.fixture
def own_house() -> Iterator[House]:
    house = House()
    yield house
    house.close()


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
    site.world.tick(seconds=5)  # until then all viewers share a look
    page = shown(site)
    assert "All is well: 1 worker, and 2 pages wait." in page
    assert '<td class="number">2</td>' in page
    assert "<dd>240</dd>" in page
    assert "&lt;b&gt;shelf" in page
    assert "Está tudo bem: 1 processo a ler, e 2 páginas esperam." in shown(site, "pt")


def test_it_shows_what_each_worker_reads_now(site: Site) -> None:
    workers = [(UUID(int=number << 96), f"host-{number}") for number in (1, 2)]
    for worker_id, host in workers:
        site.service.report(worker_id=worker_id, kind="worker", host=host, slots=2, seconds_per_page=0.5)
    own = site.service.of(LOCAL_OWNER).submit(uploads("A", "B"))
    other = site.service.of("eve").submit(uploads("C"))
    claimed = []
    for claims in (workers[0][0], workers[1][0], None):
        worker = site.service.worker(worker_id=claims)
        worker.receive_once(timedelta())
        claimed.append(worker.claim_one())
    assert not [step for step in claimed if isinstance(step, Step)]
    site.world.tick(minutes=2)
    for worker_id, host in workers:
        site.service.report(worker_id=worker_id, kind="worker", host=host, slots=2, seconds_per_page=0.5)
    page = shown(site)
    rows = {row.partition("</td>")[0]: row for row in re.findall(r"<tr>(<td.*?)</tr>", page, flags=re.DOTALL)}
    cells = {name: row.rpartition('<td data-label="Reads now">')[2] for name, row in rows.items()}
    reads = [cell for name, cell in cells.items() if "host-" in name or "sent no report" in name]
    assert len(reads) == 3
    assert sum(cell.count(f'<a href="/jobs/{own.id}">Page ') for cell in reads) == 2
    assert all("2 minutes ago" in cell for cell in reads)
    assert f"/jobs/{other.id}" not in page
    assert sum("(eve)" in cell for cell in reads) == 1
    assert "<code>00000001</code>" in page


def test_it_draws_the_last_hour_and_tells_it_in_words(site: Site) -> None:
    assert "No page was read in the last hour." in shown(site)
    site.service.of(LOCAL_OWNER).submit(uploads("A", "B", "C"))
    site.world.process_all()
    site.world.tick(minutes=10)
    page = shown(site)
    (text,) = set(re.findall(r'aria-label="(3 pages; most in one minute: 3, at \d\d:\d\d UTC\.[^"]*)"', page))
    assert f">{text}</p>" in page
    assert len(re.findall(r"<rect [^>]*><title>\d\d:\d\d UTC: 3 pages</title>", page)) == 1
    assert "style=" not in page


def test_it_tells_of_dead_letters_disks_and_what_the_doctor_sees(site: Site) -> None:
    page = shown(site)
    assert "Nothing is late, and nothing disagrees" in page
    assert " free of " in page
    assert "A dead letter is" not in page
    site.service.of(LOCAL_OWNER).submit(uploads("A"))
    site.world.dead_letters.bury("not ours")
    site.world.tick(minutes=5)
    page = shown(site)
    assert "A dead letter is a message that was received too often." in page
    assert "<code>no-worker</code> Nobody reads the pages that wait" in page
    assert "1 page waits, the first since" in page
    assert "<code>no-worker</code> Ninguém lê as páginas que esperam" in shown(site, "pt")


def test_it_names_what_does_not_answer(site: Site) -> None:
    faulty = Faulty(site.world.context.jobs)
    faulty.before("check", DatabaseUnavailable())
    object.__setattr__(site.world.context, "jobs", faulty.port)
    assert "Does not answer: database." in shown(site)
    faulty.before("check", DatabaseUnavailable())
    assert "Não responde: base de dados." in shown(site, "pt")


def test_it_is_there_when_the_database_is_not(site: Site) -> None:
    faulty = Faulty(site.world.context.workers)
    faulty.before("volume", DatabaseUnavailable())
    object.__setattr__(site.world.context, "workers", faulty.port)
    page = shown(site)
    assert "Does not answer: database." in page
    assert " free of " in page


def test_a_user_sees_that_it_works_and_what_is_its_own(own_house: House) -> None:
    own_house.service.of("bob").submit(uploads("B", "C", "D"))
    own_house.service.report(worker_id=UUID(int=1), kind="worker", host="shelf", slots=2, seconds_per_page=0.5)
    own_house.world.dead_letters.bury("not ours")
    pages = {}
    for caller in ("reader", "other", "admin", "all"):
        answer = own_house.ask("GET", "/status", f"{caller} by session", accept="text/html")
        assert answer.status == 200
        pages[caller] = answer.body.decode()
    assert "All is well: pages are being read as they come." in pages["reader"]
    assert "<dd>none</dd>" in pages["reader"]
    assert "<dd>3 pages</dd>" in pages["other"]
    for secret in ("shelf", "Dead letters", "Room on this machine", "doctor"):
        assert secret not in pages["reader"] + pages["other"]
        assert secret in pages["admin"]
        assert secret in pages["all"]
    assert "Back to all documents" in pages["all"]
    assert "Back to all documents" not in pages["admin"]  # which it may not see


def test_a_user_is_told_that_nobody_reads(own_house: House) -> None:
    answer = own_house.ask("GET", "/status", "owner by session", accept="text/html", accept_language="pt")
    assert "De momento ninguém lê páginas." in answer.body.decode()


def test_every_page_leads_to_it(site: Site) -> None:
    assert 'href="/status"' in site.client.get("/", headers=PAGE).text
