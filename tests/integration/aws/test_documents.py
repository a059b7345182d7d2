from itertools import count

import pytest

from adapters.aws.clients import AwsClients
from adapters.aws.documents import S3Documents
from ocrcore.testing.documents import DocumentsContract

_numbers = count(1)


class TestS3Documents(DocumentsContract):
    @pytest.fixture
    def documents(self, clients: AwsClients) -> S3Documents:
        bucket = f"documents-{next(_numbers)}"
        clients.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        return S3Documents(clients.s3, bucket)
