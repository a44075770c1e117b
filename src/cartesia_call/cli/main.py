"""The command line's entry: commands loaded on demand, every failure as one line and one exit status."""

from __future__ import annotations

import importlib
import io
import os
import signal
import sys
from typing import TYPE_CHECKING, NoReturn

import click

from cartesia_call import __version__
from cartesia_call.cli import terminal
from cartesia_call.cli.plain_help import PlainHelp, ShowingOption
from cartesia_call.cli.signals import Stopped, ignore_signals, stop_on_signals
from cartesia_call.cli.starting import PLACES
from cartesia_call.loggers import before_the_first_record

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from cartesia_call.errors import CartesiaCallError

# What only a command or a failure needs is imported there: `--help` and `--version` do without.

COMMANDS = {
    "dial": ("cartesia_call.cli.dial", "dial", "Call a number and speak a message."),
    "batch": ("cartesia_call.cli.batch", "batch", "Call every row of a list."),
    "worker": ("cartesia_call.cli.worker", "worker", "Call rows of queued lists on this machine."),
    "queue": ("cartesia_call.cli.queue", "queue", "List, pause, resume or call off queued lists."),
    "check": ("cartesia_call.cli.check", "check", "Prove what can be known before a call"),
    "verify-live": (
        "cartesia_call.cli.verify_live",
        "verify_live",
        "Find out by one real call what no document settles.",
    ),
    "regions": (
        "cartesia_call.cli.regions",
        "regions",
        "Compare Twilio's regions with Cartesia's record of them.",
    ),
    "providers": (
        "cartesia_call.cli.providers",
        "providers",
        "Link Twilio credentials of each region with Cartesia.",
    ),
    "numbers": (
        "cartesia_call.cli.numbers",
        "numbers",
        "Import numbers to Cartesia, and move them between regions.",
    ),
    "hangup": ("cartesia_call.cli.hangup", "hangup", "End a call that is still up."),
    "say": ("cartesia_call.cli.say", "say", "Synthesise without calling: hear what will be said."),
    "voices": ("cartesia_call.cli.voices", "voices", "List and search the voices that --voice may name."),
    "history": ("cartesia_call.cli.history", "history", "List what was called, when, and how it ended."),
    "show": ("cartesia_call.cli.history", "show", "Show one call of the history."),
    "cache": ("cartesia_call.cli.cache", "cache", "List, make or remove the audio kept on this machine."),
    "line": ("cartesia_call.cli.line", "line", "Keep one public line open that all calls share."),
    "contact": ("cartesia_call.cli.contact", "contact", "Print a contact card with the caller ID."),
    "init": ("cartesia_call.cli.init", "init", "Ask for the keys and write an env file."),
    "simulator": (
        "cartesia_call.cli.simulator",
        "command",
        "Run the built-in telephone network and speech service as local servers.",
    ),
    "completion": ("cartesia_call.cli.completion", "completion", "Print the line that sets up completion."),
}
"""Name: module, attribute, and the line in `--help`, so that showing it imports none of them."""


class LazyGroup(PlainHelp, click.Group):
    """Imports a command's module when the command is used. A context's `obj` is called before, except for
    `dial`: its session begins to log, unless it is a dry run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        if ctx.obj is not None and cmd_name != "dial":
            ctx.obj()
        module, attribute, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Options of a command come behind it."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            name = error.option_name
            ctx.fail(f"{error.message} Options come after the command: cartesia-call COMMAND {name}")

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-") and not ctx.resilient_parsing:
            from cartesia_call.cli.hints import no_such_command

            ctx.fail(no_such_command(args, COMMANDS))
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Whoever presses Tab does not wait until every command is imported."""
        from click.shell_completion import CompletionItem

        names = [name for name in COMMANDS if name.startswith(incomplete)]
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [*(CompletionItem(name, help=COMMANDS[name][2]) for name in names), *options]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, _, summary) in COMMANDS.items()])


_VERSION = ShowingOption(
    "--version",
    show=lambda _: f"{terminal.PROGRAM}, version {__version__}",
    help="Show the version and exit.",
)


@click.group(cls=LazyGroup, params=[_VERSION], context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Make a phone ring and speak.

    \b
    cartesia-call dial +12025550143 "The database is down."
    cartesia-call dial --rehearse +12025550143 "Hello" --save-audio call.wav
    """


def main() -> None:
    """Run the command line and exit with its status."""
    terminal.prepare_standard_streams()
    before_the_first_record(_begin_logging)
    if PLACES.stopped_by is None:  # else it ends already
        stop_on_signals()
    status = _run()
    ignore_signals()
    if terminal.result_is_lost():
        terminal.print_note("warning: the result could not be written to standard output")
    if "logging" in sys.modules:  # else nothing was logged
        from cartesia_call.cli.logs import tell_faults

        tell_faults()
    terminal.finish()
    _leave(status)


def _begin_logging() -> None:
    from cartesia_call.cli.logs import configure_logging

    configure_logging(0)


def _leave(status: int) -> NoReturn:
    """End the process with `status`, whatever threads of its are still at work, and give its memory back as a
    whole: object by object takes a tenth of a short command's time.

    Nobody waits for threads that are left to themselves: one may be loading certificates for a call that is
    over. An orderly end would have OpenSSL tidy up beneath it, and a segmentation fault be the exit status.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _run() -> int:
    if sys.platform == "win32":
        terminal.print_note("Windows is not supported; it runs under WSL")
        return click.UsageError.exit_code
    try:
        status = cli.main(
            prog_name=terminal.PROGRAM,
            standalone_mode=False,
            obj=_begin_logging,
            terminal_width=terminal.help_width(),
        )
    except click.ClickException as error:
        told = io.StringIO()
        error.show(file=told)
        terminal.print_usage(told.getvalue())
        return error.exit_code
    except (click.Abort, Stopped) as stopped:
        from cartesia_call.cli import exit_status

        if isinstance(stopped, click.Abort):
            return exit_status.SIGNAL_BASE + signal.SIGINT  # Ctrl-C at a prompt
        terminal.print_note("interrupted")
        return exit_status.SIGNAL_BASE + stopped.number
    except Exception as error:
        import logging

        from cartesia_call.cli import exit_status
        from cartesia_call.errors import CartesiaCallError

        if isinstance(error, CartesiaCallError):
            print_error(error)
            return exit_status.of_error(error)
        status = _met_a_limit(error)
        if status is None:
            _begin_logging()
            logging.getLogger(__name__).exception("a fault of ours in a command")
            terminal.print_note(f"a fault of ours, please report it: {type(error).__name__}: {error}")
            status = exit_status.BUG
    return status if isinstance(status, int) else 0


def _met_a_limit(error: Exception) -> int | None:
    """The status if a limit of this process, which may be met anywhere, is all that is wrong."""
    from cartesia_call.cli.open_files import too_many_open_files

    sentence = too_many_open_files(error)
    if sentence is None:
        return None
    terminal.print_note(sentence)
    return click.UsageError.exit_code


def print_error(error: CartesiaCallError) -> None:
    """A failure on standard error: one line, or one per setting or place in a list, and what to do."""
    from cartesia_call.errors import DialListError, SettingsError

    many: tuple[str, tuple[str, ...]] | None = None
    if isinstance(error, SettingsError) and len(error.problems) > 1:
        many = f"{len(error.problems)} settings are missing or malformed:", error.problems
    elif isinstance(error, DialListError) and error.count > 1:
        many = f"{error.source} cannot be called, for {error.count:,} reasons:", error.lines
    if many is not None:
        heading, lines = many
        terminal.print_note(heading, *(f"  - {line}" for line in lines))
        if error.hint:
            terminal.print_note(error.hint)
        return
    terminal.print_note(terminal.with_hint(str(error), error.hint))
