"""A stack of ``deploy/aws`` on a moto server: what CloudFormation makes there, and what moto leaves to us."""

import json
from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from aws_template import MOTO_IMAGE, STACK, for_moto, resources
from moto_server import SESSION, moto_server


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack that was made."""

    endpoint: str
    #: Name of an output -> its value.
    outputs: Mapping[str, str]
    #: Name of a resource -> its type, of those that moto made.
    made: Mapping[str, str]

    def client(self, service: str) -> Any:  # noqa: ANN401 - as many types as there are services
        """Return a client of the server."""
        return client_of(self.endpoint, service)


def client_of(endpoint: str, service: str) -> Any:  # noqa: ANN401 - as many types as there are services
    """Return a client of a moto server."""
    return SESSION.client(service, endpoint_url=endpoint)  # type: ignore[call-overload]  # any service


@contextmanager
def stack() -> Iterator[Stack]:
    """Yield a stack on a server of its own."""
    with moto_server() as endpoint:
        yield make_stack(endpoint)


def prepare(endpoint: str) -> Mapping[str, str]:
    """Make what a stack needs to be there, and the secrets that moto does not make; return the parameters."""
    ec2, ssm = client_of(endpoint, "ec2"), client_of(endpoint, "ssm")
    ssm.put_parameter(Name=MOTO_IMAGE, Value=ec2.describe_images()["Images"][0]["ImageId"], Type="String")
    (network,) = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]]
    name = "ocr.example.org"
    certificate = client_of(endpoint, "acm").request_certificate(DomainName=name)["CertificateArn"]
    return {
        "VpcId": network["VpcId"],
        "VpcCidr": network["CidrBlock"],
        "SubnetIds": ",".join(subnets[:2]),
        "HostName": name,
        "CertificateArn": certificate,
        "ArtefactBucket": "artefacts",
        "ReleaseKey": "release.tar.gz",
        "ReleaseSha256": "0" * 64,
    }


def make_secrets(endpoint: str) -> Mapping[str, str]:
    """Make the secrets as the template describes them, and RDS's own; return their ids by name."""
    secrets = client_of(endpoint, "secretsmanager")
    account = json.dumps({"username": "administrator", "password": "nothing"})
    ids = {"Administrator": secrets.create_secret(Name="Administrator", SecretString=account)["ARN"]}
    for name, properties in resources("AWS::SecretsManager::Secret"):
        shape = properties.get("GenerateSecretString")
        password = {"SecretString": secrets.get_random_password(**shape)["RandomPassword"]} if shape else {}
        ids[name] = secrets.create_secret(Name=name, **password)["ARN"]
    return ids


def make_stack(endpoint: str, **parameters: str) -> Stack:
    """Make a stack; ``parameters`` replace those of :func:`prepare`."""
    given = {**prepare(endpoint), **parameters}
    cloudformation = client_of(endpoint, "cloudformation")
    cloudformation.create_stack(
        StackName=STACK,
        TemplateBody=for_moto(make_secrets(endpoint)),
        Parameters=[{"ParameterKey": key, "ParameterValue": text} for key, text in given.items()],
        Capabilities=["CAPABILITY_IAM"],
    )
    (found,) = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
    assert found["StackStatus"] == "CREATE_COMPLETE"
    made = cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]
    return Stack(
        endpoint,
        {output["OutputKey"]: output["OutputValue"] for output in found["Outputs"]},
        {one["LogicalResourceId"]: one["ResourceType"] for one in made if "LogicalResourceId" in one},
    )


def machine_script(made: Stack, role: str) -> str:
    """Return the script that machines of a role run when they start."""
    ec2 = made.client("ec2")
    for machine in ec2.describe_launch_templates()["LaunchTemplates"]:
        (version,) = ec2.describe_launch_template_versions(LaunchTemplateId=machine["LaunchTemplateId"])[
            "LaunchTemplateVersions"
        ]
        text = b64decode(version["LaunchTemplateData"]["UserData"]).decode()
        if f"./deploy/install {role}\n" in text:
            return text
    msg = f"no machine is a {role}"
    raise LookupError(msg)
