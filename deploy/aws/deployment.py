"""A stack of ``ocrcore.yaml`` with the release that its machines install: what can be asked of it, and done to it."""

import hashlib
import json
import shlex
import subprocess
import sys
import time
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import boto3
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_autoscaling.type_defs import AutoScalingGroupTypeDef
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackTypeDef
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_s3 import S3Client

_HERE: Final = Path(__file__).resolve().parent
TEMPLATE: Final = _HERE / "ocrcore.yaml"
_REQUIRED: Final = ("HostName", "CertificateArn")
#: The parameters of a release; they change with it, and are not to be set.
_RELEASE: Final = ("ArtefactBucket", "ReleaseKey", "ReleaseSha256")
#: Seconds between two looks, and the longest wait for a machine or a change.
LOOK: Final = 15.0
_PATIENCE: Final = 3600.0
_SET_UP_PATIENCE: Final = 1200.0
#: A command may look at very much, and its machine ends with it in any case.
_COMMAND_PATIENCE: Final = 6 * 3600.0
#: The outputs that name the groups, workers first, and the parameters that say how many machines are in each.
_GROUPS: Final = {"WorkerGroup": ("WorkersLeast", "WorkersMost"), "ApiGroup": ("ApiInstances", "ApiInstances")}
#: What a group of machines does that is told to have more of them.
_LAUNCH: Final = "Launch"
_SIZES: Final = frozenset(name for names in _GROUPS.values() for name in names)
#: A stack whose making failed; CloudFormation changes it no more.
_NEVER_MADE: Final = "ROLLBACK_COMPLETE"
#: While machines of a group are being replaced.
_REPLACING: Final = frozenset({"Pending", "InProgress", "Cancelling", "Baking", "RollbackInProgress"})


class Refused(Exception):
    """The command cannot go on; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Release:
    """A file of ``deploy/build-release``."""

    path: Path
    sha256: str

    @property
    def key(self) -> str:
        """Its key in the bucket; other bytes have another."""
        return f"releases/{self.path.name.removesuffix('.tar.gz')}-{self.sha256[:16]}.tar.gz"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a command: its exit status, and what it printed."""

    status: int
    stdout: str
    stderr: str


def build_release() -> Path:
    """Build a release of the sources here."""
    built = subprocess.run([_HERE.parent / "build-release"], stdout=subprocess.PIPE, text=True, check=False)
    if built.returncode:
        msg = "The release could not be built."
        raise Refused(msg)
    return _HERE.parents[1] / built.stdout.split()[0]


class Deployment:
    """A stack, which may not exist yet."""

    def __init__(self, session: boto3.Session, name: str, *, look: float = LOOK, template: Path = TEMPLATE) -> None:
        self._session, self.name, self._look, self._template = session, name, look, template
        if not session.region_name:
            msg = "No region is named; use --region, or set AWS_DEFAULT_REGION."
            raise Refused(msg)
        self.region = session.region_name
        self.cloudformation: CloudFormationClient = session.client("cloudformation")
        self.ec2: EC2Client = session.client("ec2")
        self.groups: AutoScalingClient = session.client("autoscaling")
        self.s3: S3Client = session.client("s3")

    @cached_property
    def account(self) -> str:
        """The account of the caller."""
        return str(self._session.client("sts").get_caller_identity()["Account"])

    @property
    def bucket(self) -> str:
        """The bucket of releases, one for each region."""
        return f"ocrcore-releases-{self.account}-{self.region}"

    def stack(self) -> "StackTypeDef | None":
        """Return the stack as it is, or None if there is none."""
        try:
            (found,) = self.cloudformation.describe_stacks(StackName=self.name)["Stacks"]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
        return None if found["StackStatus"] == "DELETE_COMPLETE" else found

    def outputs(self) -> Mapping[str, str]:
        """Return the outputs of the stack."""
        found = self.stack()
        return {} if found is None else {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", [])}

    def parameters(self, given: Mapping[str, str]) -> Mapping[str, str]:
        """Return every parameter but those of the release: as given, else as the stack has it, else the default.

        The network is the default VPC, unless another is given.
        """
        declared = self.declared()
        if unknown := sorted(given.keys() - declared.keys() | given.keys() & set(_RELEASE)):
            msg = f"{unknown[0]} cannot be set; {', '.join(sorted(declared.keys() - set(_RELEASE)))} can."
            raise Refused(msg)
        found = self.stack()
        set_before = [] if found is None else found.get("Parameters", [])
        before = {one["ParameterKey"]: one["ParameterValue"] for one in set_before}
        values = {**{name: text for name, text in declared.items() if text is not None}, **before, **given}
        if "VpcId" not in values:
            values |= self._default_network()
        if secret := self._other_administrator_secret():
            values["AdministratorSecretArn"] = secret
        if missing := [name for name in (*_REQUIRED, "VpcCidr", "SubnetIds") if not values.get(name)]:
            msg = f"{missing[0]} must be given: --set {missing[0]}=..."
            raise Refused(msg)
        return {name: text for name, text in values.items() if name in declared and name not in _RELEASE}

    def _other_administrator_secret(self) -> str | None:
        """Return the secret of the database's administrator, if the stack has another: that database was replaced."""
        if (known := self.outputs().get("AdministratorSecret")) is None or not (database := self._database()):
            return None
        (found,) = self._session.client("rds").describe_db_instances(DBInstanceIdentifier=database)["DBInstances"]
        current = found.get("MasterUserSecret", {}).get("SecretArn")
        return current if current != known else None

    def declared(self) -> Mapping[str, str | None]:
        """Return the parameters of the template, with their defaults."""
        declared: dict[str, str | None] = {}
        name = section = ""
        for line in TEMPLATE.read_text().splitlines():
            if line and not line.startswith((" ", "#")):
                section = line
            elif section == "Parameters:" and line.startswith("  ") and line[2] != " ":
                name = line.strip().removesuffix(":")
                declared[name] = None
            elif section == "Parameters:" and line.startswith("    Default: "):
                declared[name] = line.removeprefix("    Default: ").strip('"')
        return declared

    def _default_network(self) -> Mapping[str, str]:
        networks = self.ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
        if not networks:
            msg = "The account has no default VPC here; give VpcId, VpcCidr and SubnetIds with --set."
            raise Refused(msg)
        vpc = networks[0]["VpcId"]
        subnets = self.ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
        by_zone = {subnet["AvailabilityZone"]: subnet["SubnetId"] for subnet in subnets}
        return {"VpcId": vpc, "VpcCidr": networks[0]["CidrBlock"], "SubnetIds": ",".join(sorted(by_zone.values()))}

    def publish(self, release: Release) -> None:
        """Put release and template into the bucket, which is made if it is missing."""
        try:
            self.s3.head_bucket(Bucket=self.bucket, ExpectedBucketOwner=self.account)
        except ClientError as error:
            if error.response["Error"]["Code"] not in {"404", "NoSuchBucket"}:
                raise
            where: Any = {} if self.region == "us-east-1" else {"LocationConstraint": self.region}
            self.s3.create_bucket(Bucket=self.bucket, **({"CreateBucketConfiguration": where} if where else {}))
        everything = dict.fromkeys(
            ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
        )
        self.s3.put_public_access_block(Bucket=self.bucket, PublicAccessBlockConfiguration=everything)  # type: ignore[arg-type]
        # Who asks removes an answer after reading it; if that was interrupted, it goes a day later.
        rule: Any = {
            "ID": "answers",
            "Status": "Enabled",
            "Filter": {"Prefix": "answers/"},
            "Expiration": {"Days": 1},
        }
        self.s3.put_bucket_lifecycle_configuration(Bucket=self.bucket, LifecycleConfiguration={"Rules": [rule]})
        self.s3.upload_file(str(release.path), self.bucket, release.key)
        self.s3.upload_file(str(self._template), self.bucket, self._template_key)
        self._demand_tls()

    def _demand_tls(self) -> None:
        resources = [f"arn:{self._partition}:s3:::{self.bucket}{rest}" for rest in ("", "/*")]
        statement = {
            "Sid": "TlsOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": resources,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.s3.put_bucket_policy(Bucket=self.bucket, Policy=policy)

    @property
    def _partition(self) -> str:
        return self._session.get_partition_for_region(self.region)

    @property
    def _template_key(self) -> str:
        return f"templates/{hashlib.sha256(self._template.read_bytes()).hexdigest()[:16]}.yaml"

    def change(self, parameters: Mapping[str, str]) -> bool:
        """Make or change the stack, and wait for it; return whether there was anything to do."""
        suffix = "amazonaws.com.cn" if self._partition == "aws-cn" else "amazonaws.com"
        arguments: Any = {
            "StackName": self.name,
            "TemplateURL": f"https://{self.bucket}.s3.{self.region}.{suffix}/{self._template_key}",
            "Parameters": [{"ParameterKey": name, "ParameterValue": text} for name, text in parameters.items()],
            "Capabilities": ["CAPABILITY_IAM"],
        }
        found = self.stack()
        if found is not None and found["StackStatus"].endswith("_IN_PROGRESS"):
            print(f"The stack {self.name} is being changed ...", flush=True)
            self._settled()
            found = self.stack()
        if found is not None and found["StackStatus"] == _NEVER_MADE:
            raise Refused(self._never_made)
        if found is None:
            self.cloudformation.create_stack(**arguments, OnFailure="ROLLBACK")
            self._settle("CREATE_COMPLETE")
            return True
        try:
            self.cloudformation.update_stack(**arguments)
        except ClientError as error:
            if "No updates are to be performed" in str(error):
                return False
            raise
        self._settle("UPDATE_COMPLETE")
        return True

    def is_finished(self, parameters: Mapping[str, str]) -> bool:
        """Return whether an ``up`` with these parameters, and this template, came to its end."""
        return self._read(self._mark_key) == self._mark(parameters)

    def finish(self, parameters: Mapping[str, str]) -> None:
        """Keep that an ``up`` came to its end: the stack alone does not tell whether its machines were replaced."""
        self.s3.put_object(Bucket=self.bucket, Key=self._mark_key, Body=self._mark(parameters))

    @property
    def _mark_key(self) -> str:
        return f"stacks/{self.name}.json"

    def _mark(self, parameters: Mapping[str, str]) -> bytes:
        found = self.stack()
        stack = "" if found is None else found["StackId"]  # another one for a stack that is made again
        mark = {"stack": stack, "template": self._template_key, "parameters": dict(parameters)}
        return json.dumps(mark, indent=2, sort_keys=True).encode()

    def _settle(self, wanted: str) -> None:
        status = self._settled()
        if status == _NEVER_MADE:
            raise Refused(self._never_made)
        if status != wanted:
            msg = f"The stack {self.name} is {status}; its events in CloudFormation say why."
            raise Refused(msg)

    @property
    def _never_made(self) -> str:
        return (
            f"The stack {self.name} could not be made; its events in CloudFormation say why. Delete what is left with"
            " `ocrcore-aws down --yes`, and run `up` again."
        )

    def _settled(self) -> str:
        """Wait until nothing changes the stack; return its status then."""

        def state() -> str | None:
            found = self.stack()
            status = "DELETE_COMPLETE" if found is None else found["StackStatus"]
            return None if status.endswith("_IN_PROGRESS") else status

        return str(self._wait(state, "CloudFormation"))

    def set_up(self) -> None:
        """Start the machine that prepares the database, and wait until it has terminated itself."""
        instance = self._start("SetupTemplate")
        print(f"Machine {instance} prepares the database ...", flush=True)
        try:
            self._wait(lambda: self._is_gone(instance) or None, "The set-up", patience=_SET_UP_PATIENCE)
        except Refused:
            msg = (
                f"The set-up did not end within 20 minutes. Machine {instance} is still there; terminate it if it has"
                f" failed, and run `ocrcore-aws up` again. Its last lines:\n{self.console(instance, last=20)}"
            )
            raise Refused(msg) from None

    def ask(self, command: Sequence[str]) -> Answer:
        """Run ``ocrcore`` with these words on a machine of its own, and return what came of it.

        The answer, which may hold a new key, is in the bucket of releases until it was read here.
        """
        key = f"answers/{self.name}/{uuid4()}.json"
        told = {"OCRCORE_COMMAND": json.dumps(list(command)), "OCRCORE_ANSWER": f"{self.bucket}/{key}"}
        exports = "\n".join(f"export {name}={shlex.quote(text)}" for name, text in told.items())
        instance = self._start("OperatorTemplate", exports)
        print(f"Machine {instance} runs it, which takes some minutes ...", file=sys.stderr, flush=True)

        def answer() -> bytes | None:
            ended = self._is_gone(instance)  # before the look: it answers, and then it ends
            if (found := self._read(key)) is None and ended:
                msg = f"Machine {instance} ended without an answer. Its last lines:\n{self.console(instance, last=20)}"
                raise Refused(msg)
            return found

        try:
            return Answer(**json.loads(self._wait(answer, "The command", patience=_COMMAND_PATIENCE)))
        finally:
            self.s3.delete_object(Bucket=self.bucket, Key=key)

    def _start(self, output: str, exports: str = "") -> str:
        """Start a machine of the template that an output names; return its id. ``exports`` begin its script."""
        if (template := self.outputs().get(output)) is None:
            msg = f"The stack {self.name} has no machine for this; run `ocrcore-aws up` first."
            raise Refused(msg)
        # The default version of a template stays the first one; CloudFormation adds versions.
        latest = {"LaunchTemplateId": template, "Version": "$Latest"}
        arguments: Any = {"LaunchTemplate": latest, "MinCount": 1, "MaxCount": 1}
        if exports:
            (version,) = self.ec2.describe_launch_template_versions(LaunchTemplateId=template, Versions=["$Latest"])[
                "LaunchTemplateVersions"
            ]
            shebang, _, script = b64decode(version["LaunchTemplateData"]["UserData"]).decode().partition("\n")
            arguments["UserData"] = f"{shebang}\n{exports}\n{script}"
        return self.ec2.run_instances(**arguments)["Instances"][0]["InstanceId"]

    def _is_gone(self, instance: str) -> bool:
        try:
            (reservation,) = self.ec2.describe_instances(InstanceIds=[instance])["Reservations"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "InvalidInstanceID.NotFound":
                return False  # it was started a moment ago, and not every part of EC2 knows it yet
            raise
        return reservation["Instances"][0]["State"]["Name"] in {"terminated", "shutting-down"}

    def console(self, instance: str, *, last: int | None = None) -> str:
        """Return what a machine showed on its console, or its last lines; EC2 keeps 64 KiB."""
        output = self.ec2.get_console_output(InstanceId=instance, Latest=True).get("Output", "")
        return "\n".join(output.splitlines()[-last if last else 0 :])

    def machines(self) -> Mapping[str, str]:
        """Return the machines of this stack that are there: their ids, and their names."""
        filters = [
            {"Name": "tag:Name", "Values": [f"{self.name}-{kind}" for kind in ("api", "worker", "setup", "operator")]},
            {"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]},
        ]
        pages = self.ec2.get_paginator("describe_instances").paginate(Filters=filters)  # type: ignore[arg-type]
        found = [one for page in pages for reservation in page["Reservations"] for one in reservation["Instances"]]
        names = {one["InstanceId"]: {tag["Key"]: tag["Value"] for tag in one["Tags"]}["Name"] for one in found}
        return dict(sorted(names.items(), key=lambda one: (one[1], one[0])))

    def are_stopped(self) -> bool:
        """Return whether the groups of the stack may start no machines."""
        listed = self._groups()
        return bool(listed) and all(
            _LAUNCH in {process["ProcessName"] for process in group.get("SuspendedProcesses", [])} for group in listed
        )

    def stop(self) -> None:
        """Let the groups have no machines, and wait until they have none; the next ``up`` prepares the database.

        They may start none either, because a change of the stack gives them their sizes again.
        """
        self.s3.delete_object(Bucket=self.bucket, Key=self._mark_key)
        for group in self._groups():
            name = group["AutoScalingGroupName"]
            self.groups.suspend_processes(AutoScalingGroupName=name, ScalingProcesses=[_LAUNCH])
            self.groups.update_auto_scaling_group(AutoScalingGroupName=name, MinSize=0, MaxSize=0, DesiredCapacity=0)
        self._wait(lambda: not any(group["Instances"] for group in self._groups()) or None, "The end of machines")

    def start(self) -> None:
        """Let the groups have as many machines as the parameters of the stack say, workers first."""
        found = self.stack()
        set_before = [] if found is None else found.get("Parameters", [])
        values = {
            one["ParameterKey"]: int(one["ParameterValue"]) for one in set_before if _SIZES & {one["ParameterKey"]}
        }
        outputs = self.outputs()
        for output, (least, most) in _GROUPS.items():
            self.groups.update_auto_scaling_group(
                AutoScalingGroupName=outputs[output],
                MinSize=values[least],
                MaxSize=values[most],
                DesiredCapacity=values[least],
            )
            self.groups.resume_processes(AutoScalingGroupName=outputs[output], ScalingProcesses=[_LAUNCH])

    def _groups(self) -> Sequence["AutoScalingGroupTypeDef"]:
        outputs = self.outputs()
        names = [outputs[name] for name in _GROUPS if name in outputs]
        # Without names every group of the account would be listed.
        return (
            self.groups.describe_auto_scaling_groups(AutoScalingGroupNames=names)["AutoScalingGroups"] if names else []
        )

    def _read(self, key: str) -> bytes | None:
        """Return an object of the bucket of releases, or None if there is none."""
        try:
            return self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchKey":
                return None
            raise

    def replace(self, group: str) -> None:
        """Replace the machines of a group by new ones, a few at a time, and wait for it; new ones stay."""

        def over(*ids: str) -> str | None:
            which: Any = {"InstanceRefreshIds": [*ids]} if ids else {}
            found = self.groups.describe_instance_refreshes(AutoScalingGroupName=group, **which)["InstanceRefreshes"]
            statuses = [one["Status"] for one in found]
            return None if _REPLACING & set(statuses) else next(iter(statuses), "None")

        self._wait(over, "An earlier replacement of machines")
        started = self.groups.start_instance_refresh(
            AutoScalingGroupName=group,
            Preferences={"MinHealthyPercentage": 50, "InstanceWarmup": 300, "SkipMatching": True},
        )["InstanceRefreshId"]
        status = self._wait(lambda: over(started), "The replacement of machines")
        if status != "Successful":
            msg = f"The machines of {group} were not all replaced ({status}); its activities in EC2 say why."
            raise Refused(msg)

    def delete(self) -> None:
        """Delete the stack. Documents and audit log stay, and a last snapshot of the database."""
        if database := self._database():
            self._session.client("rds").modify_db_instance(
                DBInstanceIdentifier=database, DeletionProtection=False, ApplyImmediately=True
            )
        self.cloudformation.delete_stack(StackName=self.name)
        self._settle("DELETE_COMPLETE")

    def _database(self) -> str:
        """Return the name of the database; nothing, if making the stack failed and it went again."""
        listed = self.cloudformation.describe_stack_resources(StackName=self.name)["StackResources"]
        return next(
            (
                one.get("PhysicalResourceId", "")
                for one in listed
                if one.get("LogicalResourceId") == "Database" and one["ResourceStatus"] != "DELETE_COMPLETE"
            ),
            "",
        )

    def alarms(self) -> Sequence[str]:
        """Return the names of the stack's alarms that are on."""
        watch = self._session.client("cloudwatch")
        pages = watch.get_paginator("describe_alarms").paginate(AlarmNamePrefix=f"{self.name}-", StateValue="ALARM")
        return [alarm["AlarmName"] for page in pages for alarm in page["MetricAlarms"]]

    def _wait(self, look: "Callable[[], Any]", what: str, patience: float = _PATIENCE) -> Any:  # noqa: ANN401 - what was looked for
        end = time.monotonic() + patience
        while (seen := look()) is None:
            if time.monotonic() > end:
                msg = f"{what} took too long."
                raise Refused(msg)
            time.sleep(self._look)
        return seen
