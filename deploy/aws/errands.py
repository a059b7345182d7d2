"""Machines of their own that do one thing and end: to prepare the database, and to run a command of ``ocrcore``."""

import json
import shlex
import sys
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from botocore.exceptions import ClientError

from releases import ReleaseBucket
from waiting import Refused, wait

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import InstanceTypeDef

_SET_UP_PATIENCE: Final = 1200.0
#: A command may look at very much, and its machine ends with it in any case.
_COMMAND_PATIENCE: Final = 6 * 3600.0
#: What EC2 says where a zone has no machine of a type, at all or now.
_NOT_IN_THIS_ZONE: Final = frozenset({"Unsupported", "InsufficientInstanceCapacity"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a command: its exit status, and what it printed."""

    status: int
    stdout: str
    stderr: str


class Errands:
    """What machines do for a stack of this name, with these outputs."""

    def __init__(
        self,
        client: "EC2Client",
        bucket: ReleaseBucket,
        stack: str,
        outputs: Mapping[str, str],
        *,
        look: float,
        subnets: Sequence[str] = (),
    ) -> None:
        self._client, self._bucket, self._look = client, bucket, look
        self._stack, self._outputs, self._subnets = stack, outputs, subnets

    def set_up(self) -> None:
        """Start the machine that prepares the database, and wait until it has said so and terminated itself.

        One that is gone without a word has not prepared it: it never ran, or was terminated from outside.
        """
        key = self._new_answer()
        machine = self._start("SetupTemplate", {"OCRCORE_ANSWER": f"{self._bucket.name}/{key}"})
        print(f"Machine {machine} prepares the database ...", flush=True)
        try:
            wait(lambda: self._is_gone(machine) or None, "The set-up", every=self._look, patience=_SET_UP_PATIENCE)
        except Refused:
            msg = (
                f"The set-up did not end within 20 minutes. Machine {machine} is still there; terminate it if it has"
                f" failed, and run `ocrcore-aws up` again. Its last lines:\n{self.console(machine, last=20)}"
            )
            raise Refused(msg) from None
        if self._bucket.read(key) is None:
            msg = (
                f"Machine {machine} ended before the database was prepared{self._reason(machine)}. Run `ocrcore-aws up`"
                f" again. Its last lines:\n{self.console(machine, last=20)}"
            )
            raise Refused(msg)
        self._bucket.remove(key)

    def ask(self, command: Sequence[str]) -> Answer:
        """Run ``ocrcore`` with these words, and return what came of it.

        The answer, which may hold a new key, is in the bucket of releases until it was read here.
        """
        key = self._new_answer()
        told = {"OCRCORE_COMMAND": json.dumps(list(command)), "OCRCORE_ANSWER": f"{self._bucket.name}/{key}"}
        machine = self._start("OperatorTemplate", told)
        print(f"Machine {machine} runs it, which takes some minutes ...", file=sys.stderr, flush=True)

        def answer() -> bytes | None:
            ended = self._is_gone(machine)  # before the look: it answers, and then it ends
            if (found := self._bucket.read(key)) is None and ended:
                msg = (
                    f"Machine {machine} ended without an answer{self._reason(machine)}. Its last lines:\n"
                    f"{self.console(machine, last=20)}"
                )
                raise Refused(msg)
            return found

        try:
            return Answer(**json.loads(wait(answer, "The command", every=self._look, patience=_COMMAND_PATIENCE)))
        finally:
            self._bucket.remove(key)

    def console(self, machine: str, *, last: int | None = None) -> str:
        """Return what a machine showed on its console, or its last lines: 64 KiB, kept for an hour after its end.

        Of a console that cannot be read, the reason, so that it keeps nobody from the others.
        """
        output, _ = self.read_console(machine)
        return "\n".join(output.splitlines()[-last if last else 0 :])

    def read_console(self, machine: str) -> tuple[str, bool]:
        """Return what a machine showed on its console, or why there is none to be read, and whether there is one."""
        try:
            return self._output(machine), True
        except ClientError as error:
            return f"(no console: {error.response['Error'].get('Message', error)})", False

    def _output(self, machine: str) -> str:
        try:
            return self._client.get_console_output(InstanceId=machine, Latest=True).get("Output", "")
        except ClientError:  # the newest lines are those of a machine that runs; of another, what EC2 took at its end
            return self._client.get_console_output(InstanceId=machine).get("Output", "")

    def _new_answer(self) -> str:
        return f"answers/{self._stack}/{uuid4()}.json"

    def _start(self, output: str, told: Mapping[str, str]) -> str:
        """Start a machine of the template that an output names; return its id. What it is told begins its script."""
        if (template := self._outputs.get(output)) is None:
            msg = f"The stack {self._stack} has no machine for this; run `ocrcore-aws up` first."
            raise Refused(msg)
        # The default version of a template stays the first one; CloudFormation adds versions.
        latest: Any = {"LaunchTemplateId": template, "Version": "$Latest"}
        (version,) = self._client.describe_launch_template_versions(LaunchTemplateId=template, Versions=["$Latest"])[
            "LaunchTemplateVersions"
        ]
        made_of = version["LaunchTemplateData"]
        shebang, _, script = b64decode(made_of["UserData"]).decode().partition("\n")
        exports = [f"export {name}={shlex.quote(text)}" for name, text in told.items()]
        data = "\n".join([shebang, *exports, script])
        arguments: Any = {"LaunchTemplate": latest, "MinCount": 1, "MaxCount": 1, "UserData": data}
        # The template names the first subnet, whose zone may have no machine of this type: then the others.
        elsewhere = [
            {**arguments, "NetworkInterfaces": [{**interface, "SubnetId": subnet}]}
            for interface in made_of.get("NetworkInterfaces", [])
            for subnet in self._subnets
            if subnet != interface.get("SubnetId")
        ]
        *others, last = arguments, *elsewhere
        for asked in others:
            try:
                return self._client.run_instances(**asked)["Instances"][0]["InstanceId"]
            except ClientError as error:
                if error.response["Error"]["Code"] not in _NOT_IN_THIS_ZONE:
                    raise
        return self._client.run_instances(**last)["Instances"][0]["InstanceId"]

    def _is_gone(self, machine: str) -> bool:
        found = self._machine(machine)
        return found is not None and found["State"]["Name"] in {"terminated", "shutting-down"}

    def _reason(self, machine: str) -> str:
        """Return what EC2 says of why a machine is not there any more, in brackets; nothing, if it says nothing."""
        found = self._machine(machine)
        reason = "" if found is None else found.get("StateReason", {}).get("Message", "")
        return f" ({reason})" if reason else ""

    def _machine(self, machine: str) -> "InstanceTypeDef | None":
        """Return a machine; None if it was started a moment ago, and not every part of EC2 knows it yet."""
        try:
            (reservation,) = self._client.describe_instances(InstanceIds=[machine])["Reservations"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "InvalidInstanceID.NotFound":
                return None
            raise
        return reservation["Instances"][0]
