"""The parts of a deployment to AWS that no stand-in has: the answers are given, which botocore compares."""

import io
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import ANY, Stubber

from deployment import Deployment
from errands import Errands
from groups import Groups
from releases import ReleaseBucket
from waiting import Refused

REGION = "eu-central-1"
_NOW = datetime.now(UTC)


@pytest.fixture
def session() -> boto3.Session:
    return boto3.Session("nobody", "nothing", region_name=REGION)


@pytest.fixture
def deployment(session: boto3.Session) -> Deployment:
    made = Deployment(session, "any", look=0.01)
    made.bucket.account = "123456789012"
    return made


_LATEST = {"LaunchTemplateId": "lt-1", "Version": "$Latest"}


@contextmanager
def _set_up(session: boto3.Session, answer: bytes | None) -> Iterator[tuple[Errands, Stubber]]:
    """Yield what sets up, and the answers of EC2 up to the machine that was started; what it leaves in the bucket."""
    ec2, bucket = session.client("ec2"), ReleaseBucket(session, REGION)
    bucket.account = "123456789012"
    with Stubber(ec2) as machines, Stubber(bucket.s3) as objects:
        data = {"UserData": b64encode(b"#!/bin/bash\necho\n").decode()}
        version = {"LaunchTemplateVersions": [{"LaunchTemplateData": data}]}
        asked = {"LaunchTemplateId": "lt-1", "Versions": ["$Latest"]}
        machines.add_response("describe_launch_template_versions", version, asked)
        start = {"LaunchTemplate": _LATEST, "MinCount": 1, "MaxCount": 1, "UserData": ANY}
        machines.add_response("run_instances", {"Instances": [{"InstanceId": "i-1"}]}, start)
        if answer is None:
            objects.add_client_error("get_object", "NoSuchKey")
        else:
            body = StreamingBody(io.BytesIO(answer), len(answer))
            objects.add_response("get_object", {"Body": body}, {"Bucket": bucket.name, "Key": ANY})
            objects.add_response("delete_object", {})
        yield Errands(ec2, bucket, "any", {"SetupTemplate": "lt-1"}, look=0.01), machines
        machines.assert_no_pending_responses()
        objects.assert_no_pending_responses()


def _state(name: str, **more: object) -> dict[str, object]:
    return {"Reservations": [{"Instances": [{"State": {"Name": name}, **more}]}]}


def test_the_set_up_is_of_the_new_release(session: boto3.Session) -> None:
    """The default version of a launch template stays its first; moto starts that one in any case."""
    with _set_up(session, b"{}") as (errands, machines):
        # Not every part of EC2 knows at once what was started.
        machines.add_client_error("describe_instances", "InvalidInstanceID.NotFound")
        for state in ("pending", "running", "shutting-down"):
            machines.add_response("describe_instances", _state(state), {"InstanceIds": ["i-1"]})
        errands.set_up()


def test_a_machine_that_is_gone_has_not_set_up_unless_it_says_so(session: boto3.Session) -> None:
    """It may never have run, or been terminated from outside."""
    with _set_up(session, None) as (errands, machines):
        for state in ("pending", "terminated"):
            machines.add_response("describe_instances", _state(state), {"InstanceIds": ["i-1"]})
        why = {"StateReason": {"Message": "Server.InternalError: Internal error on launch"}}
        machines.add_response("describe_instances", _state("terminated", **why), {"InstanceIds": ["i-1"]})
        machines.add_response("get_console_output", {"Output": b64encode(b"no route").decode()})
        with pytest.raises(Refused, match=r"(?s)i-1 ended before .*\(Server.InternalError: .*\).* lines:\nno route"):
            errands.set_up()


@pytest.mark.parametrize("code", ["Unsupported", "InsufficientInstanceCapacity"])
def test_a_machine_is_started_in_the_next_subnet_where_a_zone_has_none_of_its_type(
    session: boto3.Session, code: str
) -> None:
    """As the oldest zones of us-east-1 have no t3; a group tries its other subnets by itself."""
    ec2, bucket = session.client("ec2"), ReleaseBucket(session, REGION)
    bucket.account = "123456789012"
    interface = {"DeviceIndex": 0, "AssociatePublicIpAddress": True, "Groups": ["sg-1"], "SubnetId": "subnet-1"}
    data = {"UserData": b64encode(b"#!/bin/bash\necho\n").decode(), "NetworkInterfaces": [interface]}
    start = {"LaunchTemplate": _LATEST, "MinCount": 1, "MaxCount": 1, "UserData": ANY}
    errands = Errands(ec2, bucket, "any", {"SetupTemplate": "lt-1"}, look=0.01, subnets=["subnet-1", "subnet-2"])
    with Stubber(ec2) as machines:
        machines.add_response(
            "describe_launch_template_versions", {"LaunchTemplateVersions": [{"LaunchTemplateData": data}]}
        )
        machines.add_client_error("run_instances", code, expected_params=start)
        elsewhere = {**start, "NetworkInterfaces": [{**interface, "SubnetId": "subnet-2"}]}
        machines.add_response("run_instances", {"Instances": [{"InstanceId": "i-1"}]}, elsewhere)
        assert errands._start("SetupTemplate", {}) == "i-1"
        machines.assert_no_pending_responses()


def test_what_is_as_it_was_asked_for_is_not_changed(deployment: Deployment) -> None:
    """moto changes a stack in any case, so the answer of AWS is given."""
    there = {"Stacks": [{"StackName": "any", "StackStatus": "UPDATE_COMPLETE", "CreationTime": datetime.now(UTC)}]}
    with Stubber(deployment.cloudformation) as stubber:
        stubber.add_response("describe_stacks", there)
        stubber.add_client_error("update_stack", "ValidationError", "No updates are to be performed.")
        assert deployment.change({}) is False
        stubber.assert_no_pending_responses()


@pytest.mark.parametrize("left", ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED"])
def test_a_stack_that_is_being_changed_is_waited_for_and_one_that_was_never_made_is_refused(
    deployment: Deployment, left: str
) -> None:
    """CloudFormation deletes no database that is protected, so making a stack most often fails in the second way."""
    with Stubber(deployment.cloudformation) as stubber:
        for status in ("CREATE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS", left, left):
            stack = {"StackName": "any", "StackStatus": status, "CreationTime": datetime.now(UTC)}
            stubber.add_response("describe_stacks", {"Stacks": [stack]})
        with pytest.raises(Refused, match=r"could not be made; .*`ocrcore-aws down --yes`"):
            deployment.change({})
        stubber.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("CREATE_FAILED", r"could not be made; .*`ocrcore-aws down --yes`"),
        ("DELETE_FAILED", r"only half deleted; .*`ocrcore-aws down --yes`"),
        ("UPDATE_ROLLBACK_FAILED", r"`aws cloudformation continue-update-rollback --stack-name any`"),
    ],
)
def test_a_stack_that_cloudformation_does_not_change_is_refused_in_a_sentence(
    deployment: Deployment, status: str, told: str
) -> None:
    with Stubber(deployment.cloudformation) as stubber:
        stack = {"StackName": "any", "StackStatus": status, "CreationTime": datetime.now(UTC)}
        stubber.add_response("describe_stacks", {"Stacks": [stack]})
        with pytest.raises(Refused, match=told):
            deployment.change({})
        stubber.assert_no_pending_responses()


def test_what_is_left_of_a_stack_that_was_never_made_is_deleted(
    session: boto3.Session, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its database may never have come to be."""
    rds = session.client("rds")
    monkeypatch.setattr(session, "client", {"rds": rds}.get)
    left = {
        "LogicalResourceId": "Database",
        "PhysicalResourceId": "db-1",
        "ResourceType": "AWS::RDS::DBInstance",
        "ResourceStatus": "DELETE_FAILED",
        "Timestamp": datetime.now(UTC),
    }
    with Stubber(deployment.cloudformation) as cloudformation, Stubber(rds) as databases:
        cloudformation.add_response("describe_stack_resources", {"StackResources": [left]}, {"StackName": "any"})
        databases.add_client_error("modify_db_instance", "DBInstanceNotFound")
        cloudformation.add_response("delete_stack", {}, {"StackName": "any"})
        cloudformation.add_client_error("describe_stacks", "ValidationError", "Stack any does not exist")
        deployment.delete()
        cloudformation.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("machines", "most", "states", "refused"),
    [(2, 200, ["Successful"], False), (3, 150, ["InProgress", "Failed"], True)],
)
def test_machines_are_replaced_in_parts(
    session: boto3.Session,
    machines: int,
    most: int,
    states: Sequence[str],
    refused: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    client = session.client("autoscaling")
    groups = Groups(client, {}, look=0.01)
    preferences = {
        "MinHealthyPercentage": 100,
        "MaxHealthyPercentage": most,
        "InstanceWarmup": 120,
        "SkipMatching": True,
    }
    with Stubber(client) as stubber:
        # One that an interrupted `up` began goes on; another cannot be started beside it.
        for state in ("InProgress", "Successful"):
            earlier = {"InstanceRefreshes": [{"Status": state}, {"Status": "Failed"}]}
            stubber.add_response("describe_instance_refreshes", earlier, {"AutoScalingGroupName": "g"})
        group = {"AutoScalingGroupName": "g", "MinSize": 1, "MaxSize": 9, "DesiredCapacity": machines}
        told = {"DefaultCooldown": 300, "AvailabilityZones": [], "HealthCheckType": "EC2", "CreatedTime": _NOW}
        stubber.add_response("describe_auto_scaling_groups", {"AutoScalingGroups": [group | told]})
        stubber.add_response(
            "start_instance_refresh",
            {"InstanceRefreshId": "1"},
            {"AutoScalingGroupName": "g", "Preferences": preferences},
        )
        asked = {"AutoScalingGroupName": "g", "InstanceRefreshIds": ["1"]}
        for state in states:
            answer = {"InstanceRefreshes": [{"Status": state}]}
            stubber.add_response("describe_instance_refreshes", answer, asked)
        if refused:
            with pytest.raises(Refused, match=r"not all replaced \(Failed\)"):
                groups.replace("g")
        else:
            groups.replace("g")
        stubber.assert_no_pending_responses()


@pytest.mark.parametrize(("current", "told"), [("arn:a", None), ("arn:b", "arn:b")])
def test_the_administrator_of_a_restored_database_has_another_secret(
    session: boto3.Session,
    deployment: Deployment,
    current: str,
    told: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rds = session.client("rds")
    monkeypatch.setattr(session, "client", {"rds": rds}.get)
    stack = {"StackName": "any", "StackStatus": "UPDATE_COMPLETE", "CreationTime": datetime.now(UTC)}
    outputs = [{"OutputKey": "AdministratorSecret", "OutputValue": "arn:a"}]
    made = {
        "LogicalResourceId": "Database",
        "PhysicalResourceId": "db-1",
        "ResourceType": "AWS::RDS::DBInstance",
        "ResourceStatus": "CREATE_COMPLETE",
        "Timestamp": datetime.now(UTC),
    }
    with Stubber(deployment.cloudformation) as cloudformation, Stubber(rds) as databases:
        cloudformation.add_response("describe_stacks", {"Stacks": [{**stack, "Outputs": outputs}]})
        cloudformation.add_response("describe_stack_resources", {"StackResources": [made]}, {"StackName": "any"})
        found = {"DBInstances": [{"MasterUserSecret": {"SecretArn": current}}]}
        databases.add_response("describe_db_instances", found, {"DBInstanceIdentifier": "db-1"})
        assert deployment._other_administrator_secret() == told
