"""``ocrcore-aws up|status|down``: make, change, show and delete a stack of ``ocrcore.yaml``.

``up`` may run any number of times, and upgrades: it changes the stack, lets a machine of its own prepare the database,
and then replaces the workers and the API machines, in this order. One that was interrupted is finished by the next.
With ``--dry-run`` nothing is changed anywhere.
"""

import argparse
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from costs import PRICES, PriceUnknown, estimate
from deployment import LOOK, TEMPLATE, Deployment, Refused, Release, build_release


def up(deployment: Deployment, options: argparse.Namespace) -> None:
    """Make or change the stack."""
    parameters = deployment.parameters(dict(options.set))
    costs = estimate(
        deployment.region, parameters, pages=options.pages, gigabytes=options.gigabytes, table=options.prices
    )
    print("\n".join(costs.lines()))
    path = options.release or build_release()
    release = Release(path, hashlib.sha256(path.read_bytes()).hexdigest())
    before = deployment.stack()
    what = "is made" if before is None else "is changed"
    print(
        f"Stack {deployment.name} in {deployment.region}, account {deployment.account}, {what}; release {release.key}."
    )
    if options.dry_run:
        print("Nothing was changed (--dry-run).")
        return
    deployment.publish(release)
    wanted = {
        **parameters,
        "ArtefactBucket": deployment.bucket,
        "ReleaseKey": release.key,
        "ReleaseSha256": release.sha256,
    }
    if not deployment.change(wanted) and deployment.is_finished(wanted):
        print("Nothing is to be changed.")
    else:
        deployment.set_up()
        outputs = deployment.outputs()
        if before is not None:
            for group in (outputs["WorkerGroup"], outputs["ApiGroup"]):
                print(f"Replacing the machines of {group} ...", flush=True)
                deployment.replace(group)
        deployment.finish(wanted)
    status(deployment)


def status(deployment: Deployment) -> None:
    """Show the stack, its machines, and the alarms that are on."""
    found = deployment.stack()
    if found is None:
        print(f"There is no stack {deployment.name} in {deployment.region}.")
        return
    print(f"Stack {deployment.name} in {deployment.region}: {found['StackStatus']}")
    outputs = deployment.outputs()
    for name, text in sorted(outputs.items()):
        print(f"  {name}: {text}")
    names = [outputs[name] for name in ("ApiGroup", "WorkerGroup") if name in outputs]
    for group in deployment.groups.describe_auto_scaling_groups(AutoScalingGroupNames=names)["AutoScalingGroups"]:
        healthy = sum(one["HealthStatus"] == "Healthy" for one in group["Instances"])
        print(f"  {group['AutoScalingGroupName']}: {healthy} of {group['DesiredCapacity']} machines are healthy")
    alarms = deployment.alarms()
    print(f"  alarms: {', '.join(alarms) or 'none'}")


def down(deployment: Deployment, options: argparse.Namespace) -> None:
    """Delete the stack, after it was said what stays."""
    if deployment.stack() is None:
        print(f"There is no stack {deployment.name} in {deployment.region}.")
        return
    outputs = deployment.outputs()
    print(
        f"Stack {deployment.name} is deleted: machines, load balancer, queues, the database.\n"
        f"What stays, and costs: bucket {outputs.get('BucketName')}, table {outputs.get('TableName')}, a snapshot of"
        f" the database, and bucket {deployment.bucket} of releases."
    )
    if options.dry_run:
        print("Nothing was changed (--dry-run).")
        return
    if not options.yes:
        msg = "Say so with --yes."
        raise Refused(msg)
    deployment.delete()
    print("Deleted.")


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        msg = f"NAME=VALUE is wanted, not {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return name, value


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="ocrcore-aws", description="Put ocrcore on AWS. docs/deploy-aws.md explains it."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, help_ in (("up", "make or change the stack"), ("status", "show it"), ("down", "delete it")):
        command = commands.add_parser(name, help=help_)
        command.add_argument("--stack", default="ocrcore", help="its name (ocrcore)")
        command.add_argument("--region", help="the region (boto3's own)")
        if name != "status":
            command.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")
        if name == "up":
            command.add_argument(
                *("--set",),
                type=_pair,
                action="append",
                default=[],
                metavar="NAME=VALUE",
                help="a parameter of the template",
            )
            command.add_argument("--release", type=Path, help="a file of deploy/build-release (else one is built)")
            command.add_argument("--prices", type=Path, default=PRICES, help="the table of prices")
            command.add_argument("--pages", type=int, default=100_000, help="pages a month, for the estimate (100000)")
            command.add_argument("--gigabytes", type=int, default=100, help="gigabytes kept, for the estimate (100)")
        if name == "down":
            command.add_argument("--yes", action="store_true", help="do it")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str], *, look: float = LOOK, template: Path = TEMPLATE) -> int:
    """Run a command; return its exit status. The tests look more often, and have a template for their stand-in."""
    options = _options(arguments)
    try:
        deployment = Deployment(boto3.Session(region_name=options.region), options.stack, look=look, template=template)
        if options.command == "up":
            up(deployment, options)
        elif options.command == "down":
            down(deployment, options)
        else:
            status(deployment)
    except (Refused, PriceUnknown) as error:
        print(error, file=sys.stderr)
        return 1
    except (ClientError, BotoCoreError) as error:
        print(f"AWS did not do it: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
