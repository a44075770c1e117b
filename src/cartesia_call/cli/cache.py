"""`cache list`, `cache warm`, `cache clear`: the audio that is kept on this machine."""

from __future__ import annotations

import json
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cartesia_call.cli import signals, terminal
from cartesia_call.cli.options import SettingsCommand, settings_of
from cartesia_call.cli.session import JSON_SCHEMA, CommandSession
from cartesia_call.cli.warming import warm_texts
from cartesia_call.declarations.setting import Command
from cartesia_call.errors import InputError

if TYPE_CHECKING:
    from cartesia_call.settings.model import Settings
    from cartesia_call.store.audio_cache import AudioCache
    from cartesia_call.store.cache_records import CacheEntry

T = TypeVar("T")

_HEADINGS = ("KEY", "LENGTH", "CHARACTERS", "VOICE", "MODEL", "LANGUAGE", "LAST USED")


@click.group()
def cache() -> None:
    """List, make or remove the audio kept on this machine.

    Whatever Cartesia has spoken is kept, so that the same words cost nothing again. Rehearsals keep theirs
    apart. No message text is kept, only audio.

    \b
    cartesia-call cache warm alerts.txt
    cartesia-call cache list
    """


@cache.command(name="list", cls=SettingsCommand)
@settings_of(Command.CACHE_LIST)
def list_entries() -> None:
    """List what is kept, the last used first.

    \b
    cartesia-call cache list --json
    """
    session = CommandSession()
    with session.telling_failures():
        settings = session.read()
        kept = _open(settings)
        entries = _run(kept.entries())
    if settings.json:
        for entry in entries:
            terminal.print_result(json.dumps(_fields(entry)))
    if not entries:
        terminal.print_note(_nothing(rehearses=settings.rehearse, can_keep=kept.can_keep))
    elif not settings.json:
        _print(entries)


@cache.command(cls=SettingsCommand)
@click.argument("file", metavar="FILE")
@settings_of(Command.CACHE_WARM)
def warm(file: str) -> None:
    """Have Cartesia speak each line of FILE, and keep it for calls to come.

    With - for FILE the lines come from standard input. Blank lines and those that begin with # are skipped.
    What is kept already costs nothing. It ends at the first line that cannot be spoken, and what was kept
    before stays: doing it again goes on there.

    A call finds the audio if it has the same words, voice, model, language and other options of the voice.

    \b
    cartesia-call cache warm alerts.txt
    echo "The database is down." | cartesia-call cache warm -
    """
    warm_texts(file)


@cache.command(cls=SettingsCommand)
@click.option(
    "--max-age",
    metavar="AGE",
    envvar="CARTESIA_CALL_MAX_AGE",
    show_envvar=True,
    help="Remove only what was unused for longer, such as 30d or 12w.",
)
@settings_of(Command.CACHE_CLEAR)
def clear(max_age: str | None) -> None:
    """Remove what is kept: everything, unless --max-age is given.

    \b
    cartesia-call cache clear
    cartesia-call cache clear --max-age 30d
    """
    settings = CommandSession().read()
    max_age_s = None if max_age is None else _age_s(max_age)
    count, size_bytes = _run(_open(settings, max_age_s).clear())
    if not settings.quiet:
        terminal.print_result(f"{_count(count, 'text')} removed, {_size(size_bytes)} freed")


def _age_s(text: str) -> float:
    from cartesia_call.audio.durations import parse_age_s

    try:
        return parse_age_s(text)
    except ValueError as error:
        raise InputError(f"--max-age: {error}") from None


def _open(settings: Settings, max_age_s: float | None = None) -> AudioCache:
    """For whoever asks for no audio: whose voice it is makes no difference."""
    from cartesia_call.clock import SystemClock
    from cartesia_call.store.audio_cache import AudioCache, speech_folder

    return AudioCache(
        speech_folder(rehearsal=settings.rehearse),
        source="",
        limit_bytes=settings.speech.cache_limit_bytes,
        clock=SystemClock(),
        max_age_s=max_age_s,
    )


def _run(work: Coroutine[Any, Any, T]) -> T:
    from cartesia_call.wiring.line import run

    return run(signals.stoppable(work))


def _print(entries: list[CacheEntry]) -> None:
    for line in _table([_cells(entry) for entry in entries]):
        terminal.print_result(line)
    length_ms = sum(entry.length_ms for entry in entries)
    size_bytes = sum(entry.size_bytes for entry in entries)
    terminal.print_result(
        f"{_count(len(entries), 'text')}, {length_ms / 1000:.1f} s of speech, {_size(size_bytes)}"
    )


def _nothing(*, rehearses: bool, can_keep: bool) -> str:
    if not can_keep:
        return "nothing is kept: no home is known for this user, and neither HOME nor XDG_CACHE_HOME is set"
    if rehearses:
        return "nothing is kept of rehearsals yet"
    return "nothing is kept yet; --rehearse lists what is kept of rehearsals"


def _fields(entry: CacheEntry) -> dict[str, Any]:
    used_at = entry.used_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"schema": JSON_SCHEMA, **vars(entry), "used_at": used_at}


def _cells(entry: CacheEntry) -> tuple[str, ...]:
    """One line of the table, in the order of `_HEADINGS`; times are local."""
    return (
        entry.shown_key,
        f"{entry.length_ms / 1000:.1f} s",
        str(entry.characters),
        *map(_printable, (entry.voice_id, entry.model_id, entry.language)),
        entry.used_at.astimezone().strftime("%Y-%m-%d %H:%M:%S"),
    )


def _printable(text: str) -> str:
    """What lay on a disk must not steer a terminal."""
    return "".join(character if character.isprintable() else "?" for character in text)


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    rows = [_HEADINGS, *rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, cells, widths)).rstrip() for cells in rows]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _size(size_bytes: int) -> str:
    """With a decimal unit, as `--cache-size` reads it."""
    for unit, unit_bytes in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size_bytes >= unit_bytes:
            return f"{size_bytes / unit_bytes:.1f} {unit}"
    return f"{size_bytes} B"
