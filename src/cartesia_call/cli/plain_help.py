"""Commands and options whose help is taken as it is written.

click has `inspect` clean the text of every option that it makes, and looks for a translation of some, also
in a command that nobody asks for help: to load what that takes is a third of loading click.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click

from cartesia_call.cli import terminal


class PlainOption(click.Option):
    """An option whose `help` has no line breaks and no indentation."""

    def __init__(self, names: Sequence[str], *, help: str | None = None, **attributes: Any) -> None:
        super().__init__(names, **attributes)
        self.help = help


class ShowingOption(PlainOption):
    """A flag that shows something in the place of what the command would do."""

    def __init__(self, *names: str, show: Callable[[click.Context], str], help: str) -> None:
        self._show = show
        super().__init__(
            names, help=help, is_flag=True, is_eager=True, expose_value=False, callback=self._obey
        )

    def _obey(self, ctx: click.Context, _: click.Parameter, is_given: bool) -> None:
        if is_given and not ctx.resilient_parsing:
            terminal.print_lines(self._show(ctx))
            ctx.exit()


class PlainHelp(click.Command):
    """A command whose help text is a function's docstring, and not deprecated."""

    _plain_help_option: ShowingOption | None = None

    def get_help_option(self, ctx: click.Context) -> ShowingOption | None:
        """As click's, made once."""
        names = self.get_help_option_names(ctx) if self.add_help_option else ()
        if self._plain_help_option is None and names:
            self._plain_help_option = ShowingOption(
                *names, show=click.Context.get_help, help="Show this message and exit."
            )
        return self._plain_help_option

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """As click's: the first line, and the others without their indentation."""
        import textwrap  # click does, too, to write help

        first, _, others = (self.help or "").partition("\n")
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(f"{first.strip()}\n{textwrap.dedent(others)}".strip())
