#!/usr/bin/env python3
"""Stop the worker when AWS announces that it takes this spot machine away, so that its pages go to others at once.

The notice comes two minutes ahead. Metadata are asked for as IMDSv2 wants it. Environment, for tests: OCRCORE_METADATA,
OCRCORE_DRAIN (the command) and OCRCORE_DRAIN_PERIOD (seconds).
"""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request

_METADATA = os.environ.get("OCRCORE_METADATA", "http://169.254.169.254")
_DRAIN = os.environ.get("OCRCORE_DRAIN", "systemctl stop ocrcore-worker.service").split()
_PERIOD = float(os.environ.get("OCRCORE_DRAIN_PERIOD", "5"))
_TOKEN_LIFE = 300


def _ask(path: str, headers: dict[str, str], method: str = "GET") -> str:
    request = urllib.request.Request(f"{_METADATA}{path}", headers=headers, method=method)  # noqa: S310 - the scheme is fixed above
    with urllib.request.urlopen(request, timeout=2) as answer:  # noqa: S310
        return str(answer.read().decode())


def is_announced() -> bool:
    """Return whether the machine will be stopped, terminated or hibernated. Metadata that fail announce nothing."""
    try:
        life = {"X-aws-ec2-metadata-token-ttl-seconds": str(_TOKEN_LIFE)}
        token = _ask("/latest/api/token", life, "PUT")
        _ask("/latest/meta-data/spot/instance-action", {"X-aws-ec2-metadata-token": token})
    except urllib.error.HTTPError as error:
        if error.code != 404:  # noqa: PLR2004 - there is no notice
            print(f"The metadata answered {error.code}.", file=sys.stderr)
        return False
    except OSError as error:
        print(f"The metadata did not answer: {error}.", file=sys.stderr)
        return False
    return True


if __name__ == "__main__":
    while not is_announced():
        time.sleep(_PERIOD)
    print("This machine is taken away; the worker is stopped.")
    sys.exit(subprocess.call(_DRAIN))
