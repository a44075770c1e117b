"""`batch --dry-run`: what a list would come to, with nothing sent."""

from __future__ import annotations

from cartesia_call.audio.durations import format_duration
from cartesia_call.cli import terminal
from cartesia_call.cli.list_file import Survey
from cartesia_call.settings.model import Settings
from cartesia_call.wiring.dial_list import one_row

RING_S = 12.0
"""Of a call: two rings are six seconds each in the US (Precise Tone Plan: 2 s of tone, 4 s of silence)."""


def describe(settings: Settings, found: Survey, name: str) -> str:
    """What is known before anybody is called, or with `--json` one object."""
    fields = _fields(settings, found, name)
    if settings.json:
        return terminal.json_line({"schema": 1, "dry_run": True, **fields})
    width = max(map(len, fields))
    lines = ["dry run: nothing was sent"]
    for title, value in fields.items():
        values = value if isinstance(value, list) else ["-" if value is None else value]
        lines += [f"{title if not place else '':<{width}}  {one}" for place, one in enumerate(values)]
    lines += [f"line {problem.line} is left out: {problem.reason}" for problem in found.problems]
    return "\n".join(lines)


def _fields(settings: Settings, found: Survey, name: str) -> dict[str, object]:
    asked = settings.dial_list
    line_s = found.talk_s + RING_S * found.rows
    takes_s = max(found.rows / asked.cps, line_s / asked.most_live)
    return {
        "list": name,
        "rows": found.rows,
        "bad_rows": found.bad_rows,
        "distinct_texts": found.distinct_texts,
        "characters": found.characters,
        "speech_credits": f"{found.distinct_characters:,} (one for each character of a distinct text)",
        "carrier_minutes": f"{found.billed_minutes:,} (about, if everybody answers once)",
        "takes": f"{format_duration(round(takes_s))} (about, with {asked.cps:g} calls a second and "
        f"{asked.most_live} at the same time)",
        "attempts": one_row(settings).attempts,
        "from": settings.caller_id,
        "window": str(settings.guard.window) if settings.guard.window else None,
        "model": settings.model_id,
        "voice": settings.voice_id,
        "language": settings.language,
        "first_messages": found.messages,
    }
