"""The programs that the page about AWS has people type, where its commands are followed without an account.

``aws_page.py aws ...`` is a call of boto3, and what its ``--query`` picks; ``aws_page.py ocrcore-aws ...`` is the
command itself, with the template that moto can make (``TEMPLATE``) and a release that is there (``RELEASE``).
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from aws_template import MOTO_IMAGE, ROOT

sys.path += [str(ROOT / "deploy"), str(ROOT / "deploy/aws")]


def aws(words: Sequence[str]) -> None:
    """Do what the program of AWS does, for operations whose arguments are text. It waits for nothing."""
    import boto3  # noqa: PLC0415 - slow, and only here
    import jmespath  # type: ignore[import-untyped]  # noqa: PLC0415
    from botocore import xform_name  # noqa: PLC0415

    service, operation, *rest = words
    client = boto3.client(service)  # type: ignore[call-overload]  # any service
    if operation == "wait":
        assert rest[0].replace("-", "_") in client.waiter_names, rest
        return
    given = dict(zip(rest[::2], rest[1::2], strict=True))
    assert given.pop("--output") == "text"
    query = given.pop("--query")
    verb = operation.replace("-", "_")
    shape = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[verb]).input_shape
    options = {f"--{xform_name(member, '-')}": member for member in shape.members}
    found = jmespath.search(query, getattr(client, verb)(**{options[name]: text for name, text in given.items()}))
    sys.stdout.write("\t".join(found if isinstance(found, list) else [found]) + "\n")


def ocrcore_aws(words: Sequence[str]) -> int:
    """Run the command; moto heeds the policy of a bucket without its condition, so there is none."""
    import ocrcore_aws as program  # noqa: PLC0415 - found on the path of above
    from releases import ReleaseBucket  # noqa: PLC0415

    ReleaseBucket._demand_tls = lambda _: None  # type: ignore[method-assign, assignment]
    own = ["--release", os.environ["RELEASE"], "--set", f"ImageId={MOTO_IMAGE}"] if words[0] == "up" else []
    return program.main([*words, *own], look=0.2, template=Path(os.environ["TEMPLATE"]))


if __name__ == "__main__":
    name, *given_words = sys.argv[1:]
    if name == "aws":
        aws(given_words)
    else:
        sys.exit(ocrcore_aws(given_words))
