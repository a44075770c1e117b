"""Whether the built-in telephone network is called, and what happens there."""

from __future__ import annotations

from cartesia_call.declarations.setting import CACHE, DIAL, PLACE, Command, Section, Shape
from cartesia_call.declarations.trust import Trust
from cartesia_call.settings import parsers
from cartesia_call.settings.reader import Reader

SECTION = Section("Rehearsal")

REHEARSE = SECTION.switch(
    "--rehearse/--no-rehearse",
    least_trust=Trust.PROCESS,
    help="Call the built-in telephone network: no account, no network, no cost.",
    commands=PLACE | CACHE | {Command.SAY, Command.VOICES},
)
CALLEE = SECTION.setting(
    "--callee",
    metavar="SCRIPT",
    default="answers",
    parse=parsers.text,
    help="What the other end does: answers, busy, no-answer, declines, blocked, unreachable, "
    "voicemail, voicemail-silent, fax, screens, hold-music, busy-tone, reorder, rings-on, recorded-line, "
    "announcement; details after commas: ring:2s, says:1.5s, presses:1@5s, hangs-up@3s, greeting:6s, "
    "beep:1000hz, amd:human@2s, plays:FILE.wav. An unknown word lists all there are.",
    commands=DIAL | {Command.VERIFY_LIVE, Command.WORKER},
)
FAULTS = SECTION.optional(
    "--fault",
    shape=Shape.LIST,
    metavar="NAME[@WHEN]",
    parse=parsers.words,
    help="Break something on purpose, such as stream-drop, stream-drop@3s, or at a moment: @ring, "
    "@speech. Repeatable; docs/faults.md shows all names, an unknown name lists them.",
    commands=PLACE | {Command.SAY, Command.VOICES},
)
REAL_TIME = SECTION.switch(
    "--real-time/--no-real-time",
    help="Rehearse at the speed of life, instead of skipping the time in which nothing happens.",
)


def refuse_outside(reader: Reader) -> None:
    """On the command line of a live call they would mean that somebody forgot --rehearse."""
    for setting in (CALLEE, FAULTS, REAL_TIME):
        if option := reader.given_on_command_line(setting):
            reader.problems.append(f"{option} means something in a rehearsal only: add --rehearse")
