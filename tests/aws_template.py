"""The template of ``deploy/aws``, and what of it moto's CloudFormation can make."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import cfnlint.decode

ROOT: Final = Path(__file__).parents[1]
TEMPLATE: Final = ROOT / "deploy" / "aws" / "ocrcore.yaml"
STACK: Final = "ocr-test"
#: What moto leaves out, although it says that the stack is complete.
NOT_MADE_BY_MOTO: Final = frozenset(
    {
        "AWS::AutoScaling::LifecycleHook",
        "AWS::AutoScaling::ScalingPolicy",
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::Dashboard",
        "AWS::S3::BucketPolicy",
        "AWS::SQS::QueuePolicy",
        "AWS::SecretsManager::Secret",
    }
)
#: Where moto fails on what AWS takes: the group of parameters by its resource, and the default of an unknown image.
_DEBIAN: Final = "/aws/service/debian/release/12/latest/amd64"
MOTO_IMAGE: Final = "/debian/12"


@cache
def template() -> Mapping[str, Any]:
    """Return it with every function in its long form."""
    found, problems = cfnlint.decode.decode(str(TEMPLATE))
    assert not problems
    assert found is not None
    return dict(json.loads(json.dumps(found, default=str)))


def resources(kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield name and properties of the resources of a type."""
    for name, resource in template()["Resources"].items():
        if resource["Type"] == kind:
            yield name, resource.get("Properties", {})


def for_moto(secrets: Mapping[str, str]) -> str:
    """Return the template without what moto fails on. ``secrets`` are the ids of those that it cannot make, by name."""
    text = json.dumps(template()).replace(_DEBIAN, MOTO_IMAGE)
    for name, secret in secrets.items():
        text = text.replace(json.dumps({"Ref": name}), json.dumps(secret)).replace(f"${{{name}}}", secret)
    master = json.dumps({"Fn::GetAtt": ["Database", "MasterUserSecret.SecretArn"]})
    assert master in text
    made = json.loads(text.replace(master, json.dumps(secrets["Administrator"])))
    del made["Resources"]["Database"]["Properties"]["DBParameterGroupName"]
    made["Resources"] = {
        name: resource for name, resource in made["Resources"].items() if resource["Type"] not in NOT_MADE_BY_MOTO
    }
    kept = made["Resources"].keys()
    made["Outputs"] = {
        name: output
        for name, output in made["Outputs"].items()
        if not (isinstance(output["Value"], dict) and output["Value"].get("Ref", "Api") not in kept)
    }
    return json.dumps(made)
