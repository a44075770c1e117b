"""What `providers`, `numbers` and `regions` share: settings, Cartesia's record, and failures as objects."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Coroutine, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cartesia_call.cli import signals, terminal
from cartesia_call.cli.options import settings_of
from cartesia_call.cli.session import JSON_SCHEMA, CommandSession, Failure
from cartesia_call.declarations.setting import Command, Need
from cartesia_call.errors import InputError, NumbersUnreachable
from cartesia_call.quoting import one_line
from cartesia_call.records import dataclass
from cartesia_call.settings.credentials import REGION

if TYPE_CHECKING:
    from cartesia_call.region_ports import PhoneRecord
    from cartesia_call.settings.model import Settings
    from cartesia_call.settings.speaking import CartesiaSettings

T = TypeVar("T")
Function = TypeVar("Function", bound=Callable[..., Any])

CARTESIA = frozenset({Need.CARTESIA})
BOTH_SIDES = frozenset({Need.CARTESIA, Need.REGIONS})

record_options = settings_of(Command.RECORD)
"""For every command about Cartesia's record."""

yes_option = click.option(
    "--yes", is_flag=True, envvar="CARTESIA_CALL_YES", show_envvar=True, help="Do not ask; needed by scripts."
)


@dataclass(frozen=True)
class RecordSession:
    """One command on Cartesia's record."""

    settings: Settings

    @property
    def cartesia(self) -> CartesiaSettings:
        assert self.settings.cartesia is not None  # noqa: S101  # resolve() was told that it is needed
        return self.settings.cartesia

    def run(self, work: Callable[[PhoneRecord], Coroutine[Any, Any, T]]) -> T:
        """Do it in an event loop, to be ended by a signal. May be called again."""
        from cartesia_call.wiring.regions import open_record

        async def on_record() -> T:
            async with open_record(self.cartesia, self.settings) as record:
                return await work(record)

        return run_stoppable(on_record())

    def print_objects(self, *objects: dict[str, object]) -> None:
        """One line of JSON each."""
        for fields in objects:
            terminal.print_result(terminal.json_line({"schema": JSON_SCHEMA, **fields}))

    def say(self, sentence: str, fields: dict[str, object]) -> None:
        """What was done: a line for people, or the object."""
        if self.settings.json:
            self.print_objects(fields)
        elif not self.settings.quiet:
            terminal.print_result(sentence)

    def say_nothing_removed(self) -> None:
        """Somebody was asked, and does not want it."""
        if self.settings.json:
            self.print_objects({"removed": None})
        else:
            terminal.print_note("nothing was removed")


def run_stoppable(main: Coroutine[Any, Any, T]) -> T:
    """Run `main`; a signal ends it with Stopped, and whatever comes after it, too."""
    from cartesia_call.wiring.line import run

    try:
        return run(signals.stoppable(main))
    finally:
        signals.stop_on_signals()


@contextlib.contextmanager
def record_session(needs: frozenset[Need] = CARTESIA) -> Iterator[RecordSession]:
    """Settings read, logs and masks set. With --json a failure is printed as an object, and raised."""
    # Offered by no option, and read all the same: TWILIO_REGION says whose the plain credentials are.
    session = CommandSession(also_read=(REGION,))
    with session.telling_failures(_failure_fields):
        yield RecordSession(session.read(needs))


def is_wanted(question: str, *, yes: bool, done_by: str) -> bool:
    """Ask on a terminal unless `yes`; InputError where nobody can be asked."""
    if yes:
        return True
    if not sys.stdin.isatty():
        raise InputError(f"{done_by} asks first, and standard input is not a terminal", hint="add --yes")
    with answered():
        return click.confirm(terminal.masked(one_line(question)), default=False, err=True)


@contextlib.contextmanager
def answered() -> Iterator[None]:
    """Around a question: InputError where the input ends without an answer."""
    try:
        yield
    except click.Abort:
        terminal.print_aside()  # the cursor stands behind the question
        raise InputError("the question was not answered: nothing was changed") from None


def e164_or_id(text: str) -> str:
    """A number as the record spells it: E.164 of whatever is typed as one, an id as it is."""
    from cartesia_call.telephony.numbers import parse_number

    return parse_number(text, country=None).e164 if text.lstrip().startswith("+") else text


def _failure_fields(failure: Failure) -> dict[str, object]:
    if isinstance(failure.error, NumbersUnreachable):
        return {**failure.fields(), "unreachable_numbers": list(failure.error.numbers)}
    return failure.fields()
