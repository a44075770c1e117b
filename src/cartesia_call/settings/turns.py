"""Settings of whom to call in turn, and of what holds a call back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartesia_call.settings.model import GuardSettings, PeopleSettings
from cartesia_call.settings.people_parsers import people
from cartesia_call.settings.reader import Reader

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


def read_people(reader: Reader) -> PeopleSettings:
    """The next people, each read like the first one to call, and when somebody is called again."""
    attempts: int | None = reader.value("attempts")
    if reader.find("attempts") is None:
        for key in ("retry_on", "retry_after"):
            if option := reader.given_on_command_line(key):
                reader.problems.append(
                    f"{option}: nobody is called again; add --attempts N, the number of calls for everybody"
                )
    return PeopleSettings(
        then=_then(reader),
        attempts=attempts,
        retry_on=reader.value("retry_on"),
        retry_after_s=reader.value("retry_after"),
    )


def read_guard(reader: Reader) -> GuardSettings:
    """What holds a call back."""
    if reader.find("window") is None and (option := reader.given_on_command_line("timezone")):
        reader.problems.append(
            f"{option} says where --window holds, and there is none: add --window HH:MM-HH:MM"
        )
    return GuardSettings(
        no_guard_reason=reader.value("no_guard"),
        not_after=reader.value("not_after"),
        window=reader.value("window"),
        timezone=_timezone(reader),
        do_not_call_file=reader.value("do_not_call"),
    )


def _then(reader: Reader) -> tuple[str, ...]:
    found = reader.find("then")
    if found is None:
        return ()

    def parse(text: str) -> tuple[str, ...]:
        from cartesia_call.telephony.callees import parse_callee

        callees = [parse_callee(entry, country=reader.value("country")) for entry in people(text)]
        reader.warnings.extend(f"{found.where}: {callee.warning}" for callee in callees if callee.warning)
        return tuple(callee.e164 for callee in callees)

    return reader.value("then", parse=parse) or ()


def _timezone(reader: Reader) -> ZoneInfo | None:
    if reader.find("timezone") is None:
        return None
    from cartesia_call.telephony.time_zones import parse_zone

    zone: ZoneInfo | None = reader.value("timezone", parse=parse_zone)
    return zone
