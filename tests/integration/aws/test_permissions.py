"""What the policies of the roles grant is what their processes call: nothing is missing, and nothing is too much."""

import io
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest
import sqlalchemy as sa

import pictures
from adapters.aws.clients import AwsClients, open_clients
from adapters.sql.database import Database
from adapters.sql.tables import ITEMS, OUTBOX, TOMBSTONES
from aws_deployment import aws_deployment
from entrypoints.backends import aws_parts
from entrypoints.backends.parts import init
from entrypoints.cli.doctor_findings import findings
from entrypoints.settings import Settings
from integration.aws.iam import Recorder, grants, roles
from moto_server import moto_server
from nothing import service_of_nothing
from ocrcore import LOCAL_OWNER, AnnouncedFile, ItemStatus, OcrService, Step, Upload

_NOW = timedelta()


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A deployment whose parts have the names that the policies have."""
    with aws_deployment(tmp_path_factory.mktemp("mysql")) as settings:
        yield replace(settings, cloudwatch_namespace="ocrcore")


@pytest.fixture(scope="module")
def administrator(settings: Settings) -> Iterator[AwsClients]:
    clients = open_clients(region=settings.aws_region)
    yield clients
    clients.close()


@contextmanager
def _recorded() -> Iterator[Recorder]:
    """Record what the backends call that are opened in the block."""
    recorder = Recorder()

    def open_recorded(threads: int, *, region: str | None) -> AwsClients:
        return recorder.listen(open_clients(threads, region=region))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(aws_parts, "open_clients", open_recorded)
        yield recorder


@pytest.fixture(scope="module")
def recorders(settings: Settings, administrator: AwsClients) -> Mapping[str, Recorder]:
    """Let every role do all that it does, and return what each of them called."""
    with _recorded() as api, service_of_nothing(settings) as service:
        job = service.without_sending().of(LOCAL_OWNER).submit(_uploads(3))
        _leave_work_for_upkeep(service, settings, administrator)
        service.send(job.id)
        with _recorded() as worker, service_of_nothing(settings) as working:
            _be_a_worker(working)
            _leave_work_for_upkeep(service, settings, administrator)
            working.upkeep_once()
        _be_an_api(service, job.id)
        _be_an_api_of_drafts(api, service)
        _leave_work_for_upkeep(service, settings, administrator)
        service.upkeep_once()
        _leave_work_for_upkeep(service, settings, administrator)
    _make_it_old(settings)  # so that its end is missed where the log does not tell it
    with _recorded() as doctor:
        assert list(findings(settings, lambda *_: None, repair=True, every_timeline=True))
    return {"api": api, "worker": worker, "doctor": doctor, "init": _initialised(settings)}


def _initialised(settings: Settings) -> Recorder:
    """Make the parts of a deployment, and look after them again, in the first region, where buckets differ, too."""
    with moto_server() as endpoint, pytest.MonkeyPatch.context() as patch, _recorded() as recorder:
        patch.setenv("AWS_ENDPOINT_URL", endpoint)
        for region in (settings.aws_region, settings.aws_region, "us-east-1"):
            init(replace(settings, aws_region=region))
    return recorder


def _uploads(pages: int) -> Sequence[Upload]:
    return [Upload(f"{number}.png", io.BytesIO(pictures.png("ALPHA"))) for number in range(pages)]


def _leave_work_for_upkeep(service: OcrService, settings: Settings, administrator: AwsClients) -> None:
    """Leave a message unsent, a dead letter, and a document and an upload of a deleted job."""
    service.without_sending().of(LOCAL_OWNER).submit(_uploads(1))
    dead = administrator.sqs.get_queue_url(QueueName=settings.sqs_dlq)["QueueUrl"]
    administrator.sqs.send_message(QueueUrl=dead, MessageBody="not ours")
    gone = uuid.uuid4()
    administrator.s3.put_object(Bucket=settings.bucket, Key=f"jobs/{gone}/x.png", Body=b"x")
    administrator.s3.put_object(Bucket=settings.bucket, Key=f"uploads/{gone}/0", Body=b"x")
    with closing(Database(settings.database_url)) as database:
        now = datetime.now(UTC)
        past = now - timedelta(minutes=1)
        buried = {"job_id": gone, "owner": "local", "deleted_at": now, "purge_at": past, "purges": 0}
        database.write(lambda connection: connection.execute(sa.insert(TOMBSTONES).values(buried)))
        database.write(lambda connection: connection.execute(sa.update(OUTBOX).values(created_at=past)))


def _make_it_old(settings: Settings) -> None:
    with closing(Database(settings.database_url)) as database:
        hour_ago = datetime.now(UTC) - timedelta(hours=1)
        done = sa.update(ITEMS).where(ITEMS.c.finished_at.is_not(None)).values(finished_at=hour_ago)
        database.write(lambda connection: connection.execute(done))


def _be_a_worker(service: OcrService) -> None:
    worker = service.worker(slots=1)
    assert worker.receive_once(_NOW) is Step.DONE
    for step in (worker.beat_once, worker.process_one, worker.commit_once, worker.acknowledge_once):
        assert step() is Step.DONE
    worker.drain()


def _be_an_api(service: OcrService, job_id: UUID) -> None:
    assert all(service.checks().values())
    (done,) = service.of(LOCAL_OWNER).items(job_id, status=ItemStatus.DONE)
    service.of(LOCAL_OWNER).item_result(done.id).read_layout()
    service.of(LOCAL_OWNER).item_image(done.id).read()
    service.of(LOCAL_OWNER).cancel(job_id)
    service.of(LOCAL_OWNER).retry(job_id)
    service.upkeep_once()
    assert service.of(LOCAL_OWNER).timeline(job_id)
    service.of(LOCAL_OWNER).delete(service.of(LOCAL_OWNER).submit(_uploads(1)).id)


def _be_an_api_of_drafts(recorder: Recorder, service: OcrService) -> None:
    picture = pictures.png("ALPHA")
    draft = service.of(LOCAL_OWNER).draft([AnnouncedFile("a.png", len(picture))])
    for address in draft.addresses:
        recorder.note_address(address)
        sent = httpx.post(address.url, data=dict(address.fields), files={"file": picture})
        assert sent.is_success
    service.of(LOCAL_OWNER).submit_draft(draft.job.id)


@pytest.mark.parametrize("role", roles())
def test_a_role_may_do_what_its_process_does(recorders: Mapping[str, Recorder], role: str) -> None:
    granted = grants(role)
    needed = recorders[role].rights
    missing = [str(right) for right in needed if not any(grant.allows(right) for grant in granted)]
    assert missing == []


@pytest.mark.parametrize("role", roles())
def test_a_role_may_do_nothing_else(recorders: Mapping[str, Recorder], role: str) -> None:
    needed = recorders[role].rights
    unused = [grant.action for grant in grants(role) if not any(grant.allows(right) for right in needed)]
    assert unused == []


@pytest.mark.parametrize("role", roles())
def test_a_right_is_named_in_full(role: str) -> None:
    assert [grant for grant in grants(role) if not grant.is_named_in_full] == []


def test_there_is_a_policy_for_every_role(recorders: Mapping[str, Recorder]) -> None:
    assert sorted(recorders) == roles()
