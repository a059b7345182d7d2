"""The shell command for a finding of the doctor: printed for the operator, never run."""

from types import MappingProxyType
from typing import Final

from entrypoints.backends.backend import Remedies, backend_module
from entrypoints.settings import Settings
from ocrcore import Cure, Finding, FindingKind

#: Findings that are neither here nor in the backend's table have no command: they need a decision of the operator.
_ON_EVERY_BACKEND: Final[Remedies] = MappingProxyType(
    {
        FindingKind.OLD_SCHEMA: lambda _: "ocrcore init",
        FindingKind.UNFIT_PART: lambda _: "ocrcore init",
        FindingKind.MISSING_ITEMS: lambda finding: f"ocrcore jobs delete {finding.job_id}",
        FindingKind.CONTRADICTORY_ITEM: lambda finding: f"ocrcore jobs delete {finding.job_id}",
        FindingKind.MISSING_UPLOAD: lambda finding: f"ocrcore jobs delete {finding.job_id}",
        FindingKind.LEASELESS_ITEM: lambda finding: (
            f"ocrcore jobs cancel {finding.job_id} && ocrcore jobs retry {finding.job_id}"
        ),
        FindingKind.NO_KEY: lambda _: "ocrcore keys create local",
        FindingKind.WEAK_SECRET: lambda _: "openssl rand -hex 32",
        FindingKind.NO_WORKER: lambda _: "ocrcore worker",
        FindingKind.STUCK_DELIVERIES: lambda _: "ocrcore serve",
    }
)


def remedy(settings: Settings, finding: Finding) -> str | None:
    """Return a shell command of one line; None if the finding is repaired, or has no command."""
    if finding.repaired:
        return None
    if finding.meaning.cure is Cure.REPAIR:
        return "ocrcore doctor --repair"
    make = {**_ON_EVERY_BACKEND, **backend_module(settings.backend).remedies(settings)}.get(finding.kind)
    command = None if make is None else make(finding)
    return command if command is None or command.isprintable() else None  # a control character could mislead
