"""The command line: ``ocrcore`` with ``ocr``, ``watch``, ``serve``, ``worker``, ``init``, ``doctor`` and others.

Each command imports its modules when it runs, so that every command starts fast.
"""

import os
from dataclasses import replace

import click

from entrypoints.cli.completion import completion
from entrypoints.cli.corrections import correct, review
from entrypoints.cli.doctor import doctor
from entrypoints.cli.engines import engines
from entrypoints.cli.environment import read_environment
from entrypoints.cli.errors import SafeGroup, errors_in_one_line
from entrypoints.cli.jobs import jobs
from entrypoints.cli.keys import keys
from entrypoints.cli.manual import manual_command
from entrypoints.cli.ocr import ocr
from entrypoints.cli.own_keys import own_keys
from entrypoints.cli.settings_command import settings
from entrypoints.cli.watch import watch
from entrypoints.cli.webhooks import webhooks
from entrypoints.settings import Settings, SettingsError, read_service_manager
from entrypoints.signals import end_on_sigterm
from entrypoints.undumpable import make_undumpable


@click.group(cls=SafeGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ocrcore")
def main() -> None:
    """Text out of pictures and documents, and none of them lost.

    \b
      ocrcore ocr scan.pdf -o searchable.pdf    read files, without a service
      ocrcore watch scans/ -o texts/            read what arrives in a folder
      ocrcore serve                             run the service
      ocrcore jobs submit scan.pdf --wait       use it
      ocrcore jobs result last -o scan.pdf      a PDF to search in
      ocrcore keys create ana                   let others use it, each by a key
      ocrcore webhooks create URL               have your programs told when jobs are finished

    Each command has its own --help, with examples. The variables that set up all of them are shown by ocrcore settings,
    and the engines and languages of this machine by ocrcore engines; OCR_ENGINE, OCR_LANGUAGES and OCR_DATA_DIR set the
    engine, the languages and the data folder. Commands under "jobs" find their service by OCRCORE_URL, and its key by
    OCRCORE_KEY. NO_COLOR switches colours off.
    """  # noqa: D301 - the backslash is click's


main.add_command(ocr)
main.add_command(watch)
main.add_command(doctor)
main.add_command(engines)
main.add_command(jobs)
jobs.add_command(own_keys)
main.add_command(keys)
main.add_command(correct)
main.add_command(review)
main.add_command(webhooks)
main.add_command(settings)
main.add_command(completion)
main.add_command(manual_command)


@main.command(short_help="Run the service, until it is stopped.")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on; another than this machine's own asks for OCR_AUTH.",
)
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen on, 0 for any free one.",
)
@click.option("--slots", type=click.IntRange(0), help="Pages read at the same time; by default one per core.")
@errors_in_one_line
def serve(host: str, port: int, slots: int | None) -> None:
    """Serve the HTTP API and its pages, and read what is sent, until stopped by a signal.

    \b
      ocrcore serve
      OCR_AUTH=keys ocrcore serve --host 0.0.0.0 --port 8080

    Jobs are kept in the folder OCR_DATA_DIR (./ocr-data), or on AWS with OCR_BACKEND=aws. Without keys only this
    machine is served (OCR_AUTH, OCR_ALLOWED_HOSTS). SIGTERM lets running pages finish for OCR_GRACE (30s).
    """  # noqa: D301 - the backslash is click's
    from entrypoints.bootstrap import open_watched  # noqa: PLC0415
    from entrypoints.http.server import serve as serve_http  # noqa: PLC0415 - see above

    settings = _settings(slots)
    _log_to_stderr(settings)
    _keep_private()
    make_undumpable()
    end_on_sigterm()
    slots = settings.slots_to_serve
    with open_watched(settings, slots=slots) as (service, registry):
        serve_http(service, settings, registry, host=host, port=port, slots=slots, manager=read_service_manager())


@main.command(short_help="Read pages for a service, in more processes.")
@click.option("--slots", type=click.IntRange(1), help="Pages read at the same time; by default one per core.")
@click.option(
    "--metrics-port", type=click.IntRange(1, 65535), help="Serve metrics and health on this port of 127.0.0.1."
)
@errors_in_one_line
def worker(slots: int | None, metrics_port: int | None) -> None:
    """Read pages of a service that shares its folder or its backend with this process, until stopped by a signal.

    \b
      ocrcore worker --slots 4
      ocrcore worker --metrics-port 9100

    Any number of workers may run. OCR_SLOTS is the same as --slots. SIGTERM lets running pages finish for OCR_GRACE
    (30s), and gives the others back.
    """  # noqa: D301 - the backslash is click's
    from entrypoints.bootstrap import open_watched  # noqa: PLC0415
    from entrypoints.worker.process import work  # noqa: PLC0415

    settings = _settings(slots)
    if not settings.slots_or_cores:
        msg = "A worker needs at least one slot; set OCR_SLOTS or --slots to 1 or more."
        raise SettingsError(msg)
    _log_to_stderr(settings)
    _keep_private()
    make_undumpable()
    end_on_sigterm()
    with open_watched(settings, slots=settings.slots_or_cores) as (service, registry):
        work(
            service,
            settings,
            registry,
            slots=settings.slots_or_cores,
            metrics_port=metrics_port,
            manager=read_service_manager(),
        )


@main.command(short_help="Create what the backend lacks.")
@errors_in_one_line
def init() -> None:
    """Create what the backend lacks: tables, and on AWS a bucket, queues and a table too; safe to run twice.

    \b
      ocrcore init
      OCR_DATABASE_URL=mysql+pymysql://ocr@db/ocr ocrcore init

    An upgrade runs it first, then the workers, then serve.
    """  # noqa: D301 - the backslash is click's
    from entrypoints.backends.backend import backend_module  # noqa: PLC0415

    settings = _settings()
    _keep_private()
    click.echo(f"Ready: {backend_module(settings.backend).init(settings)}")


def _keep_private() -> None:
    """Have every file of this process readable by its user alone: uploads and texts are nobody else's business."""
    os.umask(0o077)


def _settings(slots: int | None = None) -> Settings:
    settings = read_environment()
    return settings if slots is None else replace(settings, slots=slots)


def _log_to_stderr(settings: Settings) -> None:
    from entrypoints.logs import configure_logs  # noqa: PLC0415

    configure_logs(settings.log)
