"""How many vCPUs a stack needs, and how many the account may have: what a new account has least of."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from groups import FEW

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

#: The families that the two quotas are about; each other family has quotas of its own.
_STANDARD: Final = re.compile(r"(?:[acdhimrtz]|im|is)\d")
_REQUEST: Final = (
    "aws service-quotas request-service-quota-increase --service-code ec2 --quota-code {} --desired-value {}"
)


@dataclass(frozen=True, slots=True)
class Quota:
    """A quota of EC2, in vCPUs: what is needed of it, and the limit, which is None if Service Quotas does not tell."""

    what: str
    code: str
    #: To make the stack, to replace its machines, and with the most workers.
    make: int
    replace: int
    most: int
    limit: int | None

    @property
    def is_enough_to_make(self) -> bool:
        """Return whether the stack can be made, as far as is known."""
        return self.limit is None or self.make <= self.limit

    @property
    def advice(self) -> str:
        """Return what to do before, or nothing."""
        wanted = max(self.make, self.replace, self.most)
        if self.limit is None or wanted <= self.limit:
            return ""
        return f"  Ask for more before, which takes up to some days: {_REQUEST.format(self.code, wanted)}"


def quotas(session: boto3.Session, ec2: "EC2Client", parameters: Mapping[str, str]) -> Sequence[Quota]:
    """Return the quotas that these parameters need, on-demand machines first; none, if EC2 does not know the types.

    A machine of the set-up or the operator is as large as one of the API, and runs beside them. While machines are
    replaced, there are twice as many of two, and half as many more of others.
    """
    machine, kinds = parameters["ApiInstanceType"], parameters["WorkerInstanceTypes"].split(",")
    try:
        sizes = _vcpus(ec2, sorted({machine, *kinds}))
    except (ClientError, BotoCoreError):
        return []
    api, worker = sizes[machine], max(sizes[kind] for kind in kinds)
    apis, least, most = (int(parameters[name]) for name in ("ApiInstances", "WorkersLeast", "WorkersMost"))
    steady = int(parameters["WorkersOnDemand"])

    def on_demand(apis: int, workers: int) -> int:
        return apis * api + min(steady, workers) * worker

    def spot(workers: int) -> int:
        return max(workers - steady, 0) * worker

    replacing = max(on_demand(_replaced(apis), least), on_demand(apis, _replaced(least)))
    needs = (
        ("on-demand", "L-1216C47A", on_demand(apis, least) + api, replacing, on_demand(apis, most) + api),
        ("spot", "L-34B43A08", spot(least), spot(_replaced(least)), spot(most)),
    )
    return [Quota(what, code, make, replace, most, _limit(session, code)) for what, code, make, replace, most in needs]


def lines(found: Sequence[Quota]) -> Sequence[str]:
    """Return them as lines for people."""
    if not found:
        return []
    head = f"  {'':<36} {'to make it':>12} {'to replace':>12} {'most':>8} {'allowed':>8}"
    rows = [
        f"  {f'{one.what} standard machines ({one.code})':<36} {one.make:>12} {one.replace:>12} {one.most:>8}"
        f" {'unknown' if one.limit is None else one.limit:>8}"
        for one in found
    ]
    return [
        "vCPUs that the account must allow; what else runs in it counts, too:",
        head,
        *rows,
        *(one.advice for one in found if one.advice),
    ]


def _replaced(machines: int) -> int:
    """Return how many machines there are while so many are replaced."""
    return machines * 2 if machines <= FEW else ceil(machines * 1.5)


def _vcpus(ec2: "EC2Client", kinds: Sequence[str]) -> Mapping[str, int]:
    """Return the vCPUs of types of machines; 0 of those that count towards other quotas."""
    pages = ec2.get_paginator("describe_instance_types").paginate(InstanceTypes=kinds)  # type: ignore[arg-type]
    described = [one for page in pages for one in page["InstanceTypes"]]
    found: dict[str, int] = {one["InstanceType"]: one["VCpuInfo"]["DefaultVCpus"] for one in described}
    return {kind: found[kind] if _STANDARD.match(kind) else 0 for kind in kinds}


def _limit(session: boto3.Session, code: str) -> int | None:
    client: Any = session.client("service-quotas")
    try:
        return int(client.get_service_quota(ServiceCode="ec2", QuotaCode=code)["Quota"]["Value"])
    except (ClientError, BotoCoreError):  # the caller may have no right to ask
        return None
