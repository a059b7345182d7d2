"""What each setting is for: the table of the README, of ``ocrcore settings`` and of the manual page."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class SettingText:
    """One row of the table, in Markdown."""

    #: The variable of the environment.
    variable: str
    default: str
    #: What it is, and which values it may have.
    meaning: str

    def plain(self) -> tuple[str, str, str]:
        """Return variable, default and meaning without Markdown, for a terminal."""
        return self.variable, _plain(self.default), _plain(self.meaning)


_LINK: Final = re.compile(r"\[([^]]*)\]\([^)]*\)")

#: Every setting, in the order of the README.
SETTING_TEXTS: Final = (
    SettingText("OCR_BACKEND", "`local`", "`local`, or `aws`"),
    SettingText("OCR_DATA_DIR", "`./ocr-data`", "the folder of the local backend"),
    SettingText("OCR_DATABASE_URL", "a file in the data folder", "the database, as an SQLAlchemy URL"),
    SettingText(
        "OCR_DATABASE_TLS",
        "`require` on AWS, else `best`",
        "`require`: a database on another machine must prove by TLS who it is; `best`: TLS if the server has "
        "it, unverified",
    ),
    SettingText(
        "OCR_DATABASE_CA",
        "the system's",
        "the file of the authorities that the database's certificate may be of; with it every database is verified",
    ),
    SettingText(
        "OCR_ENGINE",
        "`auto`",
        "the [engine](docs/engines.md) of jobs that choose none: `tesseract`, `tesserocr`, `ppocr`, or "
        "`auto`, which leaves it to the languages of the job",
    ),
    SettingText(
        "OCR_QUALITY", "`auto`", "what counts for jobs that choose neither it nor an engine: `fast`, `best`, or `auto`"
    ),
    SettingText("OCR_LANGUAGES", "`eng`", "the languages of jobs that choose none, as `eng+por`"),
    SettingText("OCR_SLOTS", "one per core", "pages read at the same time by one process"),
    SettingText(
        "OCR_JOB_TTL",
        "`2d`",
        "time from submission to the deadline: the longest that a job may choose, and the default; on AWS at "
        "most `13d`",
    ),
    SettingText("OCR_ITEM_TIMEOUT", "`120s`", "time limit for the recognition of one page"),
    SettingText("OCR_MAX_ATTEMPTS", "`3`", "attempts per page; on AWS at most `333`"),
    SettingText(
        "OCR_VISIBILITY_TIMEOUT", "`60s`", "how long a page stays with its worker without a heartbeat; at most `12h`"
    ),
    SettingText("OCR_GRACE", "`30s`", "how long a stopping process lets running pages finish"),
    SettingText("OCR_UPKEEP_PERIOD", "`10s`", "time between two rounds of upkeep, in every process"),
    SettingText("OCR_MAX_FILES", "`1000`", "most files in one job"),
    SettingText(
        "OCR_MAX_FILE_BYTES",
        "`200000000`",
        "most bytes in one file: a scan of 200 pages at 300 dpi takes 130 to 180 MB",
    ),
    SettingText("OCR_MAX_PAGES", "`5000`", "most pages in one file"),
    SettingText("OCR_MAX_ITEMS", "`10000`", "most pages in one job"),
    SettingText("OCR_MAX_BODY_BYTES", "`1000000000`", "most bytes in one request"),
    SettingText(
        "OCR_MAX_UPLOAD_BYTES",
        "`4000000000`",
        "most bytes of all uploads that one process receives at the same time, in the temporary folder; and "
        "of all answers that it sends",
    ),
    SettingText("OCR_MAX_PIXELS", "`50000000`", "most pixels in one picture"),
    SettingText("OCR_MAX_TEXT_BYTES", "`4194304`", "most bytes of text on one page"),
    SettingText(
        "OCR_CACHE_BYTES",
        "`2000000000`",
        "most bytes of documents that a worker keeps after their last use, in the temporary folder",
    ),
    SettingText(
        "OCR_AUTH",
        "`none`",
        "`none`: no keys, so the API listens on this machine's own addresses only; `keys`: every request "
        "needs an [API key](docs/security.md#who-may-do-what); `keys,oidc`: or an access token",
    ),
    SettingText(
        "OCR_OIDC_ISSUER",
        "none",
        "the URL of the OpenID Connect issuer whose [access tokens](docs/security.md#access-tokens) open the service",
    ),
    SettingText("OCR_OIDC_AUDIENCE", "none", "the audience that a token must be for"),
    SettingText(
        "OCR_OIDC_SCOPES",
        "`read,write`",
        "what the holder of a token may do; `admin=ocr-admin` asks for a scope of the issuer",
    ),
    SettingText(
        "OCR_SECRET",
        "a random one in the database",
        "signs the [sessions](docs/security.md#sessions-of-browsers) of browsers; at least 32 characters, the"
        " same for every process",
    ),
    SettingText(
        "OCR_LIMIT_REQUESTS",
        "`600` with keys, else `0`",
        "most [requests of an owner](docs/security.md#limits-of-an-owner) in a minute, over all processes; "
        "`0`: no limit",
    ),
    SettingText("OCR_LIMIT_OPEN_ITEMS", "`0`", "most pages of an owner that wait or are being read; `0`: no limit"),
    SettingText("OCR_LIMIT_BYTES", "`0`", "most bytes of the files of all jobs of an owner; `0`: no limit"),
    SettingText(
        "OCR_OPEN",
        "none",
        "with keys: what is open without one, some of `metrics`, `schema`, `stats`, separated by commas",
    ),
    SettingText("OCR_ALLOW_ANONYMOUS", "`0`", "`1`: listen on any address without keys"),
    SettingText(
        "OCR_ALLOWED_HOSTS", "none", "host names that requests may use besides this machine's own, separated by commas"
    ),
    SettingText(
        "OCR_TRUSTED_PROXIES",
        "none",
        "addresses and networks of [reverse proxies](docs/operating.md#behind-a-proxy) whose `X-Forwarded-*` "
        "headers are believed, separated by commas",
    ),
    SettingText(
        "OCR_PUBLIC_URL",
        "what each request names",
        "the URL under which clients reach the service, without a path: `https://ocr.example.org`",
    ),
    SettingText("OCR_BASE_PATH", "none", "the path below which they reach it: `/ocr`"),
    SettingText(
        "OCR_SANDBOX",
        "`best`",
        "the wall around processes that read files: `best`, as much as the kernel gives; `require`, all of it"
        " or no start; or `off`",
    ),
    SettingText("OCR_LOG", "`console`", "log format: `console` lines for people, or `json` for machines"),
    SettingText("AWS_REGION", "boto3's own", "AWS: the region"),
    SettingText(
        "OCR_KEEP",
        "`forever`",
        "how long finished jobs are kept at most, as `30d`; at least `1h`, with a unit. A job may choose a "
        "shorter time (`keep`)",
    ),
    SettingText("OCR_AUDIT_TTL", "`90d`", "how long entries of the audit log are kept"),
    SettingText("OCR_S3_BUCKET", "`ocr-jobs-bucket`", "AWS: the bucket; has to be set on AWS itself"),
    SettingText("OCR_S3_BUCKET_OWNER", "the caller's account", "AWS: the account that must own the bucket"),
    SettingText("OCR_SQS_QUEUE", "`ocr-jobs`", "AWS: the queue"),
    SettingText("OCR_SQS_DLQ", "`ocr-jobs-dlq`", "AWS: the dead-letter queue"),
    SettingText("OCR_DYNAMODB_TABLE", "`ocr-audit`", "AWS: the table of the audit log"),
    SettingText(
        "OCR_CLOUDWATCH_NAMESPACE",
        "none",
        "AWS: the namespace that the [figures of the fleet](docs/operating.md#figures-in-cloudwatch) are "
        "published in, once a minute; without it they are not",
    ),
)


def table() -> Iterator[str]:
    """Yield the lines of the table as the README has them."""
    yield "| variable | default | meaning |"
    yield "|---|---|---|"
    for row in SETTING_TEXTS:
        yield f"| `{row.variable}` | {row.default} | {row.meaning} |"


def _plain(markdown: str) -> str:
    return _LINK.sub(r"\1", markdown).replace("`", "")
