"""A stack of ``ocrcore.yaml``: its parameters, what changes and deletes it, and what it has."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.exceptions import ClientError

from errands import Errands
from groups import Groups
from quotas import Quota, quotas
from releases import Release, ReleaseBucket
from waiting import LOOK, Refused, wait

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackTypeDef
    from mypy_boto3_ec2 import EC2Client

TEMPLATE: Final = Path(__file__).resolve().parent / "ocrcore.yaml"
_REQUIRED: Final = ("HostName", "CertificateArn")
#: The parameters of a release; they change with it, and are not to be set.
_RELEASE: Final = ("ArtefactBucket", "ReleaseKey", "ReleaseSha256")
#: The parameters that this program sets itself: the names of the groups, once the database is prepared.
_OWN: Final = {"ApiGroupName": "ApiGroup", "WorkerGroupName": "WorkerGroup"}
_EVENTS: Final = "its events in CloudFormation say why"
_DOWN: Final = "`ocrcore-aws down --yes`"
_NEVER_MADE: Final = (
    f"The stack {{name}} could not be made; {_EVENTS}. Delete what is left with {_DOWN}, and run `up` again: its"
    " database may be there, and cost."
)
#: What CloudFormation changes no more, and what to do. Making a stack fails in the second way once there is a database:
#: it is protected, and CloudFormation deletes none that is.
_STUCK: Final = {
    "ROLLBACK_COMPLETE": _NEVER_MADE,
    "ROLLBACK_FAILED": _NEVER_MADE,
    "CREATE_FAILED": _NEVER_MADE,
    "DELETE_FAILED": f"The stack {{name}} is only half deleted; {_EVENTS}. Run {_DOWN} again.",
    "UPDATE_ROLLBACK_FAILED": (
        f"The stack {{name}} is between two states; {_EVENTS}. Mend that, run `aws cloudformation"
        " continue-update-rollback --stack-name {name}`, and then `up` again."
    ),
}


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
        self.autoscaling: AutoScalingClient = session.client("autoscaling")
        self.bucket = ReleaseBucket(session, self.region)

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

    def present(self) -> Mapping[str, str]:
        """Return the parameters that the stack has."""
        found = self.stack()
        given = [] if found is None else found.get("Parameters", [])
        return {one["ParameterKey"]: one["ParameterValue"] for one in given}

    @property
    def groups(self) -> Groups:
        """The groups of machines that the stack has now."""
        return Groups(self.autoscaling, self.outputs(), look=self._look)

    @property
    def errands(self) -> Errands:
        """What machines of their own do for the stack as it is now."""
        subnets = self.present().get("SubnetIds", "").split(",")
        return Errands(self.ec2, self.bucket, self.name, self.outputs(), look=self._look, subnets=subnets)

    def parameters(self, given: Mapping[str, str]) -> Mapping[str, str]:
        """Return every parameter but those of the release: as given, else as the stack has it, else the default.

        The network is the default VPC, unless another is given.
        """
        declared = self.declared()
        free = declared.keys() - {*_RELEASE, *_OWN}
        if unknown := sorted(given.keys() - free):
            msg = f"{unknown[0]} cannot be set; {', '.join(sorted(free))} can."
            raise Refused(msg)
        defaults = {name: text for name, text in declared.items() if text is not None}
        values = {**defaults, **self.present(), **given}
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

    def quotas(self, parameters: Mapping[str, str]) -> Sequence[Quota]:
        """Return the quotas of EC2 that a stack with these parameters needs."""
        return quotas(self._session, self.ec2, parameters)

    def publish(self, release: Release) -> None:
        """Put release and template into the bucket of releases."""
        self.bucket.publish(release, self._template, self._template_key)

    @property
    def _template_key(self) -> str:
        return f"templates/{hashlib.sha256(self._template.read_bytes()).hexdigest()[:16]}.yaml"

    def change(self, parameters: Mapping[str, str]) -> bool:
        """Make or change the stack, and wait for it; return whether there was anything to do."""
        arguments: Any = {
            "StackName": self.name,
            "TemplateURL": f"{self.bucket.address}/{self._template_key}",
            "Parameters": [{"ParameterKey": name, "ParameterValue": text} for name, text in parameters.items()],
            "Capabilities": ["CAPABILITY_IAM"],
        }
        found = self.stack()
        if found is not None and found["StackStatus"].endswith("_IN_PROGRESS"):
            print(f"The stack {self.name} is being changed ...", flush=True)
            self._settled()
            found = self.stack()
        if found is not None:
            self._refuse_stuck(found["StackStatus"])
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

    def guard(self, parameters: Mapping[str, str]) -> Mapping[str, str]:
        """Let new machines count only when their process runs; return the parameters that the stack has then.

        The database must be prepared: before, no process starts, and CloudFormation would wait for the machines.
        """
        outputs = self.outputs()
        guarded = {**parameters, **{name: outputs[output] for name, output in _OWN.items()}}
        self.change(guarded)
        return guarded

    def is_finished(self, parameters: Mapping[str, str]) -> bool:
        """Return whether an ``up`` with these parameters, and this template, came to its end."""
        return self.bucket.read(self._mark_key) == self._mark(parameters)

    def finish(self, parameters: Mapping[str, str]) -> None:
        """Keep that an ``up`` came to its end: the stack alone does not tell whether its machines were replaced."""
        self.bucket.write(self._mark_key, self._mark(parameters))

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
        self._refuse_stuck(status)
        if status != wanted:
            msg = f"The stack {self.name} is {status}; {_EVENTS}."
            raise Refused(msg)

    def _refuse_stuck(self, status: str) -> None:
        if status in _STUCK:
            raise Refused(_STUCK[status].format(name=self.name))

    def _settled(self) -> str:
        """Wait until nothing changes the stack; return its status then."""

        def state() -> str | None:
            found = self.stack()
            status = "DELETE_COMPLETE" if found is None else found["StackStatus"]
            return None if status.endswith("_IN_PROGRESS") else status

        return wait(state, "CloudFormation", every=self._look)

    def first_key(self) -> str:
        """Return the first API key, which the set-up made."""
        try:
            secret = self.outputs()["FirstKeySecret"]
            return self._session.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
        except KeyError:
            msg = f"There is no stack {self.name} in {self.region} that has a key; run `ocrcore-aws up` first."
            raise Refused(msg) from None
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            msg = f"The stack {self.name} has no key yet; `ocrcore-aws up` or `init` makes the first one."
            raise Refused(msg) from None

    def machines(self, *, ended: bool = False) -> Mapping[str, str]:
        """Return the machines of this stack that are there, or those that ended: their ids, and their names.

        EC2 knows one that ended for about an hour.
        """
        states = ["shutting-down", "terminated"] if ended else ["pending", "running", "stopping", "stopped"]
        filters = [
            {"Name": "tag:Name", "Values": [f"{self.name}-{kind}" for kind in ("api", "worker", "setup", "operator")]},
            {"Name": "instance-state-name", "Values": states},
        ]
        pages = self.ec2.get_paginator("describe_instances").paginate(Filters=filters)  # type: ignore[arg-type]
        found = [one for page in pages for reservation in page["Reservations"] for one in reservation["Instances"]]
        names = {one["InstanceId"]: {tag["Key"]: tag["Value"] for tag in one["Tags"]}["Name"] for one in found}
        return dict(sorted(names.items(), key=lambda one: (one[1], one[0])))

    def stop(self) -> None:
        """End all machines of the groups; the next ``up`` prepares the database again."""
        self.bucket.remove(self._mark_key)
        self.groups.stop()

    def start(self) -> None:
        """Let the groups have as many machines as the parameters say."""
        self.groups.start(self.present())

    def delete(self) -> None:
        """Delete the stack. Documents and audit log stay, and a last snapshot of the database."""
        if database := self._database():
            rds = self._session.client("rds")
            # One whose making failed has a name, and may not be there.
            with suppress(rds.exceptions.DBInstanceNotFoundFault):
                rds.modify_db_instance(DBInstanceIdentifier=database, DeletionProtection=False, ApplyImmediately=True)
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
