"""`completion`: the line that has a shell complete commands, options, files and values."""

from __future__ import annotations

import click

from cartesia_call.cli import terminal

LINES = {
    "bash": ('eval "$(_CARTESIA_CALL_COMPLETE=bash_source cartesia-call)"', "~/.bashrc"),
    "zsh": ('eval "$(_CARTESIA_CALL_COMPLETE=zsh_source cartesia-call)"', "~/.zshrc"),
    "fish": ("_CARTESIA_CALL_COMPLETE=fish_source cartesia-call | source", "~/.config/fish/config.fish"),
}
"""Shell: the line, and the file that it reads when it starts."""


@click.command()
@click.argument("shell", type=click.Choice(list(LINES)))
def completion(shell: str) -> None:
    """Print the line that sets completion up: commands, options, files and values.

    \b
    Example:
      cartesia-call completion bash >> ~/.bashrc
    """
    line, file = LINES[shell]
    terminal.print_result(line)
    terminal.print_note(f"put this line into {file}, or run it for this shell only")
