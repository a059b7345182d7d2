"""The stand-in for AWS itself: what one deployment leaves behind, another must not find."""

import pytest
from botocore.exceptions import EndpointConnectionError

from integration.aws.plans import a_plan
from moto_server import clients_of, moto_server


def test_two_stand_ins_share_nothing() -> None:
    plan = a_plan()
    with moto_server() as one, moto_server() as other, clients_of(one) as here, clients_of(other) as there:
        here.s3.create_bucket(Bucket=plan.bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        assert here.s3.list_buckets()["Buckets"]
        assert not there.s3.list_buckets()["Buckets"]


def test_a_stand_in_ends_with_its_block() -> None:
    with moto_server() as endpoint:
        pass
    with clients_of(endpoint) as clients, pytest.raises(EndpointConnectionError):
        clients.s3.list_buckets()
