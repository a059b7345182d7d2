"""A deployment on AWS in this process: a database server, a stand-in for AWS, and the parts that ``init`` makes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from entrypoints.backends.backend import backend_module
from entrypoints.settings import Settings, read_settings
from moto_server import moto_server
from mysql_server import create_schema, mysql_server


@contextmanager
def aws_deployment(folder: Path) -> Iterator[Settings]:
    """Yield the settings of a process of it, which are those of the environment meanwhile."""
    with mysql_server(folder) as server, aws_deployment_on(create_schema(server, "ocr")) as settings:
        yield settings


@contextmanager
def aws_deployment_on(database_url: str) -> Iterator[Settings]:
    """Do the same on an empty schema of a server that runs."""
    with moto_server() as endpoint, pytest.MonkeyPatch.context() as patch:
        variables = {
            "OCR_BACKEND": "aws",
            "OCR_DATABASE_URL": database_url,
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "nobody",
            "AWS_SECRET_ACCESS_KEY": "nothing",
            "AWS_REGION": "eu-central-1",
            # A machine that stands still for a minute gets no message again, which would be counted as a cost.
            "OCR_VISIBILITY_TIMEOUT": "1h",
        }
        for name, value in variables.items():
            patch.setenv(name, value)
        settings = read_settings(variables)
        backend_module("aws").init(settings)
        yield settings
