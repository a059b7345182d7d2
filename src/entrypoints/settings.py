"""The settings. Only this module reads the environment. An invalid value stops the start, with one clear line."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from entrypoints import setting_values as values
from entrypoints.backend_traits import BACKENDS, FOREIGN, PARTS, Part
from entrypoints.networks import network_texts
from entrypoints.service_manager import ServiceManager
from ocrcore.application.policy import Policy
from ocrcore.domain.access_token import TokenRules, parse_grants
from ocrcore.domain.api_key import Scope
from ocrcore.domain.durations import parse_duration
from ocrcore.domain.limits import Quotas
from ocrcore.domain.options import AUTO, QUALITIES, parse_languages


class SettingsError(Exception):
    """A setting has an invalid value; the text is one line for the operator."""


#: The value of ``OCR_AUTH`` with access tokens.
OIDC: Final = "keys,oidc"
_PREFIX: Final = "OCR_"
#: How alike two names are (0 to 1) of which one is taken for a misspelling of the other.
_NEAR: Final = 0.75
#: Requests of an owner in a minute.
_REQUESTS: Final = 600


def _cores() -> int:
    return len(os.sched_getaffinity(0))


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting with its default. The field ``job_ttl`` is the variable ``OCR_JOB_TTL``, and so on."""

    #: The backend, which stores rows, documents and messages: a choice of parts.
    backend: str = "local"
    #: The parts that keep documents, messages and the audit log; if empty, those of the backend.
    documents: str = ""
    queue: str = ""
    audit: str = ""
    #: The data folder, for the SQLite file and the folder of documents.
    data_dir: Path = Path("./ocr-data")
    #: The folder of documents; None: the one in the data folder.
    documents_dir: Path | None = None
    #: The URL of the database; if empty, the SQLite file in the data folder.
    database_url: str = ""
    #: Whether a database on another machine must prove by TLS who it is: ``require``, or ``best``, which takes what the
    #: server has; if empty, the backend decides.
    database_tls: str = ""
    #: The file of the authorities that the database's certificate may be of; None: those of the system.
    database_ca: Path | None = None
    #: The AWS region; None: the one in boto3's own configuration.
    aws_region: str | None = None
    #: The name of the bucket; if empty, the default of :attr:`bucket`.
    s3_bucket: str = ""
    #: The AWS account that the bucket must belong to; if empty, the caller's own.
    s3_bucket_owner: str = ""
    #: The name of the queue.
    sqs_queue: str = "ocr-jobs"
    #: The name of the dead-letter queue.
    sqs_dlq: str = "ocr-jobs-dlq"
    #: The name of the audit log's table.
    dynamodb_table: str = "ocr-audit"
    #: The namespace of CloudWatch that the figures of the fleet are published in; if empty, they are not.
    cloudwatch_namespace: str = ""
    #: The engine of a job that names none; ``auto`` is the one that suits the job's languages.
    engine: str = AUTO
    #: What the engine is chosen for of a job that names neither it nor an engine: ``auto``, ``fast`` or ``best``.
    quality: str = AUTO
    #: The languages of a job that names none.
    languages: tuple[str, ...] = ("eng",)
    #: Pages that this process recognises at the same time; None: one per core.
    slots: int | None = None
    #: Longest time from submission to the deadline, and the default.
    job_ttl: timedelta = timedelta(days=2)
    #: How long the recognition of one page may take.
    item_timeout: timedelta = timedelta(seconds=120)
    #: Most attempts at one page.
    max_attempts: int = 3
    #: The visibility timeout of messages and the length of leases; heartbeats are sent every third of it.
    visibility_timeout: timedelta = timedelta(seconds=60)
    #: How long a stopping process lets attempts finish.
    grace: timedelta = timedelta(seconds=30)
    #: How often upkeep runs.
    upkeep_period: timedelta = timedelta(seconds=10)
    #: Most files in one job.
    max_files: int = 1000
    #: Most bytes in one file.
    max_file_bytes: int = 200_000_000
    #: Most pages in one file.
    max_pages: int = 5000
    #: Most pages in one job.
    max_items: int = 10_000
    #: Most bytes in one request.
    max_body_bytes: int = 1_000_000_000
    #: Most bytes of all uploads that this process receives at the same time, in the temporary folder; and of all
    #: answers that it sends.
    max_upload_bytes: int = 4_000_000_000
    #: Most pixels in one page.
    max_pixels: int = 50_000_000
    #: Most bytes of text in one page.
    max_text_bytes: int = 4_194_304
    #: Most bytes of documents that a worker keeps in the temporary folder after their last use.
    cache_bytes: int = 2_000_000_000
    #: Longest time that a finished job is kept; None: until somebody deletes it.
    keep: timedelta | None = None
    #: How long an entry of the audit log is kept.
    audit_ttl: timedelta = timedelta(days=90)
    #: How clients authenticate. ``none``: without keys, so only clients on this machine are served; ``keys``: with API
    #: keys; ``keys,oidc``: with access tokens of an OpenID Connect issuer, too.
    auth: str = "none"
    #: The URL of the OpenID Connect issuer whose access tokens open the service, as its tokens name it.
    oidc_issuer: str = ""
    #: The audience that a token must be for.
    oidc_audience: str = ""
    #: What the holder of a token may do: scopes, each alone or with the scope of the issuer that it needs.
    oidc_scopes: tuple[tuple[Scope, str], ...] = TokenRules("", "").grants
    #: Whether webhooks may lead to addresses that are not public, and use http.
    allow_private_webhooks: bool = False
    #: What signs sessions and encrypts the secrets of webhooks, the same for all processes of a service; if empty, a
    #: secret in the database.
    secret: str = field(default="", repr=False)
    #: Most requests of an owner in a minute, over all processes that serve; 0: no limit; None: 600 with keys, and no
    #: limit without, where the only owner is the operator.
    limit_requests: int | None = None
    #: Most items of an owner that are open at the same time, and most bytes of the files of all jobs of an owner; 0: no
    #: limit.
    limit_open_items: int = 0
    limit_bytes: int = 0
    #: What is served without a key although it is about the whole service: ``metrics``, ``schema``, ``stats``.
    open: tuple[str, ...] = ()
    #: Whether to serve other machines without keys.
    allow_anonymous: bool = False
    #: Host names that requests may use besides those of this machine; separated by commas.
    allowed_hosts: tuple[str, ...] = ()
    #: Addresses and networks of the reverse proxies whose ``X-Forwarded-*`` headers are believed.
    trusted_proxies: tuple[str, ...] = ()
    #: The origin under which clients reach this service, such as ``https://ocr.example.org``; if empty, the one that
    #: a request names.
    public_url: str = ""
    #: The path below which clients reach it, such as ``/ocr``; empty, or without a slash at its end.
    base_path: str = ""
    #: Host and port on which a worker serves its health; None: nowhere.
    worker_health: tuple[str, int] | None = None
    #: How much of the wall around processes that read files must stand: ``best``, ``require`` or ``off``.
    sandbox: str = "best"
    #: The form of the log: ``console`` or ``json``.
    log: str = "console"

    @property
    def believes_nobody_of_tls(self) -> bool:
        """Whether clients use TLS, by the public URL, and no proxy is named that says so of a request."""
        return self.public_url.startswith("https://") and not self.trusted_proxies

    @property
    def bucket(self) -> str:
        """The name of the bucket."""
        return self.s3_bucket or "ocr-jobs-bucket"

    @property
    def parts(self) -> Mapping[str, str]:
        """Kind of part -> the name of the part: the one that was set, or the backend's."""
        return {kind: getattr(self, kind) or name for kind, name in BACKENDS[self.backend].parts.items()}

    @property
    def _traits(self) -> Mapping[str, Part]:
        return {kind: PARTS[kind].get(name, FOREIGN) for kind, name in self.parts.items()}

    @property
    def aws_parts(self) -> frozenset[str]:
        """The kinds of the parts that are services of AWS, or of another that speaks as AWS does."""
        return frozenset(kind for kind, traits in self._traits.items() if traits.aws)

    @property
    def slots_or_cores(self) -> int:
        """The slots that were set, or one per core that this process may use."""
        return _cores() if self.slots is None else self.slots

    @property
    def slots_to_serve(self) -> int:
        """The slots of ``ocrcore serve``; if none are set, some backends leave all pages to ``ocrcore worker``."""
        return self.slots_or_cores if self.slots is not None or BACKENDS[self.backend].reads_while_serving else 0

    @property
    def poll(self) -> timedelta:
        """How long one receive waits: longer on SQS, where each costs money, but not so long that it delays a stop."""
        return min(self._traits["queue"].poll, max(self.grace / 2, timedelta(seconds=0.5)))

    @property
    def requires_database_tls(self) -> bool:
        """Whether a database on another machine must prove by TLS who it is."""
        return self.database_tls == "require" or (
            not self.database_tls and BACKENDS[self.backend].requires_database_tls
        )

    @property
    def _tokens(self) -> TokenRules | None:
        if self.auth != OIDC:
            return None
        return TokenRules(self.oidc_issuer, self.oidc_audience, self.oidc_scopes)

    @property
    def requests_a_minute(self) -> int:
        """Most requests of an owner in a minute; 0: no limit."""
        if self.limit_requests is None:
            return 0 if self.auth == "none" else _REQUESTS
        return self.limit_requests

    @property
    def policy(self) -> Policy:
        """The settings that the core uses."""
        return Policy(
            job_ttl=self.job_ttl,
            item_timeout=self.item_timeout,
            lease=self.visibility_timeout,
            max_attempts=self.max_attempts,
            max_files=self.max_files,
            max_file_bytes=self.max_file_bytes,
            max_pages=self.max_pages,
            max_items=self.max_items,
            max_text_bytes=self.max_text_bytes,
            cache_bytes=self.cache_bytes,
            languages=self.languages,
            quality=self.quality,
            keep=self.keep,
            limit_requests=self.requests_a_minute,
            quotas=Quotas(self.limit_open_items, self.limit_bytes),
            audit_ttl=self.audit_ttl,
            upkeep_period=self.upkeep_period,
            tokens=self._tokens,
            allow_private_webhooks=self.allow_private_webhooks,
            secret=self.secret.encode(),
        )


_PARSERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "backend": values.one_of(*BACKENDS),
    "documents": values.part("documents"),
    "queue": values.part("queue"),
    "audit": values.part("audit"),
    "data_dir": Path,
    "documents_dir": Path,
    "database_url": str,
    "database_tls": values.one_of("require", "best"),
    "database_ca": Path,
    "aws_region": str,
    "s3_bucket": values.bucket,
    "s3_bucket_owner": values.account,
    "sqs_queue": values.queue,
    "sqs_dlq": values.queue,
    "dynamodb_table": values.table,
    "cloudwatch_namespace": values.namespace,
    "engine": values.engine,
    "quality": values.one_of(*QUALITIES),
    "languages": parse_languages,
    "slots": values.count_from(0),
    "job_ttl": values.ttl,
    "item_timeout": values.span,
    "max_attempts": values.count_from(1),
    "visibility_timeout": values.visibility,
    "grace": parse_duration,
    "upkeep_period": values.span,
    "max_files": values.count_from(1),
    "max_file_bytes": values.count_from(1),
    "max_pages": values.count_from(1),
    "max_items": values.count_from(1),
    "max_body_bytes": values.count_from(1),
    "max_upload_bytes": values.count_from(1),
    "max_pixels": values.count_from(1),
    "max_text_bytes": values.count_from(1),
    "cache_bytes": values.count_from(0),
    "keep": values.lifetime,
    "audit_ttl": values.span,
    "auth": values.one_of("none", "keys", OIDC),
    "oidc_issuer": values.issuer,
    "oidc_audience": values.audience,
    "oidc_scopes": parse_grants,
    "allow_private_webhooks": values.flag,
    "secret": values.secret,
    "limit_requests": values.count_from(0),
    "limit_open_items": values.count_from(0),
    "limit_bytes": values.count_from(0),
    "open": values.some_of("metrics", "schema", "stats"),
    "allow_anonymous": values.flag,
    "allowed_hosts": values.hosts,
    "trusted_proxies": network_texts,
    "public_url": values.origin,
    "base_path": values.base_path,
    "worker_health": values.host_and_port,
    "sandbox": values.one_of("best", "require", "off"),
    "log": values.one_of("console", "json"),
}


def variable(field: str) -> str:
    """Return the name of the environment variable of a setting; the region uses the variable of AWS itself."""
    return "AWS_REGION" if field == "aws_region" else f"OCR_{field.upper()}"


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of the environment; an empty variable counts as not set.

    Raises :class:`SettingsError` for an invalid value, and for a variable that is called nearly like a setting.
    """
    given = _given(environment)
    known = {variable(field.name): field.name for field in fields(Settings)}
    for name in unknown_variables(environment):
        near = get_close_matches(name.removeprefix(_PREFIX), [own.removeprefix(_PREFIX) for own in known], 1, _NEAR)
        if near:
            msg = f"{name} is no setting; OCR_{near[0]} is. ocrcore settings lists all of them."
            raise SettingsError(msg)
    return fitting(
        Settings(**{field: _read(name, field, given[name]) for name, field in known.items() if name in given})
    )


def read_service_manager(environment: Mapping[str, str] | None = None) -> ServiceManager:
    """Return the service manager that started this process, by the variables of its own protocol.

    What is not of the form of that protocol counts as not there: the process must run without it.
    """
    given = os.environ if environment is None else environment
    address, watched, process = (given.get(name, "") for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"))
    is_watched = watched.isascii() and watched.isdigit() and int(watched) > 0 and process in {"", str(os.getpid())}
    return ServiceManager(
        address if address[:1] in {"/", "@"} else "",
        timedelta(microseconds=int(watched)) if is_watched else None,
    )


def unknown_variables(environment: Mapping[str, str] | None = None) -> list[str]:
    """Return the variables that begin with ``OCR_`` and are no settings, sorted; those of other programs, perhaps."""
    known = {variable(field.name) for field in fields(Settings)}
    return sorted(name for name in _given(environment) if name.startswith(_PREFIX) and name not in known)


def _given(environment: Mapping[str, str] | None) -> dict[str, str]:
    return {name: text for name, text in (os.environ if environment is None else environment).items() if text}


def read_traces_exporter(environment: Mapping[str, str] | None = None) -> str:
    """Return ``otlp`` or ``console`` if OpenTelemetry's own variables ask for traces, else an empty text.

    They do if they name an exporter or a collector; the library's default would be a collector on this machine.
    """
    given = os.environ if environment is None else environment
    if given.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return ""
    named = given.get("OTEL_TRACES_EXPORTER", "")
    if named:
        return named if named in {"otlp", "console"} else ""
    collectors = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    return "otlp" if any(given.get(name) for name in collectors) else ""


def fitting(settings: Settings) -> Settings:
    """Return the settings if they are valid together and on their backend. Raises :class:`SettingsError`."""
    if AUTO not in {settings.engine, settings.quality}:
        msg = "OCR_QUALITY must be auto where OCR_ENGINE names an engine, because it chooses one."
        raise SettingsError(msg)
    if (settings.auth == OIDC) != bool(settings.oidc_issuer and settings.oidc_audience):
        msg = "OCR_AUTH=keys,oidc needs OCR_OIDC_ISSUER and OCR_OIDC_AUDIENCE, and they need it."
        raise SettingsError(msg)
    for traits in settings._traits.values():  # noqa: SLF001 - of this module
        refusal = traits.refusal(settings)
        if refusal is not None:
            raise SettingsError(refusal)
    return settings


def names_aws_endpoint(environment: Mapping[str, str] | None = None) -> bool:
    """Return whether a variable names an endpoint in place of AWS's own, of all services or of one."""
    given = os.environ if environment is None else environment
    return any(name.startswith("AWS_ENDPOINT_URL") and text for name, text in given.items())


def _read(name: str, field: str, text: str) -> Any:  # noqa: ANN401 - as many types as there are settings
    try:
        return _PARSERS[field](text)
    except ValueError as error:
        given = "" if field == "secret" else f", not {text!r}"
        msg = f"{name} must be {str(error).removeprefix('a duration is ')}{given}."
        raise SettingsError(msg) from None
