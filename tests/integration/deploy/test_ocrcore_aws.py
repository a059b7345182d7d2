"""The commands of docs/deploy-aws.md, on a stand-in for AWS."""

import json
import os
import re
import subprocess
import sys
import threading
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

import ocrcore_aws
from aws_stack import client_of, make_secrets, prepare
from aws_template import MOTO_IMAGE, ROOT, for_moto
from deployment import Deployment
from errands import Errands
from groups import Groups
from moto_server import SESSION, moto_server
from quotas import Quota
from releases import Release, ReleaseBucket
from waiting import Refused

_REGION = "eu-central-1"
_ANSWER = ROOT / "deploy/aws/answer.py"
_PROGRAM = Path(sys.executable).with_name("ocrcore")
_RESTORED = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!db-restored"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with moto_server() as endpoint, pytest.MonkeyPatch.context() as patch:
        for name, text in {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "nobody",
            "AWS_SECRET_ACCESS_KEY": "nothing",
            "AWS_DEFAULT_REGION": _REGION,
        }.items():
            patch.setenv(name, text)
        yield endpoint


@pytest.fixture(scope="module")
def certificate(endpoint: str) -> str:
    return prepare(endpoint)["CertificateArn"]


@pytest.fixture(scope="module")
def template(endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.json"
    path.write_text(for_moto(make_secrets(endpoint)))
    return path


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("release") / "ocrcore-0.2.0.tar.gz"
    path.write_bytes(b"a release")
    return path


@pytest.fixture(autouse=True)
def policies(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note each policy of the bucket of releases, and take it away: moto heeds it without its condition."""
    noted: list[str] = []
    demand_tls, s3 = ReleaseBucket._demand_tls, client_of(endpoint, "s3")

    def note(bucket: ReleaseBucket) -> None:
        demand_tls(bucket)
        noted.append(s3.get_bucket_policy(Bucket=bucket.name)["Policy"])
        s3.delete_bucket_policy(Bucket=bucket.name)

    monkeypatch.setattr(ReleaseBucket, "_demand_tls", note)
    return noted


@contextmanager
def _played(endpoint: str, name: str, act: Callable[[str], object]) -> Iterator[None]:
    """Do in the place of each machine of this name what it does, and terminate it, as it does itself."""
    over = threading.Event()
    ec2 = client_of(endpoint, "ec2")

    def work() -> None:
        filters = [{"Name": "tag:Name", "Values": [name]}, {"Name": "instance-state-name", "Values": ["running"]}]
        while not over.wait(0.2):
            for reservation in ec2.describe_instances(Filters=filters)["Reservations"]:
                for machine in [one["InstanceId"] for one in reservation["Instances"]]:
                    act(machine)
                    ec2.terminate_instances(InstanceIds=[machine])

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def _machines_that_shut_down(endpoint: str) -> Iterator[list[str]]:
    """Make the first key, say so, and terminate what is started to set up, as it does itself; yield their ids."""
    ended: list[str] = []
    secrets, s3 = client_of(endpoint, "secretsmanager"), client_of(endpoint, "s3")

    def set_up(machine: str) -> None:
        ended.append(machine)
        secrets.put_secret_value(SecretId="FirstKey", SecretString="ocrk_first")
        bucket, _, key = _answer_of(_script_of(endpoint, machine)).partition("=")[2].partition("/")
        s3.put_object(Bucket=bucket, Key=key, Body=b"{}")

    with _played(endpoint, "*-setup", set_up):
        yield ended


def _run(template: Path, *arguments: str) -> int:
    return ocrcore_aws.main([*arguments], look=0.2, template=template)


def _up(template: Path, certificate: str, release: Path, *more: str) -> int:
    return _run(
        template,
        *("up", "--release", str(release), "--set", "HostName=ocr.example.org"),
        *("--set", f"CertificateArn={certificate}", "--set", f"ImageId={MOTO_IMAGE}", *more),
    )


def test_a_dry_run_says_what_it_costs_if_that_is_known_and_changes_nothing(
    endpoint: str, template: Path, certificate: str, release: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for region in (_REGION, "eu-west-1"):
        assert _up(template, certificate, release, "--dry-run", "--region", region) == 0, capsys.readouterr().err
        told = capsys.readouterr().out
        assert ("US dollars a month, at the prices of 20" in told) is (region == _REGION)
        assert (f"has no prices in {region};" in told) is (region != _REGION)
        assert told.endswith("Nothing was changed (--dry-run).\n")
    assert client_of(endpoint, "s3").list_buckets()["Buckets"] == []
    assert client_of(endpoint, "cloudformation").describe_stacks()["Stacks"] == []


def test_a_stack_that_the_quotas_of_the_account_do_not_allow_is_not_begun(
    endpoint: str,
    template: Path,
    certificate: str,
    release: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """moto tells of no quota of EC2, so one is given; then only the numbers are told."""
    assert _up(template, certificate, release, "--dry-run") == 0
    assert re.search(r"on-demand standard machines \(L-1216C47A\) +6 +8 +6 +unknown\n", capsys.readouterr().out)
    short = Quota("on-demand", "L-1216C47A", make=6, replace=8, most=6, limit=5)
    monkeypatch.setattr(Deployment, "quotas", lambda *_: [short])
    assert _up(template, certificate, release, "--dry-run") == 0
    assert _up(template, certificate, release) == 1
    told = capsys.readouterr().err
    assert "too few on-demand machines" in told
    assert "--quota-code L-1216C47A --desired-value 8" in told
    assert client_of(endpoint, "s3").list_buckets()["Buckets"] == []


#: What stands for programs of the page where its commands are followed.
_PROGRAMS = {
    "deploy/aws/ocrcore-aws": f'exec {sys.executable} {ROOT}/tests/aws_page.py ocrcore-aws "$@"',
    "bin/aws": f'exec {sys.executable} {ROOT}/tests/aws_page.py aws "$@"',
    "bin/curl": 'printf "%s\\n" "$@" >curl',
    "bin/make": "exit 0",
    "bin/sleep": "exit 0",
}


def _follow_the_page(folder: Path, template: Path, release: Path) -> str:
    """Run the commands of the page up to the first PDF, as they are pasted; return what they printed.

    The request at the end is noted in a file: nothing answers it here. A test of the machines sends it.
    """
    for name, script in _PROGRAMS.items():
        program = folder / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
    made, _, _ = (ROOT / "docs/deploy-aws.md").read_text().partition("\n## Operate it\n")
    pasted = "\n".join(re.findall(r"^```sh\n(.*?)^```$", made, re.DOTALL | re.MULTILINE))
    followed = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", pasted],
        cwd=folder,
        env={
            **os.environ,
            "PATH": f"{folder}/bin:{os.environ['PATH']}",
            "TEMPLATE": str(template),
            "RELEASE": str(release),
        },
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return followed.stdout


def test_the_page_leads_to_a_stack_and_a_first_key_and_a_release_replaces_machines(
    endpoint: str,
    template: Path,
    release: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    replaced: list[str] = []  # moto replaces no machines
    monkeypatch.setattr(Groups, "replace", lambda _, group: replaced.append(group))
    assert _run(template, "key") == 1
    assert "There is no stack ocrcore in eu-central-1 that has a key; " in capsys.readouterr().err
    with _machines_that_shut_down(endpoint) as ended:
        told = _follow_the_page(tmp_path, template, release)
        assert re.search(r"^_\w+\.ocr\.example\.org\.\tCNAME\t_\S+$", told, re.MULTILINE)  # shows whose the name is
        asked = (tmp_path / "curl").read_text().splitlines()
        assert "Authorization: Bearer ocrk_first" in asked
        assert asked[-1] == "https://ocr.example.org/api/v1/ocr?format=pdf&wait=60s"
        assert "files=@docs/sample.pdf" in asked
        assert (ROOT / "docs/sample.pdf").exists()
        assert "Stack ocrcore in eu-central-1: UPDATE_COMPLETE" in told  # made, prepared, and then guarded
        assert "alarms: none" in told
        assert (len(ended), replaced) == (1, [])
        cloudformation = client_of(endpoint, "cloudformation")
        (made,) = cloudformation.describe_stacks(StackName="ocrcore")["Stacks"]
        parameters = {one["ParameterKey"]: one["ParameterValue"] for one in made["Parameters"]}
        assert parameters["VpcCidr"] == "172.31.0.0/16"
        outputs = {one["OutputKey"]: one["OutputValue"] for one in made["Outputs"]}
        for group in ("ApiGroup", "WorkerGroup"):
            assert parameters[f"{group}Name"] == outputs[group]  # from here on machines count when their process runs
        assert parameters["SubnetIds"].count("subnet-") == 3

        newer = tmp_path / release.name
        newer.write_bytes(b"a newer release")
        assert _up_again(endpoint, template, newer, "--set", "WorkersMost=20") == 0, capsys.readouterr().err
        before = f"until now {parameters['ReleaseKey']}, which stays in the bucket {parameters['ArtefactBucket']}.\n"
        assert before in capsys.readouterr().out  # the way back
        assert [group.rsplit("-", 1)[0] for group in replaced] == ["ocrcore-Workers", "ocrcore-Api"]
        assert len(ended) == 2
        (made,) = cloudformation.describe_stacks(StackName="ocrcore")["Stacks"]
        changed = {one["ParameterKey"]: one["ParameterValue"] for one in made["Parameters"]}
        assert changed.items() >= {"WorkersMost": "20", "HostName": "ocr.example.org"}.items()
        assert changed["ReleaseSha256"] != parameters["ReleaseSha256"]

    assert _run(template, "status") == 0
    assert "WorkerGroup: ocrcore-Workers-" in capsys.readouterr().out


def _up_again(endpoint: str, template: Path, release: Path, *more: str) -> int:
    """moto tells lists as Python writes them, and the image instead of its parameter, so they are given again."""
    (made,) = client_of(endpoint, "cloudformation").describe_stacks(StackName="ocrcore")["Stacks"]
    (subnets,) = (one["ParameterValue"] for one in made["Parameters"] if one["ParameterKey"] == "SubnetIds")
    lists = {
        "ImageId": MOTO_IMAGE,
        "BalancerSubnetIds": "",
        "SubnetIds": re.sub(r"[\[\]' ]", "", subnets),
        "WorkerInstanceTypes": "c7i.xlarge,c6i.xlarge,m7i.xlarge",
    }
    settings = [word for name, text in lists.items() for word in ("--set", f"{name}={text}")]
    return _run(template, "up", "--release", str(release), *settings, *more)


def test_an_up_that_ended_halfway_is_finished_by_the_next(
    endpoint: str,
    template: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """moto changes a stack in any case, so the second time it is left as it is, as AWS leaves it."""
    newer = tmp_path / "ocrcore-0.1.0.tar.gz"
    newer.write_bytes(b"the newest release")
    done: list[str] = []

    def fail(_: Deployment, group: str) -> None:
        done.append(group)
        msg = "not all replaced"
        raise Refused(msg)

    monkeypatch.setattr(Errands, "set_up", lambda _: done.append("set-up"))
    monkeypatch.setattr(Groups, "replace", fail)
    assert _up_again(endpoint, template, newer) == 1
    assert "not all replaced" in capsys.readouterr().err
    monkeypatch.setattr(Deployment, "change", lambda *_: False)
    monkeypatch.setattr(Groups, "replace", lambda _, group: done.append(group))
    done.clear()
    assert _up_again(endpoint, template, newer) == 0, capsys.readouterr().err
    assert [one.rsplit("-", 1)[0] for one in done] == ["set", "ocrcore-Workers", "ocrcore-Api"]
    assert "Nothing is to be changed." not in capsys.readouterr().out
    done.clear()
    assert _up_again(endpoint, template, newer) == 0, capsys.readouterr().err
    assert (done, "Nothing is to be changed." in capsys.readouterr().out) == ([], True)


@contextmanager
def _machine_of_the_operator(endpoint: str, folder: Path) -> Iterator[list[str]]:
    """Run what the script of such a machine runs, with a database of its own, and end it; yield the first lines."""
    scripts: list[str] = []

    def answer(machine: str) -> None:
        script = _script_of(endpoint, machine)
        scripts.append(script)
        exports = "\n".join(line for line in script.splitlines() if line.startswith("export OCRCORE_COMMAND"))
        own = {"OCR_DATA_DIR": str(folder), "OCR_AUTH": "keys", "OCRCORE_PROGRAM": str(_PROGRAM)}
        command = f"{exports}\n{_answer_of(script)}\nexec {sys.executable} {_ANSWER}"
        subprocess.run(["bash", "-c", command], env={**os.environ, **own}, check=True)

    with _played(endpoint, "*-operator", answer):
        yield scripts


def _script_of(endpoint: str, machine: str) -> str:
    ec2 = client_of(endpoint, "ec2")
    data = ec2.describe_instance_attribute(InstanceId=machine, Attribute="userData")["UserData"]["Value"]
    return b64decode(data).decode()


def _answer_of(script: str) -> str:
    (line,) = [line for line in script.splitlines() if line.startswith("export OCRCORE_ANSWER")]
    return line


def test_commands_of_the_operator_run_on_a_machine_of_their_own(
    endpoint: str, template: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    subprocess.run([_PROGRAM, "init"], env={**os.environ, "OCR_DATA_DIR": str(tmp_path)}, check=True)
    with _machine_of_the_operator(endpoint, tmp_path) as scripts:
        assert _run(template, "doctor", "--json") == 1
        assert '"no-key"' in capsys.readouterr().out
        assert _run(template, "keys", "create", "ana", "--name", "it's $HOME") == 0
        printed = capsys.readouterr()
        assert printed.out.startswith("ocrk_")
        assert "ocrk_" not in printed.err
    assert all(script.startswith("#!/bin/bash\nexport OCRCORE_COMMAND=") for script in scripts)
    assert all("./deploy/install operator\n" in script for script in scripts)
    assert all("/answers/ocrcore/" in _answer_of(script) for script in scripts)  # which is all that its role may write
    bucket = Deployment(boto3.Session(), "ocrcore").bucket.name
    assert "Contents" not in client_of(endpoint, "s3").list_objects_v2(Bucket=bucket, Prefix="answers/")
    (worker, *_) = (one for one, name in Deployment(boto3.Session(), "ocrcore").machines().items() if "worker" in name)
    client_of(endpoint, "ec2").terminate_instances(InstanceIds=[worker])
    assert _run(template, "logs") == 0
    shown = capsys.readouterr().out
    assert shown.count(" ocrcore-api\n") == 2
    assert f"--- {worker} ocrcore-worker, which has ended\n" in shown
    unknown = "i-0123456789abcdef0"
    assert _run(template, "logs", unknown, worker) == 1
    shown = capsys.readouterr().out
    assert f"--- {unknown}\n(no console: " in shown
    assert f"--- {worker} " in shown


def test_the_console_of_a_machine_that_ended_is_what_was_taken_at_its_end() -> None:
    """EC2 gives the newest lines of a machine that runs only; the stand-in gives them of every machine."""
    ec2 = SESSION.client("ec2")
    asked = {"InstanceId": "i-0123456789abcdef0"}
    output = b64encode(b"one\ntwo\n").decode()
    with Stubber(ec2) as stubber:
        stubber.add_client_error(
            "get_console_output", "UnsupportedOperation", expected_params={**asked, "Latest": True}
        )
        stubber.add_response("get_console_output", {"Output": output}, asked)
        errands = Errands(ec2, ReleaseBucket(SESSION, _REGION), "ocrcore", {}, look=0.0)
        assert errands.console(asked["InstanceId"], last=1) == "two"


def test_a_machine_that_ends_without_an_answer_is_told_with_its_last_lines(
    endpoint: str, template: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Errands, "_is_gone", lambda *_: True)
    monkeypatch.setattr(Errands, "console", lambda *_, **__: "pip: no network")
    assert _run(template, "doctor") == 1
    assert re.search(
        r"Machine i-\w+ ended without an answer. Its last lines:\npip: no network", capsys.readouterr().err
    )
    ids = [one for one, name in Deployment(boto3.Session(), "ocrcore").machines().items() if name == "ocrcore-operator"]
    client_of(endpoint, "ec2").terminate_instances(InstanceIds=ids)


def test_a_stopped_service_is_prepared_without_its_machines_until_it_is_started(
    endpoint: str,
    template: Path,
    release: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As a restore of the database needs it, after which the administrator has another secret."""
    done: list[str] = []
    monkeypatch.setattr(Errands, "set_up", lambda _: done.append("set-up"))
    monkeypatch.setattr(Groups, "replace", lambda _, group: done.append(group))
    monkeypatch.setattr(Deployment, "_other_administrator_secret", lambda _: _RESTORED)
    groups = client_of(endpoint, "autoscaling")

    def sizes() -> list[tuple[str, int, int, int]]:
        return sorted(
            (one["AutoScalingGroupName"].rsplit("-", 1)[0], one["MinSize"], one["MaxSize"], len(one["Instances"]))
            for one in groups.describe_auto_scaling_groups()["AutoScalingGroups"]
        )

    before = sizes()
    assert [one[1:] for one in before] == [(2, 2, 2), (1, 20, 1)]
    assert _run(template, "stop") == 0
    stopped = [(name, 0, 0, 0) for name, *_ in before]
    assert sizes() == stopped
    assert _up_again(endpoint, template, release) == 0, capsys.readouterr().err
    assert (sizes(), done) == (stopped, ["set-up"])
    assert "`ocrcore-aws start` starts them" in capsys.readouterr().out
    (made,) = client_of(endpoint, "cloudformation").describe_stacks(StackName="ocrcore")["Stacks"]
    assert {"ParameterKey": "AdministratorSecretArn", "ParameterValue": _RESTORED} in made["Parameters"]
    assert _run(template, "init") == 0
    assert _run(template, "start") == 0
    assert (sizes(), done) == (before, ["set-up"] * 2)
    monkeypatch.setattr(Deployment, "change", lambda *_: False)
    assert _up_again(endpoint, template, release) == 0, capsys.readouterr().err
    assert [one.rsplit("-", 1)[0] for one in done] == ["set", "set", "set", "ocrcore-Workers", "ocrcore-Api"]


def test_the_bucket_of_releases_is_private(endpoint: str, release: Path, policies: Sequence[str]) -> None:
    deployment = Deployment(boto3.Session(), "any")
    made = Release(release, "0" * 64)
    deployment.publish(made)
    s3, bucket = client_of(endpoint, "s3"), deployment.bucket.name
    assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())
    (statement,) = json.loads(policies[0])["Statement"]
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert s3.get_object(Bucket=bucket, Key=made.key)["Body"].read() == b"a release"


def test_down_says_what_stays_and_asks_first(endpoint: str, template: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cloudformation = client_of(endpoint, "cloudformation")
    for arguments, status, told in ((["--dry-run"], 0, "Nothing was changed"), ([], 1, "Say so with --yes.")):
        assert _run(template, "down", *arguments) == status
        captured = capsys.readouterr()
        assert "What stays, and costs: bucket ocrcore-" in captured.out
        assert told in captured.out + captured.err
        assert len(cloudformation.describe_stacks(StackName="ocrcore")["Stacks"]) == 1
    assert _run(template, "down", "--yes") == 0, capsys.readouterr().err
    with suppress(ClientError):
        assert cloudformation.describe_stacks(StackName="ocrcore")["Stacks"] == []
    assert _run(template, "down", "--yes") == 0
    assert _run(template, "status") == 0
    assert capsys.readouterr().out.count("There is no stack ocrcore in eu-central-1.") == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--set", "HostName=a.example"], "CertificateArn must be given: --set CertificateArn=..."),
        (["--set", "Colour=red"], "Colour cannot be set; AdministratorSecretArn, AlarmEmail, "),
        (["--set", "ReleaseSha256=0"], "ReleaseSha256 cannot be set; "),
        (["--set", "WorkerGroupName=a"], "WorkerGroupName cannot be set; "),
        (
            ["--set", "HostName=a.example", "--set", "CertificateArn=c", "--prices", "none.json"],
            "The table of prices none.json cannot be used; ",
        ),
    ],
)
def test_a_mistake_is_one_line(
    endpoint: str,  # noqa: ARG001 - the stand-in
    template: Path,
    release: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: Sequence[str],
    told: str,
) -> None:
    assert _run(template, "up", "--release", str(release), "--stack", "other", "--dry-run", *arguments) == 1
    line = capsys.readouterr().err
    assert told in line
    assert line.count("\n") == 1


def test_the_command_explains_itself() -> None:
    assert (ROOT / "deploy/aws/ocrcore-aws").stat().st_mode & 0o111
    with pytest.raises(SystemExit) as ended:
        ocrcore_aws.main(["--help"])
    assert ended.value.code == 0
