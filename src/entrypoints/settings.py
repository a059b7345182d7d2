"""The settings. Only this module reads the environment. An invalid value stops the start, with one clear line."""

import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from entrypoints.backend_traits import BACKENDS
from entrypoints.networks import is_loopback, network_texts
from ocrcore.application.context import Policy
from ocrcore.domain.access_token import TokenRules, parse_grants
from ocrcore.domain.api_key import Scope
from ocrcore.domain.durations import parse_duration
from ocrcore.domain.limits import Quotas
from ocrcore.domain.options import AUTO, ENGINES, FOREVER, QUALITIES, current_engine, parse_keep, parse_languages


class SettingsError(Exception):
    """A setting has an invalid value; the text is one line for the operator."""


#: The longest visibility timeout of SQS.
_MOST_VISIBILITY: Final = timedelta(hours=12)
#: A shorter time would delete results before their clients fetch them.
_LEAST_KEEP: Final = timedelta(hours=1)
#: The value of ``OCR_AUTH`` with access tokens.
OIDC: Final = "keys,oidc"
_ISSUER: Final = "the URL of an issuer over https, such as https://id.example.org/realms/x (http on this machine only)"
#: Fewest characters of a secret that somebody chose.
LEAST_SECRET: Final = 32
_SECRET: Final = f"at least {LEAST_SECRET} ASCII characters, as openssl rand -hex 32 prints them"
#: Requests of an owner in a minute.
_REQUESTS: Final = 600
_HOST: Final = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?")
_ORIGIN: Final = "a URL without a path, such as https://ocr.example.org; the path is OCR_BASE_PATH"
_PORTS: Final = {"http": 80, "https": 443}
_PATH: Final = re.compile(r"(?:/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._~-]+)+")


def _one_of(*choices: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in choices:
            msg = f"one of {', '.join(choices)}"
            raise ValueError(msg)
        return text

    return parse


def _some_of(*choices: str) -> Callable[[str], tuple[str, ...]]:
    def parse(text: str) -> tuple[str, ...]:
        names = tuple(name.strip() for name in text.split(","))
        if not set(names) <= set(choices):
            msg = f"some of {', '.join(choices)}, separated by commas"
            raise ValueError(msg)
        return names

    return parse


def _engine(text: str) -> str:
    return _one_of(*ENGINES)(current_engine(text))


def _count(least: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and int(text) >= least):
            msg = f"an integer of at least {least}"
            raise ValueError(msg)
        return int(text)

    return parse


def _duration(text: str) -> timedelta:
    duration = parse_duration(text)
    if not duration:
        msg = "a duration of at least 1s"
        raise ValueError(msg)
    return duration


def _keep(text: str) -> timedelta | None:
    """Return how long finished jobs are kept. A number without a unit is refused: as seconds it would delete all."""
    try:
        keep = parse_keep(text)
    except ValueError:
        keep = timedelta()
    if keep is not None and (keep < _LEAST_KEEP or text[-1].isdigit()):
        msg = f"{FOREVER}, or an integer followed by m, h or d, at least 1h, as 30d"
        raise ValueError(msg)
    return keep


def _flag(text: str) -> bool:
    return _one_of("0", "1")(text) == "1"


def _visibility(text: str) -> timedelta:
    duration = _duration(text)
    if duration > _MOST_VISIBILITY:
        msg = "a duration of at most 12h"
        raise ValueError(msg)
    return duration


def _name(pattern: str, what: str) -> Callable[[str], str]:
    shape = re.compile(pattern)

    def parse(text: str) -> str:
        if not shape.fullmatch(text):
            raise ValueError(what)
        return text

    return parse


# Names, not URLs or ARNs, within the limits of AWS. Old buckets may have names that new ones may not.
_bucket = _name(
    r"[A-Za-z0-9._-]{3,255}", "the name of a bucket, of at least 3 letters, digits, hyphens, dots and underscores"
)
_account = _name(r"[0-9]{12}", "the number of an AWS account, of 12 digits")
_queue = _name(
    r"[A-Za-z0-9_-]{1,80}", "the name of a standard queue, of 1 to 80 letters, digits, hyphens and underscores"
)
_table = _name(
    r"[A-Za-z0-9_.-]{3,255}", "the name of a table, of 3 to 255 letters, digits, dots, hyphens and underscores"
)
_namespace = _name(
    r"(?!AWS/)[A-Za-z0-9._/#:-]{1,255}",
    "the name of a namespace, of 1 to 255 letters, digits and ._/#:-, that does not begin with AWS/",
)


def _issuer(text: str) -> str:
    try:
        parts = urlsplit(text)
        is_usable = bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError as error:
        raise ValueError(_ISSUER) from error
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    is_plain = text.isascii() and text.isprintable() and " " not in text and not {"?", "#", "@"} & set(text)
    if not (is_usable and is_safe and is_plain):
        raise ValueError(_ISSUER)
    return text


def _audience(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        msg = "the audience of the tokens, as the issuer knows this service"
        raise ValueError(msg)
    return text


def _secret(text: str) -> str:
    if not text.isascii() or len(text) < LEAST_SECRET:
        raise ValueError(_SECRET)
    return text


def _hosts(text: str) -> tuple[str, ...]:
    names = tuple(name.strip().lower() for name in text.split(",") if name.strip())
    if not all(_HOST.fullmatch(name) or _is_address(name) for name in names):
        msg = "host names separated by commas, without scheme, port and path"
        raise ValueError(msg)
    return names


def _origin(text: str) -> str:
    """Return the origin in the form that browsers send: in lower case, without the usual port."""
    try:
        parts = urlsplit(text.lower())
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ValueError(_ORIGIN) from error
    bare = f"[{host}]" if ":" in host else host
    given = bare if port is None else f"{bare}:{port}"
    if (
        parts.scheme not in _PORTS
        or not (_HOST.fullmatch(host) or _is_address(host))
        or text.lower().removesuffix("/") != f"{parts.scheme}://{given}"
    ):
        raise ValueError(_ORIGIN)
    return f"{parts.scheme}://{bare if port == _PORTS[parts.scheme] else given}"


def _base_path(text: str) -> str:
    path = text.removesuffix("/")
    if path and not _PATH.fullmatch(path):
        msg = "a path such as /ocr, of letters, digits, hyphens, dots, underscores and tildes"
        raise ValueError(msg)
    return path


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _cores() -> int:
    return len(os.sched_getaffinity(0))


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting with its default. The field ``job_ttl`` is the variable ``OCR_JOB_TTL``, and so on."""

    #: The backend, which stores rows, documents and messages.
    backend: str = "local"
    #: The data folder of the embedded backend.
    data_dir: Path = Path("./ocr-data")
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
    #: What signs sessions, the same for all processes of a service; if empty, a secret in the database.
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
    #: How much of the wall around processes that read files must stand: ``best``, ``require`` or ``off``.
    sandbox: str = "best"
    #: The form of the log: ``console`` or ``json``.
    log: str = "console"

    @property
    def bucket(self) -> str:
        """The name of the bucket."""
        return self.s3_bucket or "ocr-jobs-bucket"

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
        """How long one receive waits: longer on AWS, where each costs money, but not so long that it delays a stop."""
        return min(BACKENDS[self.backend].poll, max(self.grace / 2, timedelta(seconds=0.5)))

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
            secret=self.secret.encode(),
        )


_PARSERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "backend": _one_of(*BACKENDS),
    "data_dir": Path,
    "database_url": str,
    "database_tls": _one_of("require", "best"),
    "database_ca": Path,
    "aws_region": str,
    "s3_bucket": _bucket,
    "s3_bucket_owner": _account,
    "sqs_queue": _queue,
    "sqs_dlq": _queue,
    "dynamodb_table": _table,
    "cloudwatch_namespace": _namespace,
    "engine": _engine,
    "quality": _one_of(*QUALITIES),
    "languages": parse_languages,
    "slots": _count(0),
    "job_ttl": _duration,
    "item_timeout": _duration,
    "max_attempts": _count(1),
    "visibility_timeout": _visibility,
    "grace": parse_duration,
    "upkeep_period": _duration,
    "max_files": _count(1),
    "max_file_bytes": _count(1),
    "max_pages": _count(1),
    "max_items": _count(1),
    "max_body_bytes": _count(1),
    "max_upload_bytes": _count(1),
    "max_pixels": _count(1),
    "max_text_bytes": _count(1),
    "cache_bytes": _count(0),
    "keep": _keep,
    "audit_ttl": _duration,
    "auth": _one_of("none", "keys", "keys,oidc"),
    "oidc_issuer": _issuer,
    "oidc_audience": _audience,
    "oidc_scopes": parse_grants,
    "secret": _secret,
    "limit_requests": _count(0),
    "limit_open_items": _count(0),
    "limit_bytes": _count(0),
    "open": _some_of("metrics", "schema", "stats"),
    "allow_anonymous": _flag,
    "allowed_hosts": _hosts,
    "trusted_proxies": network_texts,
    "public_url": _origin,
    "base_path": _base_path,
    "sandbox": _one_of("best", "require", "off"),
    "log": _one_of("console", "json"),
}


def variable(field: str) -> str:
    """Return the name of the environment variable of a setting; the region uses the variable of AWS itself."""
    return "AWS_REGION" if field == "aws_region" else f"OCR_{field.upper()}"


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of the environment; an empty variable counts as not set.

    Raises :class:`SettingsError` for an invalid value, and for an unknown variable that begins with ``OCR_``.
    """
    given = {name: text for name, text in (os.environ if environment is None else environment).items() if text}
    known = {variable(field.name): field.name for field in fields(Settings)}
    unknown = sorted(name for name in given if name.startswith("OCR_") and name not in known)
    if unknown:
        msg = f"{unknown[0]} is no setting; the settings are {', '.join(sorted(known))}."
        raise SettingsError(msg)
    return fitting(
        Settings(**{field: _read(name, field, given[name]) for name, field in known.items() if name in given})
    )


def fitting(settings: Settings) -> Settings:
    """Return the settings if they are valid together and on their backend. Raises :class:`SettingsError`."""
    if AUTO not in {settings.engine, settings.quality}:
        msg = "OCR_QUALITY must be auto where OCR_ENGINE names an engine, because it chooses one."
        raise SettingsError(msg)
    if (settings.auth == OIDC) != bool(settings.oidc_issuer and settings.oidc_audience):
        msg = "OCR_AUTH=keys,oidc needs OCR_OIDC_ISSUER and OCR_OIDC_AUDIENCE, and they need it."
        raise SettingsError(msg)
    refusal = BACKENDS[settings.backend].refusal(settings)
    if refusal is not None:
        raise SettingsError(refusal)
    return settings


def _read(name: str, field: str, text: str) -> Any:  # noqa: ANN401 - as many types as there are settings
    try:
        return _PARSERS[field](text)
    except ValueError as error:
        given = "" if field == "secret" else f", not {text!r}"
        msg = f"{name} must be {str(error).removeprefix('a duration is ')}{given}."
        raise SettingsError(msg) from None
