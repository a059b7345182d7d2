"""The public names of :mod:`ocrcore`."""

from ocrcore.application.context import Context
from ocrcore.application.jobs.correct import PageText
from ocrcore.application.jobs.draft import Draft
from ocrcore.application.jobs.image import ItemImage
from ocrcore.application.jobs.new_job import Upload
from ocrcore.application.jobs.owner_jobs import OwnerJobs
from ocrcore.application.jobs.search import Hits
from ocrcore.application.policy import Policy
from ocrcore.application.service import OcrService
from ocrcore.application.worker.worker import Step, Worker
from ocrcore.domain.audit import AuditAction, AuditEntry
from ocrcore.domain.codes import ItemErrorCode, ProblemCode
from ocrcore.domain.correction import Correction, Edit, Place
from ocrcore.domain.errors import OcrError, Refusal, Unavailable
from ocrcore.domain.finding import Cure, Finding, FindingKind
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.domain.layout import Layout, Line, Word
from ocrcore.domain.lifecycle import Counts, ItemStatus, JobStatus
from ocrcore.domain.options import JobOptions
from ocrcore.domain.owner import LOCAL_OWNER
from ocrcore.domain.search_hit import Hit
from ocrcore.domain.uploads import AnnouncedFile
from ocrcore.ports.audit import AuditCursor
from ocrcore.ports.jobs import JobCursor, JobFilter, ReviewCursor

__all__ = [
    "LOCAL_OWNER",
    "AnnouncedFile",
    "AuditAction",
    "AuditCursor",
    "AuditEntry",
    "Context",
    "Correction",
    "Counts",
    "Cure",
    "Draft",
    "Edit",
    "Finding",
    "FindingKind",
    "Hit",
    "Hits",
    "Item",
    "ItemErrorCode",
    "ItemImage",
    "ItemStatus",
    "Job",
    "JobCursor",
    "JobFilter",
    "JobOptions",
    "JobStatus",
    "Layout",
    "Line",
    "OcrError",
    "OcrService",
    "OwnerJobs",
    "PageText",
    "Place",
    "Policy",
    "ProblemCode",
    "Refusal",
    "ReviewCursor",
    "Step",
    "Unavailable",
    "Upload",
    "Word",
    "Worker",
]
