"""Machines that start: they count when their process runs, end if it does not, and replace others only then."""

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs

import pytest

from answering import Reply, answering
from aws_template import ROOT
from groups import Groups
from waiting import Refused

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient

_BASH = "/bin/bash"
_DONE = b"<Response><CompleteLifecycleActionResult/></Response>"
_NOT_WAITED_FOR = b"""<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code>
<Message>No active Lifecycle Action found</Message></Error></ErrorResponse>"""


@dataclass
class Place:
    """What a machine sees: systemd, its metadata, and its group; moto knows no end of a hook."""

    folder: Path
    environment: Mapping[str, str]
    told: list[dict[str, list[str]]] = field(default_factory=list)
    answer: Reply = field(default_factory=lambda: Reply(200, _DONE))

    def program(self, name: str, script: str) -> None:
        """Put a program onto the path."""
        path = self.folder / name
        path.write_text(f"#!{_BASH}\n{script}\n")
        path.chmod(0o755)

    def starts(self, group: str, patience: str = "600") -> subprocess.CompletedProcess[str]:
        """Run the program that waits for the unit of a worker."""
        return subprocess.run(
            [sys.executable, ROOT / "deploy/aws/started.py", "ocrcore-worker.service", group],
            env={**self.environment, "OCRCORE_START_PATIENCE": patience},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    def metadata(request: BaseHTTPRequestHandler) -> Reply:
        if request.command == "PUT":
            return Reply(200, b"token")
        known = (
            request.path == "/latest/meta-data/instance-id" and request.headers["X-aws-ec2-metadata-token"] == "token"
        )
        return Reply(200, b"i-1") if known else Reply(404)

    def group(request: BaseHTTPRequestHandler) -> Reply:
        made.told.append(parse_qs(request.rfile.read(int(request.headers["content-length"])).decode()))
        return made.answer

    with ExitStack() as stack:
        environment = {
            "PATH": f"{tmp_path}:/usr/bin:/bin",
            "OCRCORE_METADATA": f"http://127.0.0.1:{stack.enter_context(answering(metadata))}",
            "OCRCORE_START_PERIOD": "0.01",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{stack.enter_context(answering(group))}",
            "AWS_ACCESS_KEY_ID": "nobody",
            "AWS_SECRET_ACCESS_KEY": "nothing",
            "AWS_DEFAULT_REGION": "eu-central-1",
        }
        made = Place(tmp_path, environment)
        yield made


def test_a_machine_counts_when_its_unit_runs_and_not_before(place: Place) -> None:
    looks = place.folder / "looks"
    place.program("systemctl", f'echo "$@" >>{looks}; [ "$(wc -l <{looks})" -ge 3 ]')
    for answer, printed in ((place.answer, ""), (Reply(400, _NOT_WAITED_FOR), "does not wait for this machine")):
        place.answer = answer
        ended = place.starts("ocrcore-Workers-1")
        assert (ended.returncode, ended.stderr) == (0, "")
        assert printed in ended.stdout
    assert looks.read_text() == "is-active --quiet ocrcore-worker.service\n" * 4
    for told in place.told:
        assert {name: text for name, (text,) in told.items() if name != "Version"} == {
            "Action": "CompleteLifecycleAction",
            "LifecycleHookName": "starts",
            "AutoScalingGroupName": "ocrcore-Workers-1",
            "InstanceId": "i-1",
            "LifecycleActionResult": "CONTINUE",
        }
    assert len(place.told) == 2


def test_a_machine_whose_unit_does_not_start_says_so_and_tells_its_group_nothing(place: Place) -> None:
    place.program("systemctl", "exit 3")
    ended = place.starts("ocrcore-Workers-1", patience="0.05")
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert "ocrcore-worker.service did not start within " in ended.stderr
    place.program("systemctl", "exit 0")
    assert place.starts("").returncode == 0  # the database was not prepared before: nobody waits
    assert place.told == []


@pytest.mark.parametrize(
    ("role", "done"),
    [("worker", "sleep 300\nshutdown -h now\n"), ("serve", "sleep 300\nshutdown -h now\n"), ("setup", "")],
)
def test_a_machine_that_could_not_be_made_ends_and_a_set_up_stays(place: Place, role: str, done: str) -> None:
    """The script of the template, on a path where nothing is but what ends it: the first program fails."""
    script = (ROOT / "deploy/aws/user-data.sh").read_text()
    script = re.sub(r"\$\{Role\}", role, script)
    asked = place.folder / "asked"
    for name in ("sleep", "shutdown"):
        place.program(name, f'echo "{name} $*" >>{asked}')
    place.program("apt-get", "exit 100")
    first, _, _ = script.partition("install -d ")  # what follows would change this machine
    ended = subprocess.run(
        [_BASH, "-c", first.replace("${AWS::Region}", "x")], env={"PATH": str(place.folder)}, check=False
    )
    assert ended.returncode == 100
    assert (asked.read_text() if asked.exists() else "") == done


class Refreshing:
    """A group whose new machines start, or do not; moto replaces none."""

    def __init__(self, capacity: int, *, start: bool) -> None:
        self._capacity, self._start = capacity, start
        self.preferences: dict[str, Any] = {}
        self.status = ""

    def describe_auto_scaling_groups(self, **_: Sequence[str]) -> Mapping[str, Any]:
        return {"AutoScalingGroups": [{"DesiredCapacity": self._capacity}]}

    def describe_instance_refreshes(self, **_: object) -> Mapping[str, Any]:
        if self.status == "Pending" and self._start:
            self.status = "Successful"
        return {"InstanceRefreshes": [{"Status": self.status}] if self.status else []}

    def start_instance_refresh(self, **arguments: Any) -> Mapping[str, str]:  # noqa: ANN401 - as boto3 has it
        self.preferences, self.status = arguments["Preferences"], "Pending"
        return {"InstanceRefreshId": "1"}

    def cancel_instance_refresh(self, **_: str) -> None:
        self.status = "Cancelling"

    def replace(self) -> None:
        """Let the program replace the machines."""
        Groups(cast("AutoScalingClient", self), {}, look=0.01, patience=0.05).replace("ocrcore-Workers-1")


@pytest.mark.parametrize(("capacity", "most"), [(1, 200), (2, 200), (3, 150), (40, 150)])
def test_an_old_machine_goes_when_a_new_one_runs(capacity: int, most: int) -> None:
    group = Refreshing(capacity, start=True)
    group.replace()
    assert (group.preferences["MinHealthyPercentage"], group.preferences["MaxHealthyPercentage"]) == (100, most)
    assert capacity * (most - 100) // 100 >= 1


def test_a_release_that_does_not_start_replaces_no_more_machines() -> None:
    group = Refreshing(2, start=False)
    with pytest.raises(
        Refused, match="New machines of ocrcore-Workers-1 did not start within an hour, so old ones stay"
    ):
        group.replace()
    assert group.status == "Cancelling"
