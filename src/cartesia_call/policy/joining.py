"""Alerts to one number that wait for each other: which of them share the next call, what is said in it, and
what became of each. Pure; `calls/joining.py` says how their processes meet."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from cartesia_call.records import dataclass
from cartesia_call.telephony.attempt import AttemptResult
from cartesia_call.telephony.outcomes import Evidence, Outcome

MOST_CHARACTERS = 1500
"""Of what is said in one call: some hundred seconds, after which people hang up, and the carrier's voice,
which takes 4000 with every character of its markup counted, can say all of it as well."""

_ENGLISH = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
)
MOST_ALERTS = len(_ENGLISH)
"""In one call: nobody who hears more of them knows what the first ones were."""

_SENTENCE_ENDS = (*".!?:;\u2026\u3002\uff01\uff1f\u0964\u061f",)


@dataclass(frozen=True, kw_only=True)
class WaitingAlert:
    """What one process has to say: the `id` of its attempt, its `text`, and the `manner` in which it calls.

    Alerts share a call if their manners are equal: the same voice, keys, rules, account.
    """

    id: str
    text: str
    manner: str


@dataclass(frozen=True)
class JoinedAlert:
    """An alert in a call with others. Its text is over where the first `end` characters of `text`, the whole
    that is said, have been said, and begins at `start`."""

    id: str
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class JoinedText:
    """What is said in one call, and where each alert stands in it, in the order in which they came."""

    text: str
    alerts: tuple[JoinedAlert, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """Whose alerts are spoken, in order."""
        return tuple(alert.id for alert in self.alerts)


def joining(own: WaitingAlert, others: Sequence[WaitingAlert]) -> tuple[WaitingAlert, ...]:
    """`own` and those of `others`, in this order, that share its call: as many from the front as fit.

    None that fits overtakes one that does not: that one would wait for ever while short ones come.
    """
    chosen, characters = [own], len(own.text)
    for other in others:
        if other.manner != own.manner:
            continue
        characters += len(other.text)
        if characters > MOST_CHARACTERS or len(chosen) == MOST_ALERTS:
            break
        chosen.append(other)
    return tuple(chosen)


def joined_text(alerts: Sequence[WaitingAlert], *, language: str) -> JoinedText:
    """What is said of `alerts`: "Four alerts. One: ... Two: ..."; one alone as it is.

    The same words are said once, for all who have them to say. In another language than English the numbers
    are digits, which every voice reads in its own.
    """
    texts = tuple(dict.fromkeys(alert.text for alert in alerts))
    places: dict[str, tuple[int, int]] = {}
    if len(texts) == 1:
        [said] = texts
        places[said] = (0, len(said))
    else:
        is_english = language.partition("-")[0] == "en"
        numbers = _ENGLISH if is_english else tuple(map(str, range(1, 1 + MOST_ALERTS)))
        said = f"{numbers[len(texts) - 1].capitalize()}{' alerts' if is_english else ''}."
        for number, text in zip(numbers, texts, strict=False):
            said += f" {number.capitalize()}: "
            start = len(said)
            said += _as_sentence(text)
            places[text] = (start, len(said))
    joined = [JoinedAlert(alert.id, *places[alert.text]) for alert in alerts]
    return JoinedText(text=said, alerts=tuple(joined))


def _as_sentence(text: str) -> str:
    plain = text.strip()
    return plain if plain.endswith(_SENTENCE_ENDS) else f"{plain}."


def is_everybodys(result: AttemptResult) -> bool:
    """Whether what became of the call holds for every alert in it.

    A signal to one process, a fault of ours and the guard's word are that process's alone: the others call.
    """
    is_stopped = result.outcome is None or result.interrupted_by is not None
    return not is_stopped and result.outcome is not Outcome.WITHHELD


def share_of(result: AttemptResult, joined: JoinedText, alert: JoinedAlert) -> AttemptResult:
    """What became of one alert in the call that came to `result`.

    Whoever hung up early has heard the first ones whole: those are delivered, unless a key was asked for,
    which stands for all. The call is paid for once, by the alert that came first.
    """
    is_payer = alert is joined.alerts[0]
    heard = _heard(result.heard_text, joined, alert)
    share = dataclasses.replace(
        result,
        id=alert.id,
        joined=joined.ids if len(joined.alerts) > 1 else (),
        heard_text=heard,
        characters=result.characters if is_payer else 0,
        price=result.price if is_payer else None,
        price_unit=result.price_unit if is_payer else None,
    )
    is_left_early = result.outcome is Outcome.HUNG_UP_EARLY and result.acknowledged is None
    if len(joined.alerts) == 1 or not is_left_early or heard != joined.text[alert.start : alert.end]:
        return share
    return dataclasses.replace(
        share,
        outcome=Outcome.DELIVERED,
        evidence=Evidence.WATCHDOG,
        detail=f"heard whole, in a call about {len(joined.alerts)} alerts that the callee left later",
    )


def _heard(heard_text: str | None, joined: JoinedText, alert: JoinedAlert) -> str | None:
    """What was heard of one alert; None where nobody knows: tags, for example, are no words."""
    if heard_text is None or not joined.text.startswith(heard_text):
        return None
    return heard_text[alert.start : alert.end]
