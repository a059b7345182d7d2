"""The bucket of releases, one for an account and region: releases, templates, marks and answers."""

import json
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.exceptions import ClientError

from waiting import Refused

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_BUILD: Final = Path(__file__).resolve().parents[1] / "build-release"


@dataclass(frozen=True, slots=True)
class Release:
    """A file of ``deploy/build-release``."""

    path: Path
    sha256: str

    @property
    def key(self) -> str:
        """Its key in the bucket; other bytes have another."""
        return f"releases/{self.path.name.removesuffix('.tar.gz')}-{self.sha256[:16]}.tar.gz"


def build_release() -> Path:
    """Build a release of the sources here."""
    built = subprocess.run([_BUILD], stdout=subprocess.PIPE, text=True, check=False)
    if built.returncode:
        msg = "The release could not be built."
        raise Refused(msg)
    return _BUILD.parents[1] / built.stdout.split()[0]


class ReleaseBucket:
    """The bucket, which may not exist yet."""

    def __init__(self, session: boto3.Session, region: str) -> None:
        self._session, self._region = session, region
        self.s3: S3Client = session.client("s3")

    @cached_property
    def account(self) -> str:
        """The account of the caller."""
        return str(self._session.client("sts").get_caller_identity()["Account"])

    @property
    def name(self) -> str:
        """Its name, which nobody else has."""
        return f"ocrcore-releases-{self.account}-{self._region}"

    @property
    def address(self) -> str:
        """The URL that its keys follow."""
        suffix = "amazonaws.com.cn" if self._partition == "aws-cn" else "amazonaws.com"
        return f"https://{self.name}.s3.{self._region}.{suffix}"

    def publish(self, release: Release, template: Path, template_key: str) -> None:
        """Put release and template into the bucket, which is made if it is missing."""
        try:
            self.s3.head_bucket(Bucket=self.name, ExpectedBucketOwner=self.account)
        except ClientError as error:
            if error.response["Error"]["Code"] not in {"404", "NoSuchBucket"}:
                raise
            where: Any = {} if self._region == "us-east-1" else {"LocationConstraint": self._region}
            self.s3.create_bucket(Bucket=self.name, **({"CreateBucketConfiguration": where} if where else {}))
        everything = dict.fromkeys(
            ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
        )
        self.s3.put_public_access_block(Bucket=self.name, PublicAccessBlockConfiguration=everything)  # type: ignore[arg-type]
        # Who asks removes an answer after reading it; if that was interrupted, it goes a day later.
        rule: Any = {
            "ID": "answers",
            "Status": "Enabled",
            "Filter": {"Prefix": "answers/"},
            "Expiration": {"Days": 1},
        }
        self.s3.put_bucket_lifecycle_configuration(Bucket=self.name, LifecycleConfiguration={"Rules": [rule]})
        self.s3.upload_file(str(release.path), self.name, release.key)
        self.s3.upload_file(str(template), self.name, template_key)
        self._demand_tls()

    def read(self, key: str) -> bytes | None:
        """Return an object, or None if there is none."""
        try:
            return self.s3.get_object(Bucket=self.name, Key=key)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchKey":
                return None
            raise

    def write(self, key: str, content: bytes) -> None:
        """Put an object in the place of what is there."""
        self.s3.put_object(Bucket=self.name, Key=key, Body=content)

    def remove(self, key: str) -> None:
        """Delete an object, if there is one."""
        self.s3.delete_object(Bucket=self.name, Key=key)

    def _demand_tls(self) -> None:
        resources = [f"arn:{self._partition}:s3:::{self.name}{rest}" for rest in ("", "/*")]
        statement = {
            "Sid": "TlsOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": resources,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.s3.put_bucket_policy(Bucket=self.name, Policy=policy)

    @property
    def _partition(self) -> str:
        return self._session.get_partition_for_region(self._region)
