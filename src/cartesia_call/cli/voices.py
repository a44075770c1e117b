"""`voices [QUERY]`: what `--voice` may name."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import click

from cartesia_call.cli import signals, terminal
from cartesia_call.cli.options import SettingsCommand, settings_of
from cartesia_call.cli.session import JSON_SCHEMA, CommandSession
from cartesia_call.declarations.setting import Command, Need
from cartesia_call.settings.speaking import LANGUAGE

if TYPE_CHECKING:
    from cartesia_call.settings.model import Settings
    from cartesia_call.speech_ports import FoundVoice

_HEADINGS = ("NAME", "ID", "LANGUAGE", "GENDER", "DESCRIPTION")
_LEAST_DESCRIPTION_WIDTH = 12
_WIRE_GENDERS = {"feminine": "feminine", "masculine": "masculine", "neutral": "gender_neutral"}


@click.command(cls=SettingsCommand)
@click.argument("query", metavar="[QUERY]", default="")
@click.option(
    "--gender",
    type=click.Choice(list(_WIRE_GENDERS)),
    envvar="CARTESIA_CALL_GENDER",
    show_envvar=True,
    help="Only voices of this gender.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    metavar="COUNT",
    envvar="CARTESIA_CALL_LIMIT",
    show_envvar=True,
    help="At most so many voices. All of them, if it is left out.",
)
@settings_of(Command.VOICES)
def voices(query: str, gender: str | None, limit: int | None) -> None:
    """List the voices that --voice may name, by name or by ID.

    QUERY is looked for in names, descriptions and IDs. --language, on the command line, leaves only voices of
    that language. Listing costs no characters. Nothing found is no failure: exit status 0, and no output.

    \b
    cartesia-call voices --language de
    cartesia-call voices british --gender feminine --json
    """
    session = CommandSession()
    with session.telling_failures():
        settings = session.read(frozenset({Need.CARTESIA}))
        # A language that is configured is that of the messages, and would hide all other voices for good.
        language = settings.language if settings.is_on_command_line(LANGUAGE) else None
        found = _found(settings, query, language=language, gender=gender, limit=limit)
    if not found:
        terminal.print_note("no voice fits")
    elif settings.json:
        for voice in found:
            terminal.print_result(json.dumps({"schema": JSON_SCHEMA, **dataclasses.asdict(voice)}))
    else:
        for line in _table(found, terminal.width()):
            terminal.print_result(line)


def _found(
    settings: Settings, query: str, *, language: str | None, gender: str | None, limit: int | None
) -> list[FoundVoice]:
    from cartesia_call.wiring.line import run
    from cartesia_call.wiring.line_checks import skips_time
    from cartesia_call.wiring.voice_choice import open_catalogue

    async def work() -> list[FoundVoice]:
        async with open_catalogue(settings) as catalogue:
            return await catalogue.search(
                query,
                language=language,
                gender=None if gender is None else _WIRE_GENDERS[gender],
                limit=limit,
            )

    return run(signals.stoppable(work()), skips=skips_time(settings))


def _table(found: list[FoundVoice], width: int | None) -> list[str]:
    """Aligned lines. On a terminal, `width` columns wide, descriptions are cut, names and IDs never."""
    rows = [_HEADINGS, *(tuple(map(_one_line, _cells(voice))) for voice in found)]
    *widths, _ = (max(map(len, column)) for column in zip(*rows, strict=True))
    lines = []
    for *cells, description in rows:
        start = "".join(f"{cell:<{size}}  " for cell, size in zip(cells, widths, strict=True))
        room = len(description) if width is None else max(width - len(start), _LEAST_DESCRIPTION_WIDTH)
        lines.append(f"{start}{_cut(description, room)}".rstrip())
    return lines


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room - 1]}…"


def _cells(voice: FoundVoice) -> tuple[str, ...]:
    """One line of the table, in the order of `_HEADINGS`."""
    gender = (voice.gender or "-").removeprefix("gender_")
    return voice.name, voice.id, " ".join(voice.locales) or voice.language or "-", gender, voice.description


def _one_line(text: str) -> str:
    """A vendor's words must not steer a terminal."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
