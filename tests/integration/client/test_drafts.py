import io
from collections.abc import Iterator
from dataclasses import replace

import pytest

from adapters.aws.clients import AwsClients
from adapters.aws.documents import S3Documents
from adapters.aws.uploads import S3Uploads
from entrypoints.client import ApiProblem, Client, NoAnswer
from entrypoints.http.app import create_app
from entrypoints.settings import Settings
from integration.client.test_verbs import pages
from integration.http.site import listening
from moto_server import clients_of, moto_server_here
from ocrcore import AnnouncedFile, JobStatus, OcrService
from ocrcore.testing.patience import FOREVER
from worlds import World, picture


def test_files_that_are_uploaded_to_addresses_are_read(world: World, client: Client) -> None:
    job = client.submit_uploaded(pages("ONE", "TWO"), name="two pages", psm=6)
    assert (job.name, job.options.psm, job.items.pending) == ("two pages", 6, 2)
    world.process_all()
    assert client.wait(job.id, timeout=FOREVER).status is JobStatus.DONE
    assert client.result(job.id) == "ONE\fTWO"


def test_who_uploads_hears_how_much_of_all_files_is_sent(client: Client) -> None:
    heard: list[tuple[int, int]] = []
    big, small = picture("X" * 300_000), picture("Y")
    client.submit_uploaded([io.BytesIO(big), io.BytesIO(small)], on_sent=lambda *part: heard.append(part))
    total = len(big) + len(small)
    assert {of for _, of in heard} == {total}
    sent = [sent for sent, _ in heard]
    assert sent == sorted(sent)
    assert len([part for part in sent if part < len(big)]) > 1
    assert sent[-1] == total


def test_a_draft_is_announced_uploaded_renewed_and_submitted(world: World, client: Client) -> None:
    draft = client.draft([AnnouncedFile("a.png", len(picture("ONE")), "image/png")], name="one")
    client.upload(draft.uploads[0], io.BytesIO(picture("1NE")))
    world.tick(minutes=20)
    with pytest.raises(ApiProblem) as refused:
        client.upload(draft.uploads[0], io.BytesIO(picture("ONE")))
    assert refused.value.code == "not-found"
    client.upload(client.renew_uploads(draft.job.id).uploads[0], io.BytesIO(picture("ONE")))
    job = client.submit_draft(draft.job.id)
    assert client.submit_draft(draft.job.id) == job
    world.process_all()
    assert client.result(job.id) == "ONE"


def test_addresses_that_ended_are_renewed_on_the_way(world: World, client: Client) -> None:
    class Slow(io.BytesIO):
        """Time passes before it is sent."""

        def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
            if whence == io.SEEK_SET:
                world.tick(minutes=6)
            return super().seek(offset, whence)

    job = client.submit_uploaded([Slow(picture(text)) for text in ("ONE", "TWO", "THREE")])
    assert job.items.pending == 3


def test_a_repeated_call_with_one_key_gives_one_job(world: World, client: Client) -> None:
    jobs = [client.submit_uploaded(pages("ONE"), idempotency_key="k").id for _ in range(2)]
    assert jobs[0] == jobs[1]
    assert len(world.database.jobs) == 1


def test_what_is_refused_is_named(client: Client) -> None:
    with pytest.raises(ApiProblem) as refused:
        client.submit_uploaded([io.BytesIO(picture("ONE")), io.BytesIO(b"no picture")])
    assert (refused.value.code, refused.value.index) == ("unsupported-image", 1)


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsClients]:
    with moto_server_here() as endpoint, clients_of(endpoint) as clients:
        clients.s3.create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        yield clients


def test_files_are_sent_to_s3_past_the_service(world: World, aws: AwsClients) -> None:
    documents, uploads = S3Documents(aws.s3, "bucket"), S3Uploads(aws.s3, "bucket")
    service = OcrService(replace(world.context, documents=documents, uploads=uploads))
    world.use(service)
    app = create_app(service, Settings())
    with listening(app) as port, Client(f"http://127.0.0.1:{port}", key="ocrk_secret") as client:
        draft = client.draft([AnnouncedFile("a.png", 13)])
        assert draft.uploads[0].method == "POST"
        assert str(port) not in draft.uploads[0].url
        job = client.submit_uploaded(pages("ONE", "TWO"))
        world.new_worker()
        world.process_all(world.service.worker(slots=1))
        assert client.result(job.id) == "ONE\fTWO"
        world.service.upkeep_once()
        assert documents.keys(f"uploads/{job.id}/", 10) == []


def test_a_store_that_refuses_an_upload_is_told_of(world: World, aws: AwsClients) -> None:
    service = OcrService(replace(world.context, uploads=S3Uploads(aws.s3, "no-such-bucket")))
    app, refused = create_app(service, Settings()), pytest.raises(NoAnswer, match="refused")
    with listening(app) as port, Client(f"http://127.0.0.1:{port}") as client, refused:
        client.submit_uploaded(pages("ONE"))
