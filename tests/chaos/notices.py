"""The inspection of notices: what receivers got in the end, against the rows of the jobs that they were told of."""

import contextlib
import time
from collections.abc import Iterator, Sequence
from typing import Any, Final

import httpx
import sqlalchemy as sa

from chaos.deployment import Deployment
from chaos.load import Sent
from chaos.receivers import Receiver
from ocrcore.testing.patience import FOREVER, eventually

#: Seconds after which nobody sends a delivery any more, whatever its lease says.
_SENT: Final = 12
#: Seconds between two looks.
_LOOK: Final = 0.5
#: How often it is tried whether one receiver delays another, on a machine that may be too slow to tell.
_TRIES: Final = 5

Row = dict[str, Any]


def subscribe(deployment: Deployment) -> None:
    """Make a webhook for each receiver that has none."""
    for receiver in deployment.receivers:
        if not receiver.id:
            receiver.know(_ask(deployment, "POST", "", json={"url": receiver.url}))


def settle(deployment: Deployment) -> None:
    """Have all sent that is left, now that the receivers are well: let waits pass, and send again what has failed."""
    wanted: set[tuple[str, str]] = set()

    def look() -> bool:
        left = _rows(deployment, "SELECT * FROM webhook_deliveries WHERE status <> 'DELIVERED'")
        for row in left:
            if row["status"] == "FAILED" and (row["id"], str(row["finished_at"])) not in wanted:
                wanted.add((row["id"], str(row["finished_at"])))
                _ask(deployment, "POST", f"/{row['webhook_id']}/deliveries/{row['id']}/redeliver")
        _let_pass(deployment)
        time.sleep(_LOOK if left else 0.0)
        return not left

    eventually(look)


def listed_failures(deployment: Deployment) -> Iterator[str]:
    """Yield a sentence for each delivery that failed, and that is not listed with its reason and its attempts."""
    for receiver in deployment.receivers:
        query = "SELECT * FROM webhook_deliveries WHERE status = 'FAILED' AND webhook_id = '{}'"
        failed = _rows(deployment, query.format(receiver.id))
        listed = {each["id"]: each for each in _listed(deployment, receiver)}
        for row in failed:
            told = listed.get(row["id"])
            if told is None or not (told["error"] and told["error_msg"]) or told["attempts"] < row["attempts"]:
                yield f"lost: a delivery of {row['message_id']} has failed, and is listed as {told}"


def inspect_notices(deployment: Deployment, sent: Sequence[Sent]) -> Iterator[str]:
    """Yield a sentence for everything that receivers were not told as promised."""
    rows = _rows(deployment, "SELECT * FROM webhook_deliveries")
    jobs = {row["id"]: row for row in _rows(deployment, "SELECT * FROM jobs WHERE submitted_at IS NOT NULL")}
    for row in rows:
        if row["status"] != "DELIVERED":
            yield f"stuck: {row['message_id']} is {row['status']} after {row['attempts']} attempts: {row['error']}"
    for receiver in deployment.receivers:
        yield from receiver.wrong
        own = {row["message_id"]: row["body"] for row in rows if row["webhook_id"] == receiver.id}
        for message_id, bodies in receiver.bodies.items():
            if bodies != {own.get(message_id)}:
                yield f"mistold: {receiver.name} got {message_id} as {bodies}, and it is {own.get(message_id)}"
        for message_id in own.keys() - receiver.taken.keys():
            yield f"lost: {receiver.name} never took {message_id}"
        for one in sent:
            yield from _of_job(receiver, one, jobs.get(one.job_id or ""))


def _of_job(receiver: Receiver, sent: Sent, job: Row | None) -> Iterator[str]:
    """Demand that the last notice of a job says what its row says, and that a deletion is told once."""
    told = sorted(
        (int(message_id.partition("#")[2]), notice)
        for message_id, notice in receiver.taken.items()
        if notice and notice["data"].get("job_id") == sent.job_id
    )
    kinds = [notice["type"] for _, notice in told]
    if kinds.count("job.deleted") != sent.deleted:
        yield f"lost: {receiver.name} was told of job {sent.job_id}: {kinds}; deleted: {sent.deleted}"
    if job is None or job["finished_at"] is None:
        return
    last = told[-1][1]["data"] if told else None
    items = {name: job[name] for name in ("total", "pending", "processing", "done", "error", "expired")}
    if last is None or (last["status"], last["items"]) != (job["status"], items):
        yield f"mistold: {receiver.name} was told last of job {job['id']} that it is {last}; it is {job['status']}"


def delays(deployment: Deployment) -> Iterator[str]:
    """Yield a sentence if a receiver that hangs delays another one.

    A slow machine may let the time of the request that hangs pass before the other one is sent; then it is tried again.
    """
    hanging, well = deployment.receivers[:2]
    for _ in range(_TRIES):
        hanging.become("hang")
        for _ in range(3):
            _ask(deployment, "POST", f"/{hanging.id}/ping")
        eventually(lambda: len(hanging.open) >= 2)
        ping = _ask(deployment, "POST", f"/{well.id}/ping")["message_id"]
        in_time = well.takes(ping) and _under_way(deployment, hanging) >= 2  # neither has ended
        hanging.become("well")
        settle(deployment)
        if in_time:
            return
    yield f"stuck: {well.name} was told nothing while {hanging.name} kept a request waiting"


def _under_way(deployment: Deployment, receiver: Receiver) -> int:
    """Return how many first attempts on deliveries of a receiver are under way."""
    query = "SELECT COUNT(*) FROM webhook_deliveries WHERE webhook_id = '{}' AND status = 'WAITING' AND tries = 1"
    return int(_rows(deployment, f"{query.format(receiver.id)} AND error IS NULL")[0]["COUNT(*)"])


def _let_pass(deployment: Deployment) -> None:
    """Let the waits between attempts pass, and the leases of attempts that nobody makes any more."""
    now = "UTC_TIMESTAMP(6)"
    over = f"(lease_until IS NULL OR tried_at < {now} - INTERVAL {_SENT} SECOND)"
    state = f"lease_until = IF(lease_until IS NULL, NULL, {now}), due_at = {now}"
    update = f"UPDATE webhook_deliveries SET {state} WHERE due_at > {now} AND {over}"  # noqa: S608 - our own words
    with contextlib.suppress(sa.exc.OperationalError), deployment.engine.connect() as connection:
        connection.execute(sa.text(update))  # it may meet the locks of those who send; the next look does it again


def _listed(deployment: Deployment, receiver: Receiver) -> Iterator[Row]:
    cursor = ""
    while True:
        page = _ask(deployment, "GET", f"/{receiver.id}/deliveries?limit=100{cursor}")
        yield from page["deliveries"]
        if not page["next_cursor"]:
            return
        cursor = f"&cursor={page['next_cursor']}"


def _ask(deployment: Deployment, method: str, path: str, **about: Any) -> Any:  # noqa: ANN401 - what httpx takes, and JSON
    """Ask one API after the other until there is an answer."""

    def answer() -> httpx.Response | None:
        url = deployment.url()
        try:
            found = (
                None if url is None else httpx.request(method, f"{url}/api/v1/webhooks{path}", timeout=FOREVER, **about)
            )
        except httpx.TransportError:
            return None
        return None if found is None or found.status_code in {429, 503} else found

    found: httpx.Response = eventually(answer)
    found.raise_for_status()
    return found.json()


def _rows(deployment: Deployment, query: str) -> list[Row]:
    with deployment.engine.connect() as connection:
        return [dict(row) for row in connection.execute(sa.text(query)).mappings()]
