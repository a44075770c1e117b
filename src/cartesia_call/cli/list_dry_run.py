"""`batch --dry-run`: what a list would come to, with nothing sent."""

from __future__ import annotations

from cartesia_call.audio.durations import about
from cartesia_call.cli import terminal
from cartesia_call.cli.list_survey import Survey
from cartesia_call.quoting import one_line
from cartesia_call.settings.model import Settings
from cartesia_call.telephony.numbers import mask_number
from cartesia_call.wiring.dial_list import one_row

_IN_WORDS = {
    "speech_credits": "{:,} (one for each character of a distinct text)",
    "carrier_minutes": "{:,} (each that is begun, about, if everybody answers once)",
    "bad_rows": "{:,}",
    "duplicates": "{:,}",
    "rows": "{:,}",
    "distinct_texts": "{:,}",
    "characters": "{:,}",
}


def describe(settings: Settings, found: Survey, name: str) -> str:
    """What is known before anybody is called, or with `--json` one object.

    Its cost is `speech_credits` at Cartesia and `carrier_minutes` at the carrier, whose prices are each
    account's and each country's own. `takes_s` is in seconds.
    """
    fields = _fields(settings, found, name)
    if settings.json:
        return terminal.json_line({"schema": 1, "dry_run": True, **fields})
    width = max(map(len, fields))
    lines = ["dry run: nothing was sent"]
    for title, value in fields.items():
        values = value if isinstance(value, list) else [_shown(title, value, settings)]
        lines += [
            f"{title if not place else '':<{width}}  {one_line(one)}" for place, one in enumerate(values)
        ]
    return "\n".join(lines)


def _fields(settings: Settings, found: Survey, name: str) -> dict[str, object]:
    asked, fences = settings.dial_list, settings.fences
    return {
        "list": name,
        "rows": found.rows,
        "bad_rows": found.bad_rows,
        "duplicates": found.repeated,
        "distinct_texts": found.distinct_texts,
        "characters": found.characters,
        "speech_credits": found.distinct_characters,
        "carrier_minutes": found.billed_minutes,
        "takes_s": round(found.takes_s(settings)),
        "cps": asked.cps,
        "max_live": asked.most_live,
        "attempts": one_row(settings).attempts,
        "budget": ", ".join(map(str, fences.guard.budgets)) if fences.guard else None,
        "from": settings.caller_id,
        "window": str(settings.guard.window) if settings.guard.window else None,
        "model": settings.model_id,
        "voice": settings.voice_id,
        "language": settings.language,
        "first_messages": found.messages,
    }


def _shown(title: str, value: object, settings: Settings) -> str:
    if value is None:
        return "-"
    if title == "from" and not settings.show_numbers:
        return mask_number(str(value))
    if title == "takes_s":
        return f"{about(float(str(value)))} (about, if everybody is called once)"
    return _IN_WORDS[title].format(value) if title in _IN_WORDS else str(value)
