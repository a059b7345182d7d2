"""``ocrcore completion``: the script by which a shell completes commands, options and the ids of jobs."""

import click
from click.shell_completion import get_completion_class

#: The shells, which are those of click.
SHELLS = ("bash", "zsh", "fish")
#: The variable by which the scripts call the program.
_VARIABLE = "_OCRCORE_COMPLETE"


def script(program: click.Command, shell: str) -> str:
    """Return the script of a shell."""
    kind = get_completion_class(shell)
    if kind is None:
        raise KeyError(shell)
    return kind(program, {}, "ocrcore", _VARIABLE).source()


@click.command(short_help="Print what completes commands in a shell.")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script by which a SHELL completes commands, options and the ids of jobs.

    \b
      source <(ocrcore completion bash)                                       # in ~/.bashrc
      source <(ocrcore completion zsh)                                        # in ~/.zshrc
      ocrcore completion fish > ~/.config/fish/completions/ocrcore.fish

    A package installs the same scripts below share/.
    """  # noqa: D301 - the backslash is click's
    click.echo(script(ctx.find_root().command, shell))
