"""Which calls may be one (`--join`), and the plan of such a call."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Collection, Mapping

from cartesia_call.calls.joining import Joining
from cartesia_call.leg.plan import CallPlan
from cartesia_call.settings.model import Settings
from cartesia_call.speech.message_text import Message, MessageText
from cartesia_call.wiring.line import Line
from cartesia_call.wiring.plan import build_plan

_OF_ONE_CALL = frozenset({"id", "to", "message", "time_limit_s", "joined", "attempt"})
"""Fields of a plan in which calls may differ that are to be one."""


def joining(settings: Settings, line: Line, plan: CallPlan) -> Joining | None:
    """How the command's calls are joined with others; None: not at all."""
    if not settings.people.joins:
        return None

    def plan_for(text: str) -> CallPlan:
        message = MessageText.whole(Message.of(text, settings.language))
        return build_plan(settings, line, attempt_id=plan.id, to=plan.to, text=message)

    return Joining(manner=_manner(settings, plan), plan_for=plan_for)


def _manner(settings: Settings, plan: CallPlan) -> str:
    """Equal in every process that calls in this way: with these keys, this voice and account, these rules."""
    fields = {field.name: getattr(plan, field.name) for field in dataclasses.fields(plan)}
    told = {name: _told(value) for name, value in fields.items() if name not in _OF_ONE_CALL}
    rules = [_told(settings.guard), _told(settings.fences), settings.speech.obeys_tags]
    return hashlib.sha256(json.dumps([told, rules], sort_keys=True).encode()).hexdigest()


def _told(value: object) -> object:
    """As JSON has it, always in the same order: that of a set is another one in each process."""
    if dataclasses.is_dataclass(value):
        return {field.name: _told(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _told(item) for key, item in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(str(item) for item in value)
    if isinstance(value, Collection) and not isinstance(value, str | bytes):
        return [_told(item) for item in value]
    return str(value)
