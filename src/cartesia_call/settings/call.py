"""What is said to whom, as the command line's first options say it, and what is kept of the call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartesia_call.declarations.setting import CALL, DIAL, ONE_CALL, PLACE, SPEECH, Command, Section, one_of
from cartesia_call.declarations.trust import Trust
from cartesia_call.settings import parsers
from cartesia_call.settings.reader import COMMAND_LINE, Reader

if TYPE_CHECKING:
    from cartesia_call.alerts.formats import AlertFormat


def _alert_format(text: str) -> AlertFormat:
    from cartesia_call.alerts.formats import parse_format  # help is shown without the formats behind it

    return parse_format(text)


SECTION = Section("The call")

CALLER_ID = SECTION.optional(
    "--from",
    vendor_names=("TWILIO_FROM_NUMBER",),
    metavar="NUMBER",
    parse=parsers.text,  # a number once the country is known
    help="Caller ID: a number of your Twilio account, or one verified there.",
    remedy="name a number of your Twilio account, such as +12025550100",
    least_trust=Trust.FOUND,
    commands=PLACE | {Command.CONTACT},
)
COUNTRY = SECTION.optional(
    "--country",
    metavar="CC",
    parse=parsers.country,
    help="Read numbers without a country code as national numbers of this country, such as US.",
    least_trust=Trust.FOUND,
    commands=CALL | {Command.CONTACT},
)
TO_FILE = SECTION.optional(
    "--to-file",
    metavar="PATH",
    parse=parsers.path_text,
    help="Read the number to call from a file, in the place of TO: command lines are shown to everybody on "
    "the machine. What stands on the command line then is the message.",
    commands=ONE_CALL,
)
MESSAGE_FILE = SECTION.optional(
    "--file",
    metavar="PATH",
    parse=parsers.path_text,
    help="Read the message from a file; - is standard input.",
    commands=DIAL | {Command.SAY},
)
FROM_ALERT = SECTION.optional(
    "--from-alert",
    metavar="FORMAT",
    parse=_alert_format,
    help="The message is what a monitor sent, and only what it is about is said, as with --read-as alert: "
    "alertmanager, grafana, uptime-kuma, zabbix, healthchecks, cloudwatch, nagios (from the environment), "
    "or json:FIELD,FIELD with the fields to say, such as json:host,error.message. What is resolved calls "
    "nobody.",
    commands=ONE_CALL,
)
RESOLVED = SECTION.switch(
    "--resolved", help="With --from-alert, call about what is resolved, too.", commands=ONE_CALL
)
FALLBACK = SECTION.setting(
    "--fallback",
    metavar="say|local|local,say|none",
    default="say",
    parse=parsers.fallback,
    help="What speaks if Cartesia fails: local, the voice of the extra offline; say, the carrier's own, "
    "also if the media stream fails.",
    file_note="Also local,say or none.",
    commands=CALL | {Command.SAY},
)
DRY_RUN = SECTION.switch("--dry-run", help="Show what would be sent; send nothing.")
SAVE_AUDIO = SECTION.optional(
    "--save-audio",
    metavar="PATH",
    parse=parsers.path,
    help="Write a WAV file: what was sent; in a rehearsal what the callee heard (left) and said (right).",
    commands=ONE_CALL,
)
RECORD_CALLEE = SECTION.switch(
    "--record-callee",
    help="In a live call, add what the callee said to --save-audio.",
    commands=ONE_CALL,
)
READ_AS = SECTION.setting(
    "--read-as",
    metavar="plain|alert",
    default="plain",
    default_note="plain; with --from-alert, alert",
    parse=one_of("plain", "alert"),
    help="alert: make machine text speakable, such as paths, addresses, times and units; "
    "docs/reading.md shows the rules. plain: say what is written.",
    commands=SPEECH,
)
SPELLS = SECTION.switch(
    "--spell", help="With --read-as alert, spell identifiers letter by letter.", commands=SPEECH
)
TAGS = SECTION.switch(
    "--tags/--no-tags",
    help="Obey Cartesia's tags in texts: break, up to 10s, spell, speed, volume and emotion. Without it they "
    "are left out, and what is no such tag as it should be is read as words.",
    commands=DIAL | {Command.CACHE_WARM},
)
PRINT_ONLY = SECTION.switch(
    "--print", help="Show what will be said; dial nothing.", commands=ONE_CALL | {Command.SAY}
)


def read_caller_id(reader: Reader, *, rehearse: bool, required: bool) -> str | None:
    """E.164. A rehearsal has the command line's only."""
    from cartesia_call.telephony.numbers import parse_number

    found = reader.find(CALLER_ID)
    if found is None:
        if required:
            reader.miss(CALLER_ID)
        return None
    if rehearse and found.source != COMMAND_LINE:
        return None

    def parse(text: str) -> str:
        number = parse_number(text, country=country)
        if number.warning is not None:
            reader.warnings.append(f"{found.where}: {number.warning}")
        return number.e164

    country = reader.value(COUNTRY)
    return reader.parsed(CALLER_ID, parse)
