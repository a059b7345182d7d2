from datetime import UTC, datetime, timedelta

import boto3
import pytest

from adapters.aws.clients import open_clients
from adapters.aws.uploads import S3Uploads
from ocrcore.ports.uploads import UploadGrant
from ocrcore.testing.builders import an_id


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-central-1", "scans.s3.eu-central-1.amazonaws.com"),
        ("us-east-1", "scans.s3.amazonaws.com"),
        ("cn-north-1", "scans.s3.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_a_form_goes_to_the_region_of_its_bucket(region: str, host: str) -> None:
    clients = open_clients(session=boto3.Session("nobody", "nothing", region_name=region))
    grant = UploadGrant(an_id(1), 0, 5, "image/png", datetime.now(UTC) + timedelta(minutes=15))
    try:
        assert S3Uploads(clients.s3, "scans").address(grant).url == f"https://{host}/"
    finally:
        clients.close()
