"""Wait until the unit of this machine runs, and tell its group, which counts the machine from then on.

usage: started.py UNIT GROUP. A unit runs when its process says that it can be used: ``serve`` after it answered, a
worker after its first report. The database may not be prepared yet, so there is time. Exit status 1: it does not start,
and the script of the machine ends the machine. GROUP may be empty: nobody waits then. Environment, for tests:
OCRCORE_METADATA, OCRCORE_START_PATIENCE and OCRCORE_START_PERIOD (seconds).
"""

import os
import subprocess
import sys
import time
import urllib.request

import boto3
from botocore.exceptions import ClientError

_METADATA = os.environ.get("OCRCORE_METADATA", "http://169.254.169.254")
_PATIENCE = float(os.environ.get("OCRCORE_START_PATIENCE", "1200"))
_PERIOD = float(os.environ.get("OCRCORE_START_PERIOD", "5"))
#: The name of the hook in the template.
_HOOK = "starts"


def wait_for(unit: str) -> None:
    """Return when the unit is active; exit if that takes too long."""
    end = time.monotonic() + _PATIENCE
    while subprocess.call(["systemctl", "is-active", "--quiet", unit]):  # noqa: S607 - it is on the path of every script
        if time.monotonic() > end:
            sys.exit(f"{unit} did not start within {_PATIENCE / 60:.0f} minutes; its own lines say why.")
        time.sleep(_PERIOD)


def own_id() -> str:
    """Return the id of this machine."""
    token = _asked("/latest/api/token", {"X-aws-ec2-metadata-token-ttl-seconds": "300"}, "PUT")
    return _asked("/latest/meta-data/instance-id", {"X-aws-ec2-metadata-token": token})


def _asked(path: str, headers: dict[str, str], method: str = "GET") -> str:
    request = urllib.request.Request(f"{_METADATA}{path}", headers=headers, method=method)  # noqa: S310 - the scheme is fixed above
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        return str(answer.read().decode())


def tell(group: str) -> None:
    """Let the group count this machine. A group that does not wait for it counts it already."""
    try:
        boto3.client("autoscaling").complete_lifecycle_action(
            LifecycleHookName=_HOOK, AutoScalingGroupName=group, InstanceId=own_id(), LifecycleActionResult="CONTINUE"
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        print(f"The group does not wait for this machine: {error}")


if __name__ == "__main__":
    wait_for(sys.argv[1])
    if sys.argv[2]:
        tell(sys.argv[2])
