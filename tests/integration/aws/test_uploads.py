import base64
import json
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import count
from typing import Any

import boto3
import httpx
import pytest

from adapters.aws.clients import AwsClients
from adapters.aws.documents import S3Documents
from adapters.aws.uploads import S3Uploads
from moto_server import clients_of
from ocrcore.ports.uploads import UploadAddress, UploadGrant, Uploads
from ocrcore.testing.builders import an_id
from ocrcore.testing.uploads import UploadsContract

_numbers = count(1)


@pytest.fixture
def bucket(clients: AwsClients) -> str:
    bucket = f"uploads-{next(_numbers)}"
    clients.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    return bucket


@pytest.fixture
def uploads(clients: AwsClients, bucket: str) -> S3Uploads:
    return S3Uploads(clients.s3, bucket)


class TestS3Uploads(UploadsContract):
    @pytest.fixture
    def documents(self, clients: AwsClients, bucket: str) -> S3Documents:
        return S3Documents(clients.s3, bucket)

    @pytest.fixture
    def uploads(self, clients: AwsClients, bucket: str) -> Uploads:
        return S3Uploads(clients.s3, bucket)


def a_grant() -> UploadGrant:
    until = (datetime.now(UTC) + timedelta(minutes=15)).replace(microsecond=0)
    return UploadGrant(an_id(1), 3, 5, "image/png", until)


def policy_of(address: UploadAddress) -> dict[str, Any]:
    policy: dict[str, Any] = json.loads(base64.b64decode(address.fields["policy"]))
    return policy


def test_a_form_is_for_one_key_one_size_and_one_type(uploads: S3Uploads, bucket: str) -> None:
    grant = a_grant()
    address = uploads.address(grant)
    conditions = policy_of(address)["conditions"]
    assert ["content-length-range", 5, 5] in conditions
    assert {"bucket": bucket} in conditions
    assert {"key": f"uploads/{grant.job_id}/3"} in conditions
    assert {"Content-Type": "image/png"} in conditions
    assert not any(isinstance(condition, list) and condition[0] == "starts-with" for condition in conditions)


def test_a_form_ends_with_its_grant(uploads: S3Uploads) -> None:
    grant = a_grant()
    ends = datetime.fromisoformat(policy_of(uploads.address(grant))["expiration"])
    assert abs(ends - grant.until) <= timedelta(seconds=2)


def test_a_form_is_signed_by_version_four(uploads: S3Uploads) -> None:
    address = uploads.address(a_grant())
    assert (address.method, address.fields["x-amz-algorithm"]) == ("POST", "AWS4-HMAC-SHA256")


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1", "eu-central-1"])
def test_so_it_is_in_regions_that_know_version_two(endpoint: str, region: str) -> None:
    with clients_of(endpoint, boto3.Session("nobody", "nothing", region_name=region)) as clients:
        fields = S3Uploads(clients.s3, "bucket").address(a_grant()).fields
    assert fields["x-amz-credential"].endswith(f"/{region}/s3/aws4_request")
    assert "x-amz-signature" in fields


def test_the_store_takes_the_form(uploads: S3Uploads) -> None:
    grant = a_grant()
    address = uploads.address(grant)
    answer = httpx.post(address.url, data=dict(address.fields), files={"file": ("any", b"first")})
    assert answer.is_success
    assert uploads.stat(grant.key).size == 5


def test_what_the_client_called_it_is_not_copied(uploads: S3Uploads, clients: AwsClients, bucket: str) -> None:
    key = a_grant().key
    clients.s3.put_object(
        Bucket=bucket, Key=key, Body=b"first", ContentType="text/html", Metadata={"a": "b"}, CacheControl="max-age=9"
    )
    uploads.copy(key, uploads.stat(key).version, "jobs/1/a.png")
    copy = clients.s3.head_object(Bucket=bucket, Key="jobs/1/a.png", ChecksumMode="ENABLED")
    assert (copy["ContentType"], copy["Metadata"]) == ("binary/octet-stream", {})
    assert "CacheControl" not in copy


def test_equal_bytes_are_the_same_upload(uploads: S3Uploads) -> None:
    """The store cannot tell them apart, nor does anyone need to."""
    key = a_grant().key
    uploads.store(key, BytesIO(b"first"))
    first = uploads.stat(key)
    uploads.store(key, BytesIO(b"first"))
    assert uploads.stat(key) == first


def test_another_bucket_owner_is_refused_with_every_call(clients: AwsClients, bucket: str) -> None:
    sent: list[dict[str, Any]] = []
    clients.s3.meta.events.register("provide-client-params.s3", lambda params, **_: sent.append(dict(params)))
    uploads, key = S3Uploads(clients.s3, bucket, "123456789012"), a_grant().key
    uploads.store(key, BytesIO(b"first"))
    version = uploads.stat(key).version
    uploads.open(key, version).close()
    uploads.copy(key, version, "jobs/1/b.png")
    assert [params["ExpectedBucketOwner"] for params in sent] == ["123456789012"] * 4
    assert sent[-1]["ExpectedSourceBucketOwner"] == "123456789012"
