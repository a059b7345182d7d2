"""Commands that are a client of a running service."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from entrypoints.cli.errors import errors_in_one_line
from entrypoints.cli.key_file import read_key


def client_command(name: str) -> Callable[[Callable[..., None]], click.Command]:
    """Return a decorator that makes a command of a function, whose first argument is a client of the chosen service."""

    def decorate(function: Callable[..., None]) -> click.Command:
        @click.command(name)
        @click.option("--url", envvar="OCRCORE_URL", default="http://127.0.0.1:8000", show_default=True)
        @click.option("--key-file", metavar="FILE", help="The file with the key, - for stdin; else OCRCORE_KEY is it.")
        @errors_in_one_line
        @wraps(function)
        def run(*, url: str, key_file: str | None, **options: Any) -> None:  # noqa: ANN401 - each command has its own
            from entrypoints.client import Client  # noqa: PLC0415 - so that every command starts fast

            key = read_key(key_file)
            try:
                client = Client(url, key=key)
            except ValueError as error:
                raise click.BadParameter(str(error), param_hint="--url") from error
            with client:
                function(client, **options)

        return run

    return decorate
