"""The key of a command: from a file, from standard input, or from the environment; never from the command line.

Everybody on a machine sees the arguments of its processes.
"""

import os
import sys
from pathlib import Path
from typing import Final

import click

from entrypoints.client.key import VARIABLE, checked_key
from ocrcore.domain.api_key import without_keys

#: Most bytes of a file that are read: a wrong file is often a large one.
_MOST: Final = 4096


def read_key(file: str | None) -> str | None:
    """Return the key in a file, ``-`` for standard input, or that of the environment; None if there is none.

    Raises ``click.BadParameter`` for what no header can hold, and ``OSError``.
    """
    if file is None:
        return _checked(os.environ.get(VARIABLE, ""), VARIABLE) or None
    if without_keys(file) != file and not Path(file).exists():
        msg = (
            "it is the name of the file with the key, not the key itself; who saw this command has that, so replace it"
        )
        raise click.BadParameter(msg, param_hint="--key-file")
    if file == "-":
        content = sys.stdin.buffer.read(_MOST)
    else:
        with Path(file).open("rb") as opened:
            content = opened.read(_MOST)
    return _checked(content.decode("latin-1"), "--key-file")


def _checked(text: str, source: str) -> str:
    try:
        key = checked_key(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint=source) from None
    if not key and source != VARIABLE:
        msg = "there is no key in it"
        raise click.BadParameter(msg, param_hint=source)
    return key
