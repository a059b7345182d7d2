#!/usr/bin/env python3
"""Write ocrcore.yaml: template.yaml with the policies of deploy/iam and the script of the machines put in."""

import json
import re
import sys
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve().parent
#: Names of deploy/iam -> what they are in the template.
_NAMES = {
    "arn:aws:s3:::ocr-jobs-bucket": "${Documents.Arn}",
    "arn:aws:sqs:REGION:ACCOUNT:ocr-jobs-dlq": "${DeadLetters.Arn}",
    "arn:aws:sqs:REGION:ACCOUNT:ocr-jobs": "${Jobs.Arn}",
    "arn:aws:dynamodb:REGION:ACCOUNT:table/ocr-audit": "${AuditLog.Arn}",
}
_INCLUDE = re.compile(r'^(?P<indent> *)(?P<before>.*?)"@(?P<path>[^"]+)"$', re.MULTILINE)


def template() -> str:
    """Return the template with everything put in."""
    source = (_HERE / "template.yaml").read_text()
    return "# Written by deploy/aws/build_template.py. Edit template.yaml.\n" + _INCLUDE.sub(_included, source)


def _included(found: re.Match[str]) -> str:
    path = _HERE.parents[1] / found["path"]
    indent = found["indent"] + ("    " if found["before"].startswith("- ") else "  ")
    if path.suffix == ".json":
        text = "\n" + "\n".join(_policy(json.loads(path.read_text())))
    else:
        text = "|\n" + path.read_text().rstrip("\n")
    first, *lines = text.split("\n")
    return "\n".join(
        [f"{found['indent']}{found['before']}{first}".rstrip(), *(f"{indent}{line}".rstrip() for line in lines)]
    )


def _policy(policy: dict[str, Any]) -> list[str]:
    lines = [f'Version: "{policy["Version"]}"', "Statement:"]
    for statement in policy["Statement"]:
        lines += [f"  - Sid: {statement['Sid']}", f"    Effect: {statement['Effect']}", "    Action:"]
        lines += [f"      - {action}" for action in statement["Action"]]
        lines.append(f"    Resource: {_resource(statement['Resource'])}")
        if (condition := statement.get("Condition")) == {"StringEquals": {"cloudwatch:namespace": "ocrcore"}}:
            lines.append('    Condition: {StringEquals: {"cloudwatch:namespace": !Ref AWS::StackName}}')
        elif condition:
            lines.append(f"    Condition: {json.dumps(condition)}")
    return lines


def _resource(resource: str) -> str:
    for name, own in _NAMES.items():
        if resource.startswith(name):
            return f'!Sub "{own}{resource.removeprefix(name)}"'
    return json.dumps(resource)


if __name__ == "__main__":
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit("usage: build_template.py [--check]")
    written, target = template(), _HERE / "ocrcore.yaml"
    if sys.argv[1:] and target.read_text() != written:
        sys.exit(
            "ocrcore.yaml is not what template.yaml, deploy/iam and user-data.sh make; run deploy/aws/build_template.py"
        )
    if not sys.argv[1:]:
        target.write_text(written)
