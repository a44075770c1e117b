"""What may be wrong with the words of a `dial`, told before any setting is missed."""

from __future__ import annotations

from cartesia_call.cli.message_input import read_message
from cartesia_call.cli.session import CommandSession
from cartesia_call.cli.wording import message_file
from cartesia_call.errors import InputError, SettingsError
from cartesia_call.patterns import regex
from cartesia_call.settings.call import TO_FILE
from cartesia_call.settings.model import Settings
from cartesia_call.settings.people_files import FILE_MARK, one_callee

NO_NUMBER_HINT = 'write: cartesia-call dial +12025550143 "Hello"'

_A_NUMBER = regex(r"\+?[\d\s().-]{7,}")


def told_apart(to: str | None, message: str | None, session: CommandSession) -> tuple[str | None, str | None]:
    """TO and MESSAGE of the command line: with --to-file on it, one word is the message."""
    path = session.command_line.get(TO_FILE)
    if path is not None:
        if message is not None:
            raise InputError(
                "the number is given twice: as TO and with --to-file",
                hint="leave one of them out; a message is quoted as one word",
            )
        return FILE_MARK + path, to
    is_no_number = to is not None and not any(character.isdigit() or character == "@" for character in to)
    if is_no_number and message is not None and _A_NUMBER.fullmatch(message):
        raise InputError("the number comes first, then the message", hint=NO_NUMBER_HINT)
    return to, message


def callee_of(to: str | None, settings: Settings) -> str:
    """Who is to be called: TO, else what the settings name. InputError if nobody is."""
    if to is None and settings.people.to_file is not None:
        return FILE_MARK + settings.people.to_file
    if to is None:
        raise InputError("no number to call was given", hint=NO_NUMBER_HINT)
    return to


def check_words(to: str | None, message: str | None, session: CommandSession) -> None:
    """InputError for a number that nobody can call or a message that says nothing.

    For a command whose settings were refused: what is wrong with its words would be hidden behind them.
    Standard input is left alone.
    """
    try:
        settings = session.without_keys()
    except SettingsError:  # those that the words are read by are wrong themselves
        return
    callee = callee_of(to, settings)
    if not settings.people.then:
        one_callee(callee, country=settings.country, home=settings.fences.home)
    path = message_file(message, settings)
    if settings.speech.from_alert is not None:
        return  # whatever a monitor hands over has words
    if "-" not in {message, path}:
        read_message(message, path, stdin=0, input_timeout_s=settings.limits.input_timeout_s)
