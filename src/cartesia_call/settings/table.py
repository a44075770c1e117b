"""Every setting there is. Options, environment names, defaults, help and `.env.example` follow from here."""

from __future__ import annotations

from cartesia_call.settings import call_rows, guard_rows, people_rows, speech_rows, vendor_rows
from cartesia_call.settings.setting import Heading, Setting
from cartesia_call.settings.sources import KnownNames

TABLE: tuple[Setting, ...] = (
    *call_rows.CALL,
    *speech_rows.READING,
    *people_rows.KEYS,
    *people_rows.ANSWER,
    *people_rows.PEOPLE,
    *guard_rows.GUARD,
    *speech_rows.VOICE,
    *vendor_rows.TWILIO,
    *call_rows.PATH,
    *call_rows.LIMITS,
    *call_rows.REHEARSAL,
    *vendor_rows.NETWORK,
    *call_rows.OUTPUT,
)

BY_KEY = {setting.key: setting for setting in TABLE}


def known_names() -> KnownNames:
    """What an env file may set. A proxy or certificates alone do not make a file ours."""
    in_files = [setting for setting in TABLE if not setting.process_only]
    return KnownNames(
        readable=frozenset(name for setting in in_files for name in setting.names),
        ours=frozenset(
            name for setting in in_files if setting.heading is not Heading.NETWORK for name in setting.names
        ),
        process_only=frozenset(name for setting in TABLE if setting.process_only for name in setting.names),
    )
