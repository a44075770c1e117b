"""From settings and the rows of a list to the plan of each row's call, and what holds it back."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable, Mapping
from datetime import time

from cartesia_call.calls.dial_list import RunRules
from cartesia_call.calls.list_progress import RowRules
from cartesia_call.calls.list_speech import ListSpeech
from cartesia_call.dial_list.rows import ListRow
from cartesia_call.errors import InputError
from cartesia_call.leg.plan import CallPlan
from cartesia_call.policy.number_list import NumberLists, withheld_by_do_not_call
from cartesia_call.policy.retry import EscalationPlan, escalation_plan
from cartesia_call.policy.withheld import Rule, Withheld
from cartesia_call.settings.model import Settings
from cartesia_call.speech.message_text import Message, MessageText
from cartesia_call.telephony.callees import compared
from cartesia_call.telephony.say_voices import SayVoice, default_say_voice, say_voice_for
from cartesia_call.telephony.time_zones import parse_zone
from cartesia_call.wiring.line import Line
from cartesia_call.wiring.plan import build_plan, new_attempt_id
from cartesia_call.wiring.withholding import withholds

KEPT = 256
"""So many texts and variants that came last are kept: rows beside each other often have the same."""

OwnColumns = tuple[str | None, str | None, str | None, time | None]
"""What a row may say for itself: voice, language, time zone, and the time after which it is not called."""


def run_rules(settings: Settings) -> RunRules:
    """How the list is called. InputError for attempts that the guard would withhold."""
    asked = settings.dial_list
    return RunRules(
        cps=asked.cps,
        most_live=asked.most_live,
        rows=RowRules(plan=one_row(settings), waits=asked.waits),
        stop_after=asked.stop_after,
        stop_on=asked.stop_on,
    )


def one_row(settings: Settings) -> EscalationPlan:
    """How often each row is called, by whatever number. InputError for what the guard would withhold."""
    people = settings.people
    return escalation_plan(
        ("each row",),
        attempts=people.attempts,
        retry_on=people.retry_on,
        retry_after_s=people.retry_after_s,
        ring_twice_after_s=people.ring_twice_after_s,
        guard=settings.fences.guard,
    )


def check_budgets(rows: int, takes_s: float, settings: Settings) -> None:
    """InputError for a list whose calls `--budget` would withhold: of `rows` that take `takes_s` to call."""
    guard = settings.fences.guard
    for budget in guard.budgets if guard is not None and not settings.dial_list.waits else ():
        within_s = budget.within.total_seconds()
        most = rows if takes_s <= within_s else math.ceil(rows * within_s / takes_s)
        if most > budget.calls:
            raise InputError(
                f"{rows:,} rows are to be called, about {most:,} of them in a time in which --budget lets "
                f"{budget} through: the others would be withheld",
                hint=f"write --budget {most}/{within_s / 3600:g}h, or --wait and they wait for their turn",
            )


def list_speech(settings: Settings, line: Line) -> ListSpeech:
    """What makes the list's speech, and the path that all its calls go."""
    return ListSpeech(
        line.ports,
        tunnel_timeout_s=settings.limits.tunnel_timeout_s,
        most_contexts=settings.speech.max_contexts,
    )


class RowSettings:
    """The settings of each row: its own columns win. `word` makes a message of a text."""

    def __init__(self, settings: Settings, word: Callable[[str, Settings], Message]) -> None:
        self._settings = settings
        self._word = word
        self.of_columns = functools.lru_cache(maxsize=KEPT)(self._of_columns)
        self._message = functools.lru_cache(maxsize=KEPT)(self._make_message)

    def of(self, row: ListRow) -> Settings:
        """What holds for `row`; its voice may be a name."""
        return self.of_columns(own_columns(row))

    def message(self, row: ListRow) -> Message:
        """What is said to `row`. InputError if no voice could say anything of it."""
        return self._message(row.message, own_columns(row))

    def _make_message(self, text: str, columns: OwnColumns) -> Message:
        return self._word(text, self.of_columns(columns))

    def _of_columns(self, columns: OwnColumns) -> Settings:
        voice, language, timezone, not_after = columns
        settings = self._settings
        guard = dataclasses.replace(
            settings.guard,
            timezone=parse_zone(timezone) if timezone else settings.guard.timezone,
            not_after=not_after or settings.guard.not_after,
        )
        return dataclasses.replace(
            settings,
            guard=guard,
            voice_id=voice or settings.voice_id,
            language=language or settings.language,
            say_voice=_say_voice(settings, language) if language else settings.say_voice,
        )


def _say_voice(settings: Settings, language: str) -> SayVoice | None:
    """The carrier's voice for a row in `language`: the one that was named if it speaks that, else the
    default."""
    chosen = settings.say_voice
    is_named = chosen is not None and chosen != default_say_voice(settings.language)
    speaks = say_voice_for(chosen.name, language) if chosen is not None and is_named else None
    return speaks or default_say_voice(language)


def own_columns(row: ListRow) -> OwnColumns:
    """What `row` says for itself."""
    return row.voice, row.language, row.timezone, row.not_after


class RowPlans:
    """The plan of each row's call on `line`. `voice_ids` has the id of each voice that a row names."""

    def __init__(
        self, rows: RowSettings, line: Line, lists: NumberLists, voice_ids: Mapping[str, str]
    ) -> None:
        self._rows = rows
        self._line = line
        self._lists = lists
        self._voice_ids = voice_ids
        self._rule = functools.lru_cache(maxsize=KEPT)(self._make_rule)
        self._opted_out: set[str] = set()

    def plan_for(self, row: ListRow, attempt: int) -> CallPlan:
        """The plan of the `attempt`-th call of `row`."""
        line = self._line
        if row.voice is not None:
            line = dataclasses.replace(line, voice_id=self._voice_ids[row.voice])
        text = MessageText.whole(self._rows.message(row))
        attempt_id = new_attempt_id(line.ports.clock.utc_now())
        plan = build_plan(self._rows.of(row), line, attempt_id=attempt_id, to=row.to, text=text)
        return dataclasses.replace(plan, attempt=attempt)

    def withholds(self, row: ListRow) -> Withheld | None:
        """Whether, and by which rule beside the guard, `row` is held back now."""
        if self._opted_out and (
            withheld := withheld_by_do_not_call(row.to, self._opted_out, name="of this list's own calls")
        ):
            return withheld
        try:
            return self._rule(own_columns(row))(row.to)
        except InputError as error:  # clocks have changed since the list was checked
            return Withheld(rule=Rule.WINDOW, detail=error.message.rstrip("."), until=None)

    def opted_out(self, to: str) -> None:
        """Whoever is called by `to` asked not to be called again: the lists were read when the run began."""
        self._opted_out.add(compared(to))

    def _make_rule(self, columns: OwnColumns) -> Callable[[str], Withheld | None]:
        return withholds(self._rows.of_columns(columns), self._lists, self._line.ports.clock)
