"""The output of ``ocrcore doctor``: findings on stdout, progress on stderr."""

import json

import click

from entrypoints.cli.doctor_remedies import remedy
from entrypoints.cli.progress import Progress
from entrypoints.settings import Settings
from ocrcore import Cure, Finding, FindingKind


class View:
    """Print findings as they come; the meaning of each kind is printed once."""

    def __init__(self, settings: Settings, *, as_json: bool) -> None:
        self._settings = settings
        self._as_json = as_json
        self._progress = Progress()
        #: Kind -> the command that was printed last.
        self._explained: dict[FindingKind, str | None] = {}
        self._repaired = self._mendable = 0
        #: How many findings are not repaired.
        self.left = 0

    def watch(self, what: str, number: int, total: int) -> None:
        """Show the progress."""
        self._progress.show(number / max(1, total), f"{number} of {total} {what}")

    def show(self, finding: Finding) -> None:
        """Print a finding."""
        self._progress.clear()
        self.left += finding.is_left
        self._repaired += finding.repaired
        self._mendable += finding.is_left and finding.meaning.cure is Cure.REPAIR
        if self._as_json:
            click.echo(json.dumps(_document(finding, remedy(self._settings, finding))))
        else:
            self._show_line(finding)

    def end(self) -> None:
        """Print the summary, except in JSON."""
        self._progress.clear()
        if self._as_json:
            return
        if not self.left:
            click.echo(f"Nothing disagrees{' any more' if self._repaired else ''}.")
            return
        mended = f", {self._repaired} repaired" if self._repaired else ""
        mendable = f"; ocrcore doctor --repair mends {self._mendable} of them" if self._mendable else ""
        click.echo(f"{self.left} left{mended}{'' if self._repaired else mendable}.")

    def _show_line(self, finding: Finding) -> None:
        click.echo(
            _printable(f"{'repaired ' if finding.repaired else ''}{finding.kind}{_whose(finding)}: {finding.seen}")
        )
        if finding.repaired:
            return
        if finding.kind not in self._explained:
            click.echo(f"    {finding.meaning.sentence}")
        command = remedy(self._settings, finding)
        if command is not None and command != self._explained.get(finding.kind):
            click.echo(f"    $ {command}")
        self._explained[finding.kind] = command


def _whose(finding: Finding) -> str:
    job = f" job {finding.job_id}" if finding.job_id else ""
    return f"{job} item {finding.item_id}" if finding.item_id else job


def _document(finding: Finding, command: str | None) -> dict[str, object]:
    return {
        "kind": finding.kind,
        "seen": finding.seen,
        "job_id": finding.job_id and str(finding.job_id),
        "item_id": finding.item_id and str(finding.item_id),
        "key": finding.key,
        "number": finding.number,
        "repaired": finding.repaired,
        "left": finding.is_left,
        "meaning": finding.meaning.sentence,
        "command": command,
    }


def _printable(text: str) -> str:
    return "".join(filter(str.isprintable, text))
