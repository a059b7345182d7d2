"""The settings of a command, and a word about variables that look like settings and are none."""

import click

from entrypoints.settings import Settings, read_settings, unknown_variables


def read_environment() -> Settings:
    """Return the settings; variables of other programs that begin with ``OCR_`` are named on stderr and ignored.

    Raises ``SettingsError``.
    """
    settings = read_settings()
    unknown = unknown_variables()
    if unknown:
        click.echo(f"ocrcore: ignored, because no setting is called so: {', '.join(unknown)}", err=True)
    return settings
