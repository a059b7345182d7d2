import pytest

from adapters.aws.clients import _is_aws


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://s3.eu-west-1.amazonaws.com",
        "https://s3.cn-north-1.amazonaws.com.cn",
        "https://s3.eusc-de-east-1.amazonaws.eu",
        "https://s3.us-gov-west-1.amazonaws.com",
        "https://bucket.s3.us-iso-east-1.c2s.ic.gov",
    ],
)
def test_every_partition_of_aws_is_aws(endpoint: str) -> None:
    assert _is_aws(endpoint)


@pytest.mark.parametrize(
    "endpoint",
    ["http://127.0.0.1:5000", "https://s3.example", "https://amazonaws.com.evil.example", "https://xamazonaws.eu"],
)
def test_nothing_else_is(endpoint: str) -> None:
    assert not _is_aws(endpoint)
