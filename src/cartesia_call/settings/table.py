"""Every setting there is. Options, environment names, defaults, help and `.env.example` follow from here."""

from __future__ import annotations

from cartesia_call.declarations.setting import Section, Setting
from cartesia_call.settings import (
    answering,
    asking,
    call,
    credentials,
    dial_list,
    fences,
    fleet,
    network,
    output,
    public_path,
    rehearsal,
    speaking,
    turns,
)
from cartesia_call.settings.env_file import KnownNames
from cartesia_call.telephony.limits import CallLimits

SECTIONS = (
    call.SECTION,
    asking.SECTION,
    answering.ANSWER,
    turns.PEOPLE,
    dial_list.SECTION,
    fleet.SECTION,
    turns.GUARD,
    fences.SECTION,
    speaking.SECTION,
    credentials.SECTION,
    public_path.SECTION,
    Section("Time limits", CallLimits),
    rehearsal.SECTION,
    network.SECTION,
    output.SECTION,
)
"""In the order of `--help` and `.env.example`."""

TABLE: tuple[Setting[object], ...] = tuple(setting for section in SECTIONS for setting in section.settings)


def known_names() -> KnownNames:
    """What names mean to an env file.

    Twilio's own two are in many a program's file, and proxies and certificates are for all of them: they
    alone do not make a file ours.
    """
    anybodys = {credentials.ACCOUNT_SID, credentials.AUTH_TOKEN, *network.SECTION.settings}
    return KnownNames(
        least_trust={name: setting.least_trust for setting in TABLE for name in setting.names},
        ours=frozenset(name for setting in TABLE if setting not in anybodys for name in setting.names),
    )
