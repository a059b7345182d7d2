"""The command line: ``ocrcore`` with ``ocr``, ``watch``, ``serve``, ``worker``, ``init``, ``doctor`` and others.

Each command imports its modules when it runs, so that every command starts fast.
"""

import os
from dataclasses import replace

import click

from entrypoints.cli.corrections import correct, review
from entrypoints.cli.doctor import doctor
from entrypoints.cli.errors import errors_in_one_line
from entrypoints.cli.jobs import jobs
from entrypoints.cli.keys import keys
from entrypoints.cli.ocr import ocr
from entrypoints.cli.watch import watch
from entrypoints.cli.webhooks import webhooks
from entrypoints.settings import Settings, SettingsError, read_service_manager, read_settings
from entrypoints.signals import end_on_sigterm


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ocrcore")
def main() -> None:
    """Text out of pictures and documents, and none of them lost.

    \b
      ocrcore ocr scan.pdf -o searchable.pdf    read files, without a service
      ocrcore watch scans/ -o texts/            read what arrives in a folder
      ocrcore serve                             run the service
      ocrcore jobs submit scan.pdf --wait       use it
      ocrcore keys create ana                   let others use it, each by a key
      ocrcore webhooks create URL               have your programs told when jobs are finished

    Each command has its own --help. The README lists the variables with which all of them are set up.
    """  # noqa: D301 - the backslash is click's


main.add_command(ocr)
main.add_command(watch)
main.add_command(doctor)
main.add_command(jobs)
main.add_command(keys)
main.add_command(correct)
main.add_command(review)
main.add_command(webhooks)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0: any free one.")
@click.option("--slots", type=click.IntRange(0), help="Pages read at the same time; by default one per core.")
@errors_in_one_line
def serve(host: str, port: int, slots: int | None) -> None:
    """Serve the HTTP API, and read pages, until stopped by a signal."""
    from entrypoints.bootstrap import open_watched  # noqa: PLC0415
    from entrypoints.http.server import serve as serve_http  # noqa: PLC0415 - see above

    settings = _settings(slots)
    _log_to_stderr(settings)
    _keep_private()
    end_on_sigterm()
    slots = settings.slots_to_serve
    with open_watched(settings, slots=slots) as (service, registry):
        serve_http(service, settings, registry, host=host, port=port, slots=slots, manager=read_service_manager())


@main.command()
@click.option("--slots", type=click.IntRange(1), help="Pages read at the same time; by default one per core.")
@click.option(
    "--metrics-port", type=click.IntRange(1, 65535), help="Serve metrics and health on this port of 127.0.0.1."
)
@errors_in_one_line
def worker(slots: int | None, metrics_port: int | None) -> None:
    """Read pages until stopped by a signal."""
    from entrypoints.bootstrap import open_watched  # noqa: PLC0415
    from entrypoints.worker.process import work  # noqa: PLC0415

    settings = _settings(slots)
    if not settings.slots_or_cores:
        msg = "A worker needs at least one slot; set OCR_SLOTS or --slots to 1 or more."
        raise SettingsError(msg)
    _log_to_stderr(settings)
    _keep_private()
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


@main.command()
@errors_in_one_line
def init() -> None:
    """Create what the backend lacks; safe to run twice."""
    from entrypoints.backends.backend import backend_module  # noqa: PLC0415

    settings = _settings()
    _keep_private()
    click.echo(f"Ready: {backend_module(settings.backend).init(settings)}")


def _keep_private() -> None:
    """Have every file of this process readable by its user alone: uploads and texts are nobody else's business."""
    os.umask(0o077)


def _settings(slots: int | None = None) -> Settings:
    settings = read_settings()
    return settings if slots is None else replace(settings, slots=slots)


def _log_to_stderr(settings: Settings) -> None:
    from entrypoints.logs import configure_logs  # noqa: PLC0415

    configure_logs(settings.log)
