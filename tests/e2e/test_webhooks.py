"""Webhooks of real processes: a service that serves, and receivers on this machine."""

import io
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pictures
from entrypoints.client import Client
from ocrcore import JobStatus
from ocrcore.testing.patience import FOREVER, eventually
from receiver import Receiver, receiving
from serving import ocrcore, serving, serving_process

_PRIVATE = {"OCR_ALLOW_PRIVATE_WEBHOOKS": "1", "OCR_LOG": "json"}


def finished(client: Client, number: int = 1) -> list[str]:
    """Return the ids of so many jobs that are finished."""
    made = [client.submit(io.BytesIO(pictures.png(f"ALPHA {turn}"))) for turn in range(number)]
    for job in made:
        assert client.wait(job.id, timeout=FOREVER).status is JobStatus.DONE
    return [job.id for job in made]


def until(receiver: Receiver, condition: Callable[[Receiver], bool]) -> None:
    assert eventually(lambda: condition(receiver))


def test_a_receiver_is_told_of_jobs_that_are_finished_and_deleted(tmp_path: Path) -> None:
    with receiving() as receiver, serving(tmp_path / "data", **_PRIVATE) as address, Client(address) as client:
        hook = client.create_webhook(receiver.url())
        (job,) = finished(client)
        until(receiver, lambda receiver: len(receiver.got) == 1)
        client.delete(job)
        until(receiver, lambda receiver: len(receiver.got) == 2)
        told = receiver.bodies(hook.secret)
        assert [(body["type"], body["data"]["job_id"], body["data"]["status"]) for body in told] == [
            ("job.finished", job, "DONE"),
            ("job.deleted", job, "DONE"),
        ]
        assert receiver.ids()[0].startswith(f"{job}#")
        eventually(lambda: all(each.status == "DELIVERED" for each in client.deliveries(hook.id)))
        (last, first) = client.deliveries(hook.id)
        assert (last.status, first.answer, first.attempts) == ("DELIVERED", 200, 1)
        client.redeliver(hook.id, first.id)
        until(receiver, lambda receiver: len(receiver.got) == 3)
        assert receiver.ids()[2] == receiver.ids()[0]
        assert receiver.got[2][1] == receiver.got[0][1]


def test_what_failed_is_sent_again_by_whichever_process_serves(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with receiving() as receiver:
        receiver.answer = lambda number: 500 if number < 1 else 204
        with serving_process(data, **_PRIVATE) as (address, process), Client(address) as client:
            hook = client.create_webhook(receiver.url())
            finished(client)
            until(receiver, lambda receiver: len(receiver.got) == 1)
            process.send_signal(signal.SIGKILL)
            process.wait(FOREVER)
        with serving(data, **_PRIVATE) as address, Client(address) as client:
            until(receiver, lambda receiver: len(receiver.got) >= 2)
            assert len(set(receiver.ids())) == 1
            assert eventually(lambda: next(client.deliveries(hook.id)).status == "DELIVERED")
        assert len(receiver.bodies(hook.secret)) == len(receiver.got)


def test_a_receiver_that_hangs_delays_no_other_and_no_stop(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with receiving() as hanging, receiving() as receiver:
        hanging.free.clear()
        with serving_process(data, **_PRIVATE) as (address, process), Client(address) as client:
            client.create_webhook(hanging.url())
            hook = client.create_webhook(receiver.url())
            finished(client, 4)
            until(receiver, lambda receiver: len(receiver.got) == 4)
            assert len(receiver.bodies(hook.secret)) == 4
            assert hanging.most_open <= 2
            begun = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(FOREVER) in {0, -signal.SIGTERM}
            assert time.monotonic() - begun < 30.0  # the grace period


def test_two_processes_send_two_deliveries_of_a_webhook_at_a_time(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with receiving() as receiver, serving(data, **_PRIVATE) as one, Client(one) as client:
        receiver.free.clear()
        with serving(data, **_PRIVATE):  # before the first delivery, which is given up after 10 seconds
            hook = client.create_webhook(receiver.url())
            for _ in range(8):
                client.ping_webhook(hook.id)
            until(receiver, lambda receiver: receiver.open == 2)
            time.sleep(3.0)  # both have looked again
            assert receiver.most_open == 2
            receiver.free.set()
            until(receiver, lambda receiver: len(set(receiver.ids())) == 8)
        assert len(receiver.bodies(hook.secret)) == len(receiver.got)


def test_the_command_makes_lists_and_tests_webhooks(tmp_path: Path) -> None:
    with receiving() as receiver, serving(tmp_path / "data", **_PRIVATE) as address:

        def run(*arguments: str) -> str:
            done = ocrcore("webhooks", *arguments, OCRCORE_URL=address)
            assert done.returncode == 0, done.stderr
            return done.stdout

        secret = run("create", receiver.url(), "--event", "job.finished").strip()
        (_heading, row) = run("list").splitlines()
        hook = row.split()[0]
        assert row.endswith(receiver.url())
        assert run("ping", "last").startswith("WAITING ")
        until(receiver, lambda receiver: len(receiver.got) == 1)
        assert receiver.bodies(secret)[0]["data"] == {"webhook_id": hook}
        assert eventually(lambda: "DELIVERED" in run("deliveries", hook))
        delivery = run("deliveries", hook[:13]).splitlines()[1].split()[0]
        assert run("redeliver", "last", delivery[:20]).endswith(f" {delivery}\n")
        until(receiver, lambda receiver: len(receiver.got) == 2)
        assert run("delete", hook[:20]) == f"DELETED {hook}\n"
        refused = ocrcore("webhooks", "ping", hook, OCRCORE_URL=address)
        assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
