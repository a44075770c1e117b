"""Every setting there is. Options, environment names, defaults, help and `.env.example` follow from here."""

from __future__ import annotations

from cartesia_call.settings import (
    answering,
    call,
    credentials,
    fences,
    limits,
    network,
    output,
    public_path,
    rehearsal,
    speaking,
    turns,
)
from cartesia_call.settings.setting import Setting
from cartesia_call.settings.sources import KnownNames

SECTIONS = (
    call.SECTION,
    answering.KEYS,
    answering.ANSWER,
    turns.PEOPLE,
    turns.GUARD,
    fences.SECTION,
    speaking.SECTION,
    credentials.SECTION,
    public_path.SECTION,
    limits.SECTION,
    rehearsal.SECTION,
    network.SECTION,
    output.SECTION,
)
"""In the order of `--help` and `.env.example`."""

TABLE: tuple[Setting[object], ...] = tuple(setting for section in SECTIONS for setting in section.settings)


def known_names() -> KnownNames:
    """What an env file may set. A proxy or certificates alone do not make a file ours."""
    in_files = [setting for setting in TABLE if not setting.process_only]
    of_the_network = frozenset(name for setting in network.SECTION.settings for name in setting.names)
    readable = frozenset(name for setting in in_files for name in setting.names)
    return KnownNames(
        readable=readable,
        ours=readable - of_the_network,
        process_only=frozenset(name for setting in TABLE if setting.process_only for name in setting.names),
    )
