"""The program's own help as man pages: click writes it through a formatter, and this one writes roff."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import click

from cartesia_call import __version__

PROGRAM = "cartesia-call"
_SECTION = 1
"""Programs for everybody."""

_FILES = (
    ("~/.config/cartesia-call/.env", "settings, one NAME=value a line; --env-file names another file"),
    ("~/.local/state/cartesia-call", "the ledger of calls, and faults.log"),
    ("~/.cache/cartesia-call", "audio that was paid for"),
)
"""On Linux; macOS has its own folders for the three."""


class RoffFormatter(click.HelpFormatter):
    """What click writes into it is a page of man(7)."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        self.write(f".SH SYNOPSIS\n.B {escaped(prog)}\n{escaped(args)}\n.SH DESCRIPTION\n")

    def write_heading(self, heading: str) -> None:
        self.write(f".SH {escaped(heading).upper()}\n")

    def write_paragraph(self) -> None:
        """The macros of what follows begin a paragraph themselves."""

    def write_text(self, text: str) -> None:
        for paragraph in re.split(r"\n\s*\n", text.strip()):
            words = "\n".join(escaped(line) for line in paragraph.split("\n") if line.strip("\b "))
            if paragraph.startswith("\b"):  # click's mark for lines that stay as they are
                words = f".nf\n{words}\n.fi"
            is_first = self.buffer[-1].rstrip().rpartition("\n")[2].startswith(".SH")
            self.write(f"{words}\n" if is_first else f".PP\n{words}\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        for term, meaning in rows:
            self.write(f".TP\n.B {escaped(term)}\n{escaped(meaning)}\n")

    @contextmanager
    def section(self, name: str) -> Iterator[None]:
        self.write_heading(name)
        yield


def escaped(text: str) -> str:
    """`text` as words of roff: one line, no escape, no request at its beginning, hyphens to be copied."""
    line = re.sub(r"\s+", " ", text).strip().replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{line}" if line.startswith((".", "'")) else line


def man_pages(
    command: click.Command, *, date: str, above: click.Context | None = None
) -> Iterator[tuple[str, str]]:
    """The name of each page and its text: of `command`, and of each command below it.

    `date` (ISO 8601) is when it was made; `above` is the context of the group that `command` belongs to.
    """
    name = command.name if above is not None else PROGRAM
    context = click.Context(command, info_name=name, parent=above, **command.context_settings)
    path = context.command_path.replace(" ", "-")
    formatter = RoffFormatter()
    formatter.write(
        f'.TH {escaped(path).upper()} {_SECTION} {date} "{PROGRAM} {__version__}" "User commands"\n'
    )
    formatter.write_heading("Name")
    summary, _, _ = (command.help or "").partition("\n\n")
    formatter.write(f"{escaped(path)} \\- {escaped(summary).rstrip('.')}\n")
    command.format_help(context, formatter)
    formatter.write_heading("Files")
    formatter.write_dl(_FILES)
    below = command.list_commands(context) if isinstance(command, click.Group) else []
    formatter.write_heading("See also")
    others = [f"{path}-{other}" for other in below] or [PROGRAM]
    formatter.write(" ,\n".join(f".BR {escaped(other)} ({_SECTION})" for other in others) + "\n")
    yield path, formatter.getvalue()
    if isinstance(command, click.Group):
        for found in filter(None, (command.get_command(context, other) for other in below)):
            yield from man_pages(found, date=date, above=context)
