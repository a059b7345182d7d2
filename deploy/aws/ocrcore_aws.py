"""``ocrcore-aws``: make, change, show, stop and delete a stack of ``ocrcore.yaml``, and run the operator's commands.

``up`` may run any number of times, and upgrades: it changes the stack, lets a machine of its own prepare the database,
and then replaces the workers and the API machines, in this order. One that was interrupted is finished by the next.
With ``--dry-run`` nothing is changed anywhere.
"""

import argparse
import hashlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from costs import PRICES, estimate
from deployment import TEMPLATE, Deployment
from quotas import lines
from releases import Release, build_release
from waiting import LOOK, Refused


def up(deployment: Deployment, options: argparse.Namespace) -> None:
    """Make or change the stack."""
    parameters = deployment.parameters(dict(options.set))
    costs = estimate(
        deployment.region, parameters, pages=options.pages, gigabytes=options.gigabytes, table=options.prices
    )
    quotas = deployment.quotas(parameters)
    print("\n".join([*costs.lines(), *lines(quotas)]))
    path = options.release or build_release()
    release = Release(path, hashlib.sha256(path.read_bytes()).hexdigest())
    before = deployment.stack()
    what = "is made" if before is None else "is changed"
    where = f"{deployment.region}, account {deployment.bucket.account}"
    print(f"Stack {deployment.name} in {where}, {what}; release {release.key}.")
    if (old := deployment.present().get("ReleaseKey", release.key)) != release.key:
        print(f"The release was until now {old}, which stays in the bucket {deployment.bucket.name}.")
    if options.dry_run:
        print("Nothing was changed (--dry-run).")
        return
    if before is None and (short := [one for one in quotas if not one.is_enough_to_make]):
        msg = f"The account may have too few {short[0].what} machines for this stack; {short[0].advice.strip()}"
        raise Refused(msg)
    deployment.publish(release)
    wanted: Mapping[str, str] = {
        **parameters,
        "ArtefactBucket": deployment.bucket.name,
        "ReleaseKey": release.key,
        "ReleaseSha256": release.sha256,
    }
    stopped = deployment.groups.are_stopped()
    changed = deployment.change(wanted)
    if stopped:
        deployment.stop()  # a change of the stack gave the groups their sizes again
        deployment.errands.set_up()
        print("The machines are stopped as before; `ocrcore-aws start` starts them.")
    elif not changed and deployment.is_finished(wanted):
        print("Nothing is to be changed.")
    else:
        deployment.errands.set_up()
        wanted = deployment.guard(wanted)
        if before is not None:
            deployment.groups.replace_all()
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
    for group in deployment.groups.list():
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
    documents, log = (outputs.get(name, "(if it was made)") for name in ("BucketName", "TableName"))
    print(
        f"Stack {deployment.name} is deleted: machines, load balancer, queues, the database.\n"
        f"What stays, and costs: bucket {documents}, table {log}, a snapshot of the database, and bucket"
        f" {deployment.bucket.name} of releases."
    )
    if options.dry_run:
        print("Nothing was changed (--dry-run).")
        return
    if not options.yes:
        msg = "Say so with --yes."
        raise Refused(msg)
    deployment.delete()
    print("Deleted.")


def stop(deployment: Deployment) -> None:
    """End every machine of the service. The database, the documents and the load balancer stay."""
    print(f"Stopping the machines of {deployment.name} ...", flush=True)
    deployment.stop()
    print("Stopped. `ocrcore-aws up` prepares the database again, and `ocrcore-aws start` starts the machines.")


def logs(deployment: Deployment, options: argparse.Namespace) -> int:
    """Print what is not routine of the consoles of machines, also of those that ended within an hour.

    Return 1 if a machine that was named has no console, most often because there is none of that name.
    """
    errands = deployment.errands
    names = {one: f"{name}, which has ended" for one, name in deployment.machines(ended=True).items()}
    names |= deployment.machines()
    every = True
    for instance in options.machine or names:
        text, is_there = errands.read_console(instance)
        every = every and is_there
        print(f"--- {instance} {names.get(instance, '')}".rstrip())
        print("\n".join(text.splitlines()))
    return int(bool(options.machine) and not every)


def ask(deployment: Deployment, command: Sequence[str]) -> int:
    """Run a command of ``ocrcore`` on a machine of its own; return its exit status."""
    answer = deployment.errands.ask(command)
    sys.stderr.write(answer.stderr)
    sys.stdout.write(answer.stdout)
    return answer.status


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        msg = f"NAME=VALUE is wanted, not {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return name, value


_COMMANDS: Final = {
    "up": "make or change the stack",
    "status": "show it",
    "logs": "show what its machines log beyond routine",
    "key": "print the first API key, which has every scope",
    "doctor": "run ocrcore doctor on a machine of its own",
    "keys": "run ocrcore keys on a machine of its own",
    "init": "prepare the database again, and what is missing",
    "stop": "end the machines of the service",
    "start": "start them again",
    "down": "delete the stack",
}


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="ocrcore-aws", description="Put ocrcore on AWS. docs/deploy-aws.md explains it."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, help_ in _COMMANDS.items():
        command = commands.add_parser(name, help=help_, description=help_)
        command.add_argument("--stack", default="ocrcore", help="its name (ocrcore)")
        command.add_argument("--region", help="the region (boto3's own)")
        if name in {"up", "down"}:
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
        if name == "logs":
            command.add_argument("machine", nargs="*", help="the id of a machine (all of the stack)")
        if name == "doctor":
            for option in ("--repair", "--restored", "--every-timeline", "--json"):
                command.add_argument(
                    option, dest="words", action="append_const", const=option, help="see ocrcore doctor"
                )
        if name == "keys":
            command.add_argument("words", nargs=argparse.REMAINDER, help="as of ocrcore keys: create ana")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str], *, look: float = LOOK, template: Path = TEMPLATE) -> int:
    """Run a command; return its exit status. The tests look more often, and have a template for their stand-in."""
    options = _options(arguments)
    try:
        deployment = Deployment(boto3.Session(region_name=options.region), options.stack, look=look, template=template)
        return _run(deployment, options)
    except Refused as error:
        print(error, file=sys.stderr)
        return 1
    except (ClientError, BotoCoreError) as error:
        print(f"AWS did not do it: {error}", file=sys.stderr)
        return 1


def _run(deployment: Deployment, options: argparse.Namespace) -> int:
    match options.command:
        case "up":
            up(deployment, options)
        case "down":
            down(deployment, options)
        case "status":
            status(deployment)
        case "logs":
            return logs(deployment, options)
        case "init":
            deployment.errands.set_up()
        case "key":
            print(deployment.first_key())
        case "stop":
            stop(deployment)
        case "start":
            deployment.start()
            status(deployment)
        case command:
            return ask(deployment, [command, *(options.words or [])])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
