"""What the quotas of an account must allow, before anything is made."""

from collections.abc import Iterator
from contextlib import contextmanager

import boto3
import pytest
from botocore.stub import Stubber

from aws_template import ROOT, template
from groups import FEW
from quotas import Quota, lines, quotas

_ON_DEMAND, _SPOT = "L-1216C47A", "L-34B43A08"
_VCPUS = {"t3.small": 2, "c7i.xlarge": 4, "c6i.xlarge": 4, "m7i.xlarge": 4, "g6.xlarge": 4, "c7i.4xlarge": 16}


def _defaults() -> dict[str, str]:
    return {name: str(one.get("Default", "")) for name, one in template()["Parameters"].items()}


@contextmanager
def _asked(limits: dict[str, float] | None, **parameters: str) -> Iterator[list[Quota]]:
    """Yield the quotas of a stack with these parameters, in an account with these limits, or that may not ask."""
    session = boto3.Session("nobody", "nothing", region_name="eu-central-1")
    ec2, service = session.client("ec2"), session.client("service-quotas")
    given = {**_defaults(), **parameters}
    kinds = sorted({given["ApiInstanceType"], *given["WorkerInstanceTypes"].split(",")})
    with Stubber(ec2) as machines, Stubber(service) as told, pytest.MonkeyPatch.context() as patch:
        described = [{"InstanceType": kind, "VCpuInfo": {"DefaultVCpus": _VCPUS[kind]}} for kind in kinds]
        machines.add_response("describe_instance_types", {"InstanceTypes": described}, {"InstanceTypes": kinds})
        for code in (_ON_DEMAND, _SPOT):
            if limits is None:
                told.add_client_error("get_service_quota", "AccessDeniedException")
            else:
                asked = {"ServiceCode": "ec2", "QuotaCode": code}
                told.add_response("get_service_quota", {"Quota": {"Value": limits[code]}}, asked)
        patch.setattr(session, "client", {"service-quotas": service}.get)
        yield list(quotas(session, ec2, given))


def test_a_new_account_is_told_that_its_quota_is_too_small_and_how_to_ask_for_more() -> None:
    """Two API machines and the set-up need six vCPUs; a new account of AWS has five."""
    with _asked({_ON_DEMAND: 5.0, _SPOT: 5.0}) as (on_demand, spot):
        assert (on_demand.make, on_demand.replace, on_demand.is_enough_to_make) == (6, 8, False)
        assert (spot.make, spot.replace, spot.most, spot.is_enough_to_make) == (4, 8, 40, True)
        told = "\n".join(lines([on_demand, spot]))
        assert f"--quota-code {_ON_DEMAND} --desired-value 8\n" in told
        assert told.endswith(f"--quota-code {_SPOT} --desired-value 40")


def test_the_numbers_are_told_where_the_limits_are_not_known() -> None:
    with _asked(None) as found:
        told = lines(found)
        assert all(one.is_enough_to_make for one in found)
        assert [line.split()[-4:] for line in told[2:]] == [["6", "8", "6", "unknown"], ["4", "8", "40", "unknown"]]


def test_each_machine_counts_towards_the_quota_of_its_kind() -> None:
    with _asked(
        {_ON_DEMAND: 64.0, _SPOT: 64.0},
        WorkersLeast="4",
        WorkersOnDemand="3",
        WorkersMost="6",
        ApiInstances="4",
        WorkerInstanceTypes="c7i.xlarge,c7i.4xlarge,g6.xlarge",
    ) as (on_demand, spot):
        # Of three types the largest may come; that of the last has a quota of its own.
        assert (on_demand.make, on_demand.replace, on_demand.most) == (8 + 48 + 2, 12 + 48, 8 + 48 + 2)
        assert (spot.make, spot.replace, spot.most) == (16, 48, 48)
        assert [one.advice for one in (on_demand, spot)] == ["", ""]
    assert FEW == 2


def test_a_type_that_ec2_does_not_know_is_told_by_cloudformation() -> None:
    session = boto3.Session("nobody", "nothing", region_name="eu-central-1")
    ec2 = session.client("ec2")
    with Stubber(ec2) as machines:
        machines.add_client_error("describe_instance_types", "InvalidInstanceType")
        assert lines(quotas(session, ec2, _defaults())) == []


def test_the_page_names_the_quotas_and_what_the_defaults_need() -> None:
    page = (ROOT / "docs/deploy-aws.md").read_text()
    with _asked(None) as found:
        for one in found:
            assert one.code in page
            assert f"**{max(one.make, one.replace)} vCPUs**" in page
