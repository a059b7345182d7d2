"""The rights that calls of boto3 need, and the policies that grant them."""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from adapters.aws.clients import AwsClients
from ocrcore.ports.uploads import UploadAddress

_POLICIES: Final = Path(__file__).parents[3] / "deploy" / "iam"
#: Calls that are granted under the name of another.
_ALIASES: Final = {
    "CopyObject": "PutObject",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "DeleteObjects": "DeleteObject",
    "ListObjectsV2": "ListBucket",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "SendMessageBatch": "SendMessage",
    "DeleteMessageBatch": "DeleteMessage",
    "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
}
#: What needs no right: everybody may ask who he is.
_FREE: Final = {"sts:GetCallerIdentity"}


@dataclass(frozen=True, slots=True)
class Right:
    """An action on a resource; of a listing, its prefix; of figures, their namespace."""

    action: str
    resource: str
    within: str | None = None


@dataclass(slots=True)
class Recorder:
    """Notes which rights the calls of clients need."""

    rights: set[Right] = field(default_factory=set)

    def listen(self, clients: AwsClients) -> AwsClients:
        """Note the calls of these clients from now on."""
        for client in (clients.s3, clients.sqs, clients.sqs_polls, clients.dynamodb, clients.cloudwatch):
            client.meta.events.register("provide-client-params", self._note)
        return clients

    def _note(self, params: dict[str, Any], model: Any, context: dict[str, Any], **_: object) -> None:  # noqa: ANN401 - of boto3's own making
        if context.get("is_presign_request"):  # signed, and not sent; see note_address
            return
        self.rights |= set(rights_of(model.service_model.service_name, model.name, params))

    def note_address(self, address: UploadAddress) -> None:
        """Note the right that whoever signed a form needs when a client uses it."""
        bucket = json.loads(base64.b64decode(address.fields["policy"]))["conditions"]
        (name,) = [condition["bucket"] for condition in bucket if "bucket" in condition]
        self.rights.add(Right("s3:PutObject", f"arn:aws:s3:::{name}/{address.fields['key']}"))


def rights_of(service: str, operation: str, params: dict[str, Any]) -> Iterator[Right]:
    """Yield the rights that a call needs, by its name in botocore and its parameters."""
    action = f"{service}:{_ALIASES.get(operation, operation)}"
    if action not in _FREE:
        for resource in _resources(service, params):
            yield Right(action, resource, params.get("Prefix") or params.get("Namespace"))
    if (source := params.get("CopySource")) is not None:
        yield Right("s3:GetObject", f"arn:aws:s3:::{source['Bucket']}/{source['Key']}")


def _resources(service: str, params: dict[str, Any]) -> Iterator[str]:
    """Yield the names of what a call is about, as policies write them."""
    match service:
        case "s3":
            keys = (
                [params["Key"]]
                if "Key" in params
                else [one["Key"] for one in params.get("Delete", {"Objects": []})["Objects"]]
            )
            yield from (f"arn:aws:s3:::{params['Bucket']}{'/' + key if key else ''}" for key in keys or [""])
        case "sqs":
            name = params.get("QueueName") or params["QueueUrl"].rpartition("/")[2]
            yield f"arn:aws:sqs:REGION:ACCOUNT:{name}"
        case "cloudwatch":
            yield "*"
        case "secretsmanager":
            yield params["SecretId"].replace(":eu-central-1:123456789012:", ":REGION:ACCOUNT:")
        case "autoscaling":
            group = f"autoScalingGroup:0:autoScalingGroupName/{params['AutoScalingGroupName']}"
            yield f"arn:aws:autoscaling:REGION:ACCOUNT:{group}"
        case _:
            for table in params.get("RequestItems") or [params["TableName"]]:
                yield f"arn:aws:{service}:REGION:ACCOUNT:table/{table}"


@dataclass(frozen=True, slots=True)
class Grant:
    """One action on one pattern of resources; with a condition, on listings or namespaces that match it."""

    action: str
    pattern: str
    within: str | None

    def allows(self, right: Right) -> bool:
        """Tell whether it grants the right."""
        inside = self.within is None or fnmatchcase(right.within or "", self.within)
        return self.action == right.action and fnmatchcase(right.resource, self.pattern) and inside

    @property
    def is_named_in_full(self) -> bool:
        """Whether it names what it is about. CloudWatch knows no resources, so there the condition does."""
        named = self.pattern not in {"*", "arn:aws:s3:::*"}
        return "*" not in self.action and (named or (self.action == "cloudwatch:PutMetricData" and bool(self.within)))


def grants(role: str) -> list[Grant]:
    """Return what the policy of a role grants."""
    return grants_of(json.loads((_POLICIES / f"{role}.json").read_text()))


def grants_of(policy: Mapping[str, Any]) -> list[Grant]:
    """Return what a policy grants. It may use no more of the language than is understood here."""
    found = []
    for statement in policy["Statement"]:
        assert statement.keys() <= {"Sid", "Effect", "Action", "Resource", "Condition"}
        assert statement["Effect"] == "Allow"
        within = _condition(statement.get("Condition"))
        found += [Grant(action, statement["Resource"], within) for action in statement["Action"]]
    return found


def _condition(condition: Mapping[str, Any] | None) -> str | None:
    if condition is None:
        return None
    ((kind, limits),) = condition.items()
    ((key, within),) = limits.items()
    assert (kind, key) in {("StringLike", "s3:prefix"), ("StringEquals", "cloudwatch:namespace")}
    return str(within)


def roles() -> list[str]:
    """Return the roles that there is a policy for."""
    return sorted(path.stem for path in _POLICIES.glob("*.json"))
