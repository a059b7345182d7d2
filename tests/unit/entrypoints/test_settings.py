"""Settings that would be of no use, or worse: one line, before anything starts."""

from datetime import timedelta

import pytest

from entrypoints.settings import SettingsError, read_settings, read_traces_exporter


@pytest.mark.parametrize(
    "hosts", ["http://x/", "x:8000", "x/y", "a b", "*.example", "x.example,https://y", "[::1]:80", "-x", "x?"]
)
def test_a_host_is_a_name_and_nothing_else(hosts: str) -> None:
    with pytest.raises(SettingsError, match="OCR_ALLOWED_HOSTS must be host names"):
        read_settings({"OCR_ALLOWED_HOSTS": hosts})


def test_names_and_addresses_of_hosts_are_kept() -> None:
    given = "OCR.example, x, 10.0.0.1,fe80::1,a_b-c.d"
    assert read_settings({"OCR_ALLOWED_HOSTS": given}).allowed_hosts == (
        *("ocr.example", "x", "10.0.0.1", "fe80::1", "a_b-c.d"),
    )


def test_no_message_is_hidden_for_more_than_twelve_hours() -> None:
    assert read_settings({"OCR_VISIBILITY_TIMEOUT": "12h"}).visibility_timeout.total_seconds() == 43_200
    with pytest.raises(SettingsError, match="OCR_VISIBILITY_TIMEOUT must be a duration of at most 12h, not '13h'"):
        read_settings({"OCR_VISIBILITY_TIMEOUT": "13h"})


def test_no_job_takes_as_long_as_sqs_keeps_a_message() -> None:
    assert read_settings({"OCR_BACKEND": "aws", "OCR_JOB_TTL": "13d"}).job_ttl.days == 13
    assert read_settings({"OCR_JOB_TTL": "15d"}).job_ttl.days == 15
    assert read_settings({"OCR_BACKEND": "aws", "OCR_QUEUE": "sql", "OCR_JOB_TTL": "15d"}).job_ttl.days == 15
    for variables in ({"OCR_BACKEND": "aws"}, {"OCR_QUEUE": "sqs"}):
        with pytest.raises(SettingsError, match="OCR_JOB_TTL may be at most 13d with SQS"):
            read_settings(variables | {"OCR_JOB_TTL": "14d"})


def test_a_bucket_that_is_named_as_the_default_is_named() -> None:
    assert (read_settings({}).s3_bucket, read_settings({}).bucket) == ("", "ocr-jobs-bucket")
    named = read_settings({"OCR_S3_BUCKET": "ocr-jobs-bucket"})
    assert named.s3_bucket == named.bucket == "ocr-jobs-bucket"


@pytest.mark.parametrize(
    ("variable", "name"),
    [
        ("OCR_S3_BUCKET", "my scans"),
        ("OCR_S3_BUCKET", "us"),
        ("OCR_S3_BUCKET", "s3://scans"),
        ("OCR_S3_BUCKET", "arn:aws:s3:::scans"),
        ("OCR_S3_BUCKET_OWNER", "me"),
        ("OCR_SQS_QUEUE", "https://sqs.eu-central-1.amazonaws.com/123456789012/ocr-jobs"),
        ("OCR_SQS_QUEUE", "arn:aws:sqs:eu-central-1:123456789012:ocr-jobs"),
        ("OCR_SQS_QUEUE", "ocr-jobs.fifo"),
        ("OCR_SQS_DLQ", "x" * 81),
        ("OCR_DYNAMODB_TABLE", "x"),
        ("OCR_DYNAMODB_TABLE", "ocr audit"),
    ],
)
def test_a_name_that_aws_gives_to_nothing_is_refused(variable: str, name: str) -> None:
    with pytest.raises(SettingsError, match=f"^{variable} must be [^\n]*\\.$"):
        read_settings({variable: name})


def test_names_that_aws_takes_are_kept() -> None:
    given = read_settings(
        {
            "OCR_S3_BUCKET": "My_old.scans-2",
            "OCR_S3_BUCKET_OWNER": "012345678901",
            "OCR_SQS_QUEUE": "Jobs_of-us",
            "OCR_SQS_DLQ": "x" * 80,
            "OCR_DYNAMODB_TABLE": "Our.audit_log-1",
        }
    )
    assert (given.s3_bucket, given.s3_bucket_owner) == ("My_old.scans-2", "012345678901")
    assert (given.sqs_queue, given.sqs_dlq, given.dynamodb_table) == ("Jobs_of-us", "x" * 80, "Our.audit_log-1")


def test_dead_letters_have_a_queue_of_their_own() -> None:
    with pytest.raises(SettingsError, match="OCR_SQS_DLQ must be another queue than OCR_SQS_QUEUE"):
        read_settings({"OCR_BACKEND": "aws", "OCR_SQS_DLQ": "ocr-jobs"})


def test_no_page_is_tried_more_often_than_sqs_gives_out_its_message() -> None:
    assert read_settings({"OCR_BACKEND": "aws", "OCR_MAX_ATTEMPTS": "333"}).max_attempts == 333
    assert read_settings({"OCR_MAX_ATTEMPTS": "334"}).max_attempts == 334
    with pytest.raises(SettingsError, match="OCR_MAX_ATTEMPTS may be at most 333 with SQS"):
        read_settings({"OCR_BACKEND": "aws", "OCR_MAX_ATTEMPTS": "334"})


def test_the_operator_says_what_counts_only_where_no_engine_is_named() -> None:
    assert read_settings({"OCR_QUALITY": "fast"}).policy.quality == "fast"
    with pytest.raises(SettingsError, match="OCR_QUALITY must be auto where OCR_ENGINE names an engine"):
        read_settings({"OCR_QUALITY": "best", "OCR_ENGINE": "ppocr"})
    with pytest.raises(SettingsError, match="OCR_QUALITY must be one of auto, fast, best"):
        read_settings({"OCR_QUALITY": "good"})


def test_networks_of_proxies_are_kept() -> None:
    given = read_settings({"OCR_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8,fd00::/8"}).trusted_proxies
    assert given == ("127.0.0.1/32", "10.0.0.0/8", "fd00::/8")


@pytest.mark.parametrize("proxies", ["nginx", "10.0.0.1/8", "10.0.0.0/33", "127.0.0.1:80", "*", "0.0.0.0/0", "1.2.3"])
def test_what_is_no_network_of_proxies_is_refused(proxies: str) -> None:
    with pytest.raises(SettingsError, match="OCR_TRUSTED_PROXIES must be addresses or networks of proxies"):
        read_settings({"OCR_TRUSTED_PROXIES": proxies})


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://OCR.example.org", "https://ocr.example.org"),
        ("https://ocr.example.org/", "https://ocr.example.org"),
        ("https://ocr.example.org:443", "https://ocr.example.org"),
        ("http://ocr:80", "http://ocr"),
        ("https://ocr:8443", "https://ocr:8443"),
        ("http://10.0.0.1:8000", "http://10.0.0.1:8000"),
        ("https://[FD00::1]:8443", "https://[fd00::1]:8443"),
    ],
)
def test_the_public_url_is_kept_as_browsers_send_an_origin(url: str, origin: str) -> None:
    assert read_settings({"OCR_PUBLIC_URL": url}).public_url == origin


@pytest.mark.parametrize(
    "url",
    [
        *("ocr.example.org", "ftp://x", "https://", "https://x/ocr", "https://x?a", "https://x#a", "https://u@x"),
        *("https://x:99999", "https://x:", "https://x y", "//x", "https://[::1", "https://x//"),
    ],
)
def test_a_public_url_that_is_no_origin_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="OCR_PUBLIC_URL must be a URL without a path"):
        read_settings({"OCR_PUBLIC_URL": url})


@pytest.mark.parametrize(
    ("path", "kept"), [("/ocr", "/ocr"), ("/ocr/", "/ocr"), ("/a/b-1.2_~", "/a/b-1.2_~"), ("/", "")]
)
def test_a_base_path_has_no_slash_at_its_end(path: str, kept: str) -> None:
    assert read_settings({"OCR_BASE_PATH": path}).base_path == kept


@pytest.mark.parametrize(
    "path", ["ocr", "//", "/a//b", "/a b", "/a?b", "/%2e", "/..", "/a/../b", "/./a", "/a/.", "/\xe9"]
)
def test_what_is_no_base_path_is_refused(path: str) -> None:
    with pytest.raises(SettingsError, match="OCR_BASE_PATH must be a path such as /ocr"):
        read_settings({"OCR_BASE_PATH": path})


@pytest.mark.parametrize(
    ("text", "days"), [("forever", None), ("1h", 1 / 24), ("90m", 1.5 / 24), ("30d", 30), ("9999d", 9999)]
)
def test_the_time_for_which_jobs_are_kept_is_read(text: str, days: float | None) -> None:
    keep = read_settings({"OCR_KEEP": text}).policy.keep
    assert (None if keep is None else keep.total_seconds() / 86_400) == days


@pytest.mark.parametrize("text", ["30", "3600", "59m", "0d", "never", "1y", "36501d", "9999999d"])
def test_a_time_that_would_delete_what_nobody_fetched_or_leads_to_no_instant_is_refused(text: str) -> None:
    with pytest.raises(
        SettingsError, match="OCR_KEEP must be forever, or an integer followed by m, h or d, from 1h to 36500d"
    ):
        read_settings({"OCR_KEEP": text})


@pytest.mark.parametrize(
    ("variable", "days"),
    [
        *(("OCR_AUDIT_TTL", 36_500), ("OCR_GRACE", 36_500), ("OCR_UPKEEP_PERIOD", 36_500)),
        *(("OCR_ITEM_TIMEOUT", 36_500), ("OCR_JOB_TTL", 24_855)),
    ],
)
def test_no_setting_is_a_duration_that_leads_to_no_instant_or_into_no_column(variable: str, days: int) -> None:
    most = read_settings({variable: f"{days}d"})
    assert timedelta(days=days) in {most.audit_ttl, most.grace, most.upkeep_period, most.item_timeout, most.job_ttl}
    for text in (f"{days + 1}d", "9999999d"):
        with pytest.raises(SettingsError, match=rf"^{variable} must be (a duration of )?at most \d+d, not '{text}'\.$"):
            read_settings({variable: text})


@pytest.mark.parametrize(
    ("text", "expected"),
    [("127.0.0.1:9100", ("127.0.0.1", 9100)), ("[::1]:0", ("::1", 0)), ("localhost:65535", ("localhost", 65535))],
)
def test_the_health_of_a_worker_has_an_address_and_a_port(text: str, expected: tuple[str, int]) -> None:
    assert read_settings({"OCR_WORKER_HEALTH": text}).worker_health == expected


@pytest.mark.parametrize(
    "text",
    ["9100", ":9100", "127.0.0.1", "127.0.0.1:65536", "::1:9100", "[::1]", "worker:9100", "[127.0.0.1]:1"],
)
def test_anything_else_is_no_address_of_a_worker(text: str) -> None:
    with pytest.raises(SettingsError, match="OCR_WORKER_HEALTH must be an address and a port"):
        read_settings({"OCR_WORKER_HEALTH": text})


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, ""),
        ({"OTEL_SERVICE_NAME": "scans"}, ""),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}, "otlp"),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces"}, "otlp"),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, "otlp"),
        ({"OTEL_TRACES_EXPORTER": "console"}, "console"),
        ({"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}, ""),
        ({"OTEL_TRACES_EXPORTER": "otlp", "OTEL_SDK_DISABLED": "true"}, ""),
    ],
)
def test_traces_are_asked_for_by_the_variables_of_opentelemetry(environment: dict[str, str], expected: str) -> None:
    assert read_traces_exporter(environment) == expected
