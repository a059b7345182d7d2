"""What ``ocrcore watch`` says: a line for people, or an object of JSON for machines, for each thing that happens."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import click

from entrypoints.cli.failure import Failure


class Teller(Protocol):
    """Says what becomes of files. Paths are relative to the watched folder, except those of results."""

    def read(self, file: Path, result: Path, failures: Sequence[Failure], warnings: Sequence[str]) -> None:
        """Say that a file has a result; ``failures`` are of the pages that are not in it."""

    def failed(self, file: Path, failures: Sequence[Failure]) -> None:
        """Say that nothing of a file could be read; at least one failure."""

    def passed_over(self, file: Path, reason: str) -> None:
        """Say that a file or a folder is never read as it is, and why, without a full stop."""

    def gone(self, file: Path) -> None:
        """Say that a file was removed before it was read."""

    def delayed(self, file: Path, sentence: str) -> None:
        """Say that a file is tried again later."""

    def folder(self, *, is_gone: bool) -> None:
        """Say that the watched folder cannot be listed, or can be again."""


class Lines:
    """Says it to people: results on stdout, everything else on stderr."""

    def read(self, file: Path, result: Path, failures: Sequence[Failure], warnings: Sequence[str]) -> None:
        """Say it in one line, and each warning in a line of its own."""
        without = f", without {_listed(failures)}" if failures else ""
        _print(f"{file} -> {result}{without}", err=bool(failures))
        for sentence in warnings:
            _print(f"{file}: {sentence}")

    def failed(self, file: Path, failures: Sequence[Failure]) -> None:
        """Say it in one line."""
        _print(f"{file}: {_listed(failures)}")

    def passed_over(self, file: Path, reason: str) -> None:
        """Say it in one line."""
        _print(f"{file}: {_over(reason)}")

    def gone(self, file: Path) -> None:
        """Say it in one line."""
        _print(f"{file}: {_GONE}")

    def delayed(self, file: Path, sentence: str) -> None:
        """Say it in one line."""
        _print(f"{file}: {sentence}")

    def folder(self, *, is_gone: bool) -> None:
        """Say it in one line."""
        _print(_AWAY if is_gone else _BACK)


class JsonLines:
    """Says it to machines: a line of JSON on stdout for each event."""

    def read(self, file: Path, result: Path, failures: Sequence[Failure], warnings: Sequence[str]) -> None:
        """Print the path of the result, the errors of pages, and the warnings."""
        told = [sentence.removeprefix("Warning: ") for sentence in warnings]
        _document("read", file, result=str(result), errors=_errors(failures), warnings=told)

    def failed(self, file: Path, failures: Sequence[Failure]) -> None:
        """Print the errors."""
        _document("failed", file, errors=_errors(failures))

    def passed_over(self, file: Path, reason: str) -> None:
        """Print why."""
        _document("passed-over", file, detail=_over(reason))

    def gone(self, file: Path) -> None:
        """Print a sentence."""
        _document("gone", file, detail=_GONE)

    def delayed(self, file: Path, sentence: str) -> None:
        """Print the sentence."""
        _document("delayed", file, detail=sentence)

    def folder(self, *, is_gone: bool) -> None:
        """Print a sentence; there is no file."""
        _document("folder-gone" if is_gone else "folder-back", None, detail=_AWAY if is_gone else _BACK)


_GONE = "It was removed before its text was written."
_AWAY = "IN cannot be listed; it is waited for."
_BACK = "IN can be listed again."


def _over(reason: str) -> str:
    return f"{reason}; it is passed over."


def _print(line: str, *, err: bool = True) -> None:
    """Print a line without what a terminal may not be sent."""
    click.echo("".join(filter(str.isprintable, line)), err=err)


def _document(event: str, file: Path | None, **fields: object) -> None:
    click.echo(json.dumps({"event": event, "file": None if file is None else str(file), **fields}))


def _errors(failures: Sequence[Failure]) -> Sequence[object]:
    return [{"page": failure.page, "code": failure.code, "detail": failure.sentence} for failure in failures]


def _listed(failures: Sequence[Failure]) -> str:
    return "; ".join(failure.words for failure in failures)
