"""The template is what its sources make, is valid in every region named, and opens nothing."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import mean
from typing import Any

import botocore.session
import pytest
from botocore import xform_name

from aws_template import ROOT, TEMPLATE, resources, template
from entrypoints.http.connections import PROXY_SECONDS
from entrypoints.http.routes.ocr import LONGEST_WAIT
from entrypoints.settings import read_settings
from integration.aws.iam import grants, grants_of
from waiting import PATIENCE

#: Where the documents say that it works.
REGIONS = ("eu-central-1", "eu-west-1", "eu-north-1", "us-east-1", "us-west-2", "ap-southeast-2", "ap-northeast-1")
#: The most seconds that a load balancer of AWS can wait for an answer, and keep a connection that is idle.
_LONGEST_IDLE = 4000
_ROLES = {"ApiRole": "api", "WorkerRole": "worker", "SetupRole": "init", "OperatorRole": "doctor"}
#: What policies call the resources of the template.
_NAMES = {
    "${Documents.Arn}": "arn:aws:s3:::ocr-jobs-bucket",
    "${Jobs.Arn}": "arn:aws:sqs:REGION:ACCOUNT:ocr-jobs",
    "${DeadLetters.Arn}": "arn:aws:sqs:REGION:ACCOUNT:ocr-jobs-dlq",
    "${AuditLog.Arn}": "arn:aws:dynamodb:REGION:ACCOUNT:table/ocr-audit",
}


def _one(kind: str) -> Mapping[str, Any]:
    ((_, properties),) = resources(kind)
    return properties


def test_the_template_is_what_its_sources_make() -> None:
    subprocess.run([sys.executable, ROOT / "deploy/aws/build_template.py", "--check"], check=True)


def test_it_is_valid_in_every_region_that_is_named() -> None:
    checked = subprocess.run(
        ["cfn-lint", "--regions", *REGIONS, "--", TEMPLATE], capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stdout) == (0, "")
    text = (ROOT / "docs/deploy-aws.md").read_text()
    assert [region for region in REGIONS if f"`{region}`" not in text] == []


def test_every_time_that_jobs_may_be_kept_is_one_that_the_service_takes() -> None:
    """Else no machine starts, a quarter of an hour later."""
    pattern = re.compile(template()["Parameters"]["KeepJobs"]["AllowedPattern"])
    numbers = ["", *map(str, (*range(121), 999, 1000, 9999, 10_000, 99_999, 100_000, 999_999, 1_000_000)), "0030", "-1"]
    texts = ["forever", *(f"{number}{unit}" for number in numbers for unit in ("", "s", "m", "h", "d"))]
    taken = [text for text in texts if pattern.fullmatch(text)]
    assert {"forever", "60m", "90m", "1h", "48h", "1d", "30d", "9999d"} <= {*taken}
    for text in taken:
        read_settings({"OCR_KEEP": text})  # raises for what the service refuses
    assert "30m" not in taken


def test_cloudformation_takes_it_without_aliases() -> None:
    assert re.findall(r"(?<=[:\-\[,] )[&*][A-Za-z]\w*", TEMPLATE.read_text()) == []


@pytest.mark.parametrize(("name", "role"), _ROLES.items())
def test_a_role_has_the_policy_of_its_process(name: str, role: str) -> None:
    """So the test of the policies is one of the template, too."""
    own, _ = template()["Resources"][name]["Properties"]["Policies"]
    assert grants_of(_resolved(own["PolicyDocument"])) == grants(role)


def test_a_role_reads_its_release_and_its_passwords_besides_and_tells_that_it_runs() -> None:
    reads = {}
    for name in _ROLES:
        _, start = template()["Resources"][name]["Properties"]["Policies"]
        reads[name] = [
            (action, statement["Sid"])
            for statement in _statements(start["PolicyDocument"])
            for action in statement["Action"]
        ]
    reading, telling = "secretsmanager:GetSecretValue", "autoscaling:CompleteLifecycleAction"
    assert reads == {
        "ApiRole": [("s3:GetObject", "Release"), (reading, "Password"), (telling, "Start")],
        "WorkerRole": [("s3:GetObject", "Release"), (reading, "Password"), (telling, "Start")],
        "SetupRole": [
            ("s3:GetObject", "Release"),
            *((reading, f"{account}Password") for account in ("Administrator", "Init", "Api", "Worker")),
            ("secretsmanager:DescribeSecret", "FirstKey"),
            ("secretsmanager:PutSecretValue", "FirstKey"),
            ("s3:PutObject", "Answer"),
        ],
        "OperatorRole": [("s3:GetObject", "Release"), (reading, "Password"), ("s3:PutObject", "Answer")],
    }


def test_errands_answer_into_the_folder_of_the_stack_and_end_with_their_command() -> None:
    for role in ("OperatorRole", "SetupRole"):
        _, start = template()["Resources"][role]["Properties"]["Policies"]
        answer = start["PolicyDocument"]["Statement"][-1]["Resource"]["Fn::Sub"]
        assert answer == "arn:${AWS::Partition}:s3:::${ArtefactBucket}/answers/${AWS::StackName}/*"
    for _, machine in resources("AWS::EC2::LaunchTemplate"):
        assert machine["LaunchTemplateData"]["InstanceInitiatedShutdownBehavior"] == "terminate"


def test_a_new_machine_counts_when_its_process_runs_and_may_tell_of_its_own_group_alone() -> None:
    """Once the database is prepared: before, the stack would wait for machines that wait for the database."""
    hooks = {json.dumps(hook["AutoScalingGroupName"]): hook for _, hook in resources("AWS::AutoScaling::LifecycleHook")}
    assert hooks.keys() == {json.dumps(_ref(name)) for name, _ in resources("AWS::AutoScaling::AutoScalingGroup")}
    assert all(one["Condition"] == "IsPrepared" for one in template()["Resources"].values() if _is_hook(one))
    script = (ROOT / "deploy/aws/started.py").read_text()
    for hook in hooks.values():
        assert (hook["LifecycleTransition"], hook["DefaultResult"]) == ("autoscaling:EC2_INSTANCE_LAUNCHING", "ABANDON")
        assert f'_HOOK = "{hook["LifecycleHookName"]}"' in script
        (patience,) = re.findall(r'"OCRCORE_START_PATIENCE", "(\d+)"', script)
        assert int(patience) + 900 < hook["HeartbeatTimeout"] < PATIENCE  # it installs before, and can be read after
    for role, group in (("ApiRole", "ApiGroupName"), ("WorkerRole", "WorkerGroupName")):
        _, start = template()["Resources"][role]["Properties"]["Policies"]
        condition, statement, _ = start["PolicyDocument"]["Statement"][-1]["Fn::If"]
        assert condition == "IsPrepared"
        assert statement["Resource"]["Fn::Sub"].endswith(f":autoScalingGroup:*:autoScalingGroupName/${{{group}}}")


def _is_hook(resource: Mapping[str, Any]) -> bool:
    return bool(resource["Type"] == "AWS::AutoScaling::LifecycleHook")


def _statements(policy: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the statements of a policy, those with a condition of the template among them."""
    for statement in policy["Statement"]:
        yield statement.get("Fn::If", [None, statement])[1]


def test_no_role_has_a_wildcard_of_actions_or_more_than_it_names() -> None:
    for _, properties in resources("AWS::IAM::Role"):
        assert "ManagedPolicyArns" not in properties
        for policy in properties["Policies"]:
            for statement in _statements(policy["PolicyDocument"]):
                assert statement["Effect"] == "Allow"
                assert not [action for action in statement["Action"] if "*" in action]
                if statement["Resource"] == "*":
                    assert statement["Condition"] == {"StringEquals": {"cloudwatch:namespace": _ref("AWS::StackName")}}


def _ref(name: str) -> Mapping[str, str]:
    return {"Ref": name}


def _resolved(policy: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the policy with the names that deploy/iam uses."""
    text = json.dumps(policy).replace(json.dumps(_ref("AWS::StackName")), '"ocrcore"')
    for own, name in _NAMES.items():
        text = text.replace(own, name)
    return dict(json.loads(re.sub(r'\{"Fn::Sub": ("[^"]*")\}', r"\1", text)))


def _is_encrypted(kind: str, properties: Mapping[str, Any]) -> bool:
    match kind:
        case "AWS::S3::Bucket":
            rules = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
            return bool(rules == [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}])
        case "AWS::SQS::Queue":
            return properties["SqsManagedSseEnabled"] is True
        case "AWS::DynamoDB::Table":
            return bool(properties["SSESpecification"] == {"SSEEnabled": True})
        case "AWS::RDS::DBInstance":
            return properties["StorageEncrypted"] is True
        case "AWS::EC2::LaunchTemplate":
            disks = properties["LaunchTemplateData"]["BlockDeviceMappings"]
            return bool(disks) and all(disk["Ebs"]["Encrypted"] is True for disk in disks)
    return False


#: Types that keep something, and are not encrypted by a property of the template, each with the reason.
_ENCRYPTED_OTHERWISE = {
    "AWS::SecretsManager::Secret": "always encrypted, by aws/secretsmanager if no other key is named",
    "AWS::SNS::Topic": "CloudWatch may not use alias/aws/sns, whose policy cannot be changed: alarms would be silent."
    " It takes a key of one's own. A message names an alarm and its figure, and nothing of a client",
    "AWS::CloudWatch::Alarm": "keeps its figures, which AWS always encrypts",
    "AWS::CloudWatch::Dashboard": "keeps names of figures",
}
#: Types that keep nothing: rights, networks, and what belongs to another resource.
_KEEP_NOTHING = {
    *("AWS::AutoScaling::AutoScalingGroup", "AWS::AutoScaling::LifecycleHook", "AWS::AutoScaling::ScalingPolicy"),
    *("AWS::EC2::SecurityGroup", "AWS::IAM::InstanceProfile", "AWS::IAM::Role"),
    *("AWS::ElasticLoadBalancingV2::Listener", "AWS::ElasticLoadBalancingV2::LoadBalancer"),
    *("AWS::ElasticLoadBalancingV2::TargetGroup", "AWS::RDS::DBParameterGroup", "AWS::RDS::DBSubnetGroup"),
    *("AWS::S3::BucketPolicy", "AWS::SNS::Subscription", "AWS::SQS::QueuePolicy"),
}


def test_everything_at_rest_is_encrypted() -> None:
    """A type that is new here must say how, or why not."""
    kinds = {one["Type"] for one in template()["Resources"].values()}
    for kind in kinds - _ENCRYPTED_OTHERWISE.keys() - _KEEP_NOTHING:
        assert [name for name, properties in resources(kind) if not _is_encrypted(kind, properties)] == [], kind
    assert _ENCRYPTED_OTHERWISE.keys() | _KEEP_NOTHING <= kinds


def test_the_kinds_of_services_that_it_is_made_of_are_all_there() -> None:
    """EC2, RDS, S3, DynamoDB, SQS and IAM as resources; the VPC and its subnets as parameters, for it is your own."""
    kinds = {one["Type"] for one in template()["Resources"].values()}
    assert kinds >= {
        *("AWS::EC2::LaunchTemplate", "AWS::EC2::SecurityGroup", "AWS::AutoScaling::AutoScalingGroup"),
        *("AWS::RDS::DBInstance", "AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::IAM::Role"),
    }
    parameters = {name: one["Type"] for name, one in template()["Parameters"].items()}
    assert parameters["VpcId"] == "AWS::EC2::VPC::Id"
    assert parameters["SubnetIds"] == "List<AWS::EC2::Subnet::Id>"


def test_a_private_network_needs_no_public_address() -> None:
    parameters = template()["Parameters"]
    balancer = _one("AWS::ElasticLoadBalancingV2::LoadBalancer")
    assert balancer["Scheme"] == _ref("BalancerScheme")
    assert balancer["Subnets"] == {"Fn::If": ["HasBalancerSubnets", _ref("BalancerSubnetIds"), _ref("SubnetIds")]}
    for _, machine in resources("AWS::EC2::LaunchTemplate"):
        (interface,) = machine["LaunchTemplateData"]["NetworkInterfaces"]
        assert interface["AssociatePublicIpAddress"] == _ref("PublicAddresses")
        assert interface.get("SubnetId", {"Fn::Select": [0, _ref("SubnetIds")]}) == {
            "Fn::Select": [0, _ref("SubnetIds")]
        }
    assert _one("AWS::RDS::DBSubnetGroup")["SubnetIds"] == _ref("SubnetIds")
    for _, group in resources("AWS::AutoScaling::AutoScalingGroup"):
        assert group["VPCZoneIdentifier"] == _ref("SubnetIds")
    defaults = {
        name: parameters[name]["Default"] for name in ("BalancerScheme", "BalancerSubnetIds", "PublicAddresses")
    }
    assert defaults == {"BalancerScheme": "internet-facing", "BalancerSubnetIds": "", "PublicAddresses": "true"}


def test_everything_on_its_way_is_encrypted() -> None:
    assert _one("AWS::RDS::DBParameterGroup")["Parameters"]["require_secure_transport"] == "ON"
    for kind in ("AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy"):
        (statement,) = _one(kind)["PolicyDocument"]["Statement"]
        assert statement["Effect"] == "Deny"
        assert statement["Principal"] == "*"
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    https, http = (listener for _, listener in resources("AWS::ElasticLoadBalancingV2::Listener"))
    assert (https["Protocol"], https["Port"]) == ("HTTPS", 443)
    assert "TLS13" in https["SslPolicy"]
    assert [action["Type"] for action in http["DefaultActions"]] == ["redirect"]


def test_the_load_balancer_alone_is_open_to_the_world() -> None:
    open_to: dict[str, set[tuple[int, int, str]]] = {}
    for name, group in resources("AWS::EC2::SecurityGroup"):
        for rule in group.get("SecurityGroupIngress", []):
            source = rule.get("CidrIp") or rule["SourceSecurityGroupId"]["Fn::GetAtt"][0]
            open_to.setdefault(name, set()).add((rule["FromPort"], rule["ToPort"], json.dumps(source)))
    assert open_to == {
        "BalancerAccess": {(port, port, json.dumps(_ref("ClientCidr"))) for port in (80, 443)},
        "ApiAccess": {(8000, 8000, '"BalancerAccess"')},
        "DatabaseAccess": {(3306, 3306, '"ApiAccess"'), (3306, 3306, '"WorkerAccess"')},
    }
    assert _one("AWS::RDS::DBInstance")["PubliclyAccessible"] is False
    assert all(_one("AWS::S3::Bucket")["PublicAccessBlockConfiguration"].values())


def test_a_proxy_waits_for_a_long_pdf_and_closes_idle_connections_before_the_service() -> None:
    """The load balancer as long as it can; nginx longer still. Else a PDF is 504, or a request meets a closed door."""
    attributes = _one("AWS::ElasticLoadBalancingV2::LoadBalancer")["LoadBalancerAttributes"]
    (balancer,) = (int(one["Value"]) for one in attributes if one["Key"] == "idle_timeout.timeout_seconds")
    assert LONGEST_WAIT.total_seconds() < balancer == _LONGEST_IDLE < PROXY_SECONDS
    nginx = (ROOT / "deploy/nginx/ocrcore.conf").read_text()
    (kept,) = re.findall(r"keepalive_timeout (\d+)s;", nginx)
    assert int(kept) < PROXY_SECONDS
    *others, results = re.findall(r"proxy_read_timeout (\d+)([sd]);", nginx)
    assert all(unit == "s" and int(number) > LONGEST_WAIT.total_seconds() for number, unit in others)
    assert results == ("1", "d")
    for page in (ROOT / "docs/operating.md", ROOT / "docs/decisions/0034-behind-a-proxy.md"):
        assert f"{PROXY_SECONDS:.0f} s" in page.read_text()
    assert f"{balancer} s" in (ROOT / "docs/deploy-aws.md").read_text()


def test_a_process_in_a_container_or_a_forged_request_gets_no_credentials() -> None:
    for _, machine in resources("AWS::EC2::LaunchTemplate"):
        options = machine["LaunchTemplateData"]["MetadataOptions"]
        assert options == {"HttpEndpoint": "enabled", "HttpTokens": "required", "HttpPutResponseHopLimit": 1}


def test_what_is_state_of_record_outlives_the_stack() -> None:
    kept = {name: one["DeletionPolicy"] for name, one in template()["Resources"].items() if "DeletionPolicy" in one}
    assert {name for name, policy in kept.items() if policy != "Delete"} == {"Documents", "AuditLog", "Database"}
    database = _one("AWS::RDS::DBInstance")
    assert database["DeletionProtection"] is True
    assert kept["Database"] == "Snapshot"
    assert _one("AWS::DynamoDB::Table")["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_somebody_is_told_before_the_database_has_no_connection_left() -> None:
    """The capacity of the template's database is that of the page, which the model computes."""
    walls = (ROOT / "docs/capacity.md").read_text()
    found = re.search(r"\| connections of the database \| (\d+) connections \| (\d+): (\d+) \|", walls)
    assert found is not None
    each, most, workers = map(int, found.groups())
    parameters = template()["Parameters"]
    alarm = dict(resources("AWS::CloudWatch::Alarm"))["ManyConnections"]
    assert (alarm["MetricName"], alarm["Threshold"]) == ("DatabaseConnections", _ref("DatabaseConnectionsAlarm"))
    threshold = parameters["DatabaseConnectionsAlarm"]["Default"]
    assert parameters["WorkersMost"]["Default"] * each < threshold <= 0.8 * most
    assert f"{workers} workers" in parameters["WorkersMost"]["Description"]
    runbook = (ROOT / "docs/operating.md").read_text()
    (backlog,) = re.findall(r"^### LongBacklog\n(.*?)^### ", runbook, re.DOTALL | re.MULTILINE)
    assert "connections" in backlog


def test_a_restored_database_gets_every_property_of_the_template() -> None:
    """The commands of the runbook, compared with botocore's description of RDS, which the command line is made of."""
    runbook = (ROOT / "docs/operating.md").read_text().partition("### Restore on RDS\n")[2]
    commands = re.sub(r"\\\n", " ", runbook.partition("```sh\n")[2].partition("```")[0])
    rds = botocore.session.get_session().get_service_model("rds")
    named: dict[str, set[str]] = {}
    for verb, options in re.findall(r"^aws rds ((?:modify|restore)-\S+)(.*)$", commands, re.MULTILINE):
        (operation,) = (one for one in rds.operation_names if xform_name(one, "-") == verb)
        shape = rds.operation_model(operation).input_shape
        assert shape is not None
        members = {xform_name(one, "-"): one for one in shape.members}
        words = [word.removeprefix("no-") for word in re.findall(r" --([\w-]+)", options)]
        named.setdefault(verb, set()).update(members[word] for word in words)
    of_the_copy = {"Engine", "EngineVersion", "DBInstanceClass", "DBName", "MasterUsername"}
    of_the_copy |= {"StorageType", "AllocatedStorage", "StorageEncrypted"}
    wanted = {{"VPCSecurityGroups": "VpcSecurityGroupIds"}.get(one, one) for one in _one("AWS::RDS::DBInstance")}
    assert wanted - of_the_copy <= named["restore-db-instance-to-point-in-time"]
    assert {"NewDBInstanceIdentifier", "ApplyImmediately"} <= named["modify-db-instance"]


def test_no_rule_of_the_bucket_deletes_documents() -> None:
    rules = _one("AWS::S3::Bucket")["LifecycleConfiguration"]["Rules"]
    assert [rule.get("Prefix") for rule in rules if "ExpirationInDays" in rule] == ["uploads/"]
    assert [rule["AbortIncompleteMultipartUpload"] for rule in rules if "AbortIncompleteMultipartUpload" in rule]


def test_no_password_is_in_the_template() -> None:
    database = _one("AWS::RDS::DBInstance")
    assert database["ManageMasterUserPassword"] is True
    assert "MasterUserPassword" not in database
    assert [name for name in template()["Parameters"] if "assword" in name] == []


def test_workers_follow_the_figure_that_upkeep_publishes() -> None:
    policy = _one("AWS::AutoScaling::ScalingPolicy")["TargetTrackingConfiguration"]
    assert policy["CustomizedMetricSpecification"] == {
        "Namespace": _ref("AWS::StackName"),
        "MetricName": "BacklogMinutes",
        "Statistic": "Average",  # all processes publish the same figure
    }


def test_every_figure_of_ours_that_is_watched_is_published() -> None:
    source = (ROOT / "src/adapters/aws/fleet_monitor.py").read_text()
    published = set(re.findall(r'"MetricName": "(\w+)"', source))
    alarms = [alarm for _, alarm in resources("AWS::CloudWatch::Alarm")]
    read = [one["MetricStat"]["Metric"] for alarm in alarms for one in alarm.get("Metrics", ()) if "MetricStat" in one]
    watched = {metric["MetricName"] for metric in (*alarms, *read) if metric.get("Namespace") == _ref("AWS::StackName")}
    body, _ = _one("AWS::CloudWatch::Dashboard")["DashboardBody"]["Fn::Sub"]
    shown = set(re.findall(r'"\$\{AWS::StackName\}", "(\w+)"', body))
    assert watched < shown == published


def test_the_dashboard_is_json() -> None:
    body, _ = _one("AWS::CloudWatch::Dashboard")["DashboardBody"]["Fn::Sub"]
    widgets = json.loads(body)["widgets"]
    assert len(widgets) == 14
    for widget in widgets:
        lines = [line for line in widget["properties"]["metrics"] if isinstance(line[-1], dict)]
        named = {line[-1]["id"] for line in lines if "id" in line[-1]}
        for line in lines:
            assert set(re.findall(r"[a-z]+", line[-1].get("expression", ""))) <= named


@pytest.mark.parametrize(("letters", "fires"), [(1, True), (0, False)])
def test_a_dead_letter_that_is_received_again_and_again_is_told(letters: int, fires: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Upkeep receives it every ten seconds, which hides it for a minute: it is visible at some looks, not at others."""
    visible = [letters * (minute % 3 == 0) for minute in range(60)]
    counts = {
        "ApproximateNumberOfMessagesVisible": visible,
        "ApproximateNumberOfMessagesNotVisible": [letters - one for one in visible],
    }
    alarm = dict(resources("AWS::CloudWatch::Alarm"))["DeadMessages"]
    read = {one["Id"]: one["MetricStat"] for one in alarm["Metrics"] if "MetricStat" in one}
    statistics: Mapping[str, Callable[[Sequence[int]], float]] = {"Minimum": min, "Maximum": max, "Average": mean}
    points: dict[str, list[float]] = {}
    for name, stat in read.items():
        found, minutes = counts[stat["Metric"]["MetricName"]], stat["Period"] // 60
        points[name] = [statistics[stat["Stat"]](found[at : at + minutes]) for at in range(0, 60, minutes)]
    assert all(stat["Metric"]["Namespace"] == "AWS/SQS" for stat in read.values())
    (sum_,) = (one["Expression"].split(" + ") for one in alarm["Metrics"] if one["ReturnData"])
    totals = [sum(point) for point in zip(*(points[name] for name in sum_), strict=True)]
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
    breaching = sum(total > alarm["Threshold"] for total in totals[-alarm["EvaluationPeriods"] :])
    assert (breaching >= alarm["DatapointsToAlarm"]) is fires


def test_every_alarm_tells_somebody_and_has_its_page_in_the_runbook() -> None:
    runbook = (ROOT / "docs/operating.md").read_text()
    headings = {heading.lower() for heading in re.findall(r"^#+ (\w+)$", runbook, re.MULTILINE)}
    alarms = dict(resources("AWS::CloudWatch::Alarm"))
    assert len(alarms) == 15
    for name, alarm in alarms.items():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [_ref("Alarms")]
        assert alarm["AlarmDescription"].endswith(f" docs/operating.md#{name.lower()}")
        assert name.lower() in headings
