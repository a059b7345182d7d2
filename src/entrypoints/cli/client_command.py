"""Commands that are a client of a running service."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, Final

import click

from entrypoints.cli.errors import errors_in_one_line
from entrypoints.cli.job_ids import full_id

_LOCAL: Final = "http://127.0.0.1:8000"


def client_command(name: str, *, short: str | None = None) -> Callable[[Callable[..., None]], click.Command]:
    """Return a decorator that makes a command of a function, whose first argument is a client of the chosen service.

    Its argument ``job_id`` may be typed as the beginning of an id. ``short`` is the line of the command in a list; by
    default the first sentence of its help.
    """

    def decorate(function: Callable[..., None]) -> click.Command:
        @click.command(name, short_help=short)
        @click.option(
            "--url", envvar="OCRCORE_URL", default=_LOCAL, show_default=True, show_envvar=True, help="Where it is."
        )
        @click.option(
            "--key-file",
            metavar="FILE",
            help="The file with the key, - for stdin; else OCRCORE_KEY is it.",
        )
        @errors_in_one_line
        @wraps(function)
        def run(*, url: str, key_file: str | None, **options: Any) -> None:  # noqa: ANN401 - each command has its own
            from entrypoints.cli.key_file import read_key  # noqa: PLC0415 - so that every command starts fast
            from entrypoints.client import Client  # noqa: PLC0415

            if key_file == "-" and Path("-") in options.get("files", ()):
                msg = "the standard input is a key or a file, not both"
                raise click.BadParameter(msg, param_hint="--key-file")
            key = read_key(key_file)
            try:
                client = Client(url, key=key)
            except ValueError as error:
                raise click.BadParameter(str(error), param_hint="--url") from error
            with client:
                if "job_id" in options:
                    options["job_id"] = full_id(client, options["job_id"])
                function(client, **options)

        return run

    return decorate
