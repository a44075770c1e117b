"""What the carrier's own voice says: plain words, as many whole sentences as it takes."""

from __future__ import annotations

from bisect import bisect_left

from cartesia_call.records import dataclass
from cartesia_call.speech.message_text import Message
from cartesia_call.speech.script import without_tags
from cartesia_call.telephony.say_limits import SayLimits


@dataclass(frozen=True, kw_only=True)
class CarrierText:
    """What the carrier's own voice says. `is_cut`: its end is missing."""

    text: str
    is_cut: bool


def carrier_text(message: Message, limits: SayLimits) -> CarrierText | None:
    """As many whole sentences of `message`, from the first on, as the carrier takes; None: it has no words.

    A first sentence that alone is too long is cut at white space, or anywhere if it has none. What fits still
    fits when its end is cut off.
    """
    plain = without_tags(message.text)
    if limits.hold(plain):
        return CarrierText(text=plain, is_cut=False) if plain else None
    room = bisect_left(message.ends, True, key=lambda end: not limits.hold(without_tags(message.text[:end])))
    kept = without_tags(message[:room].text) or _as_many_words(plain, limits)
    return CarrierText(text=kept, is_cut=True) if kept else None


def _as_many_words(text: str, limits: SayLimits) -> str:
    prefix = text[: bisect_left(range(1, len(text) + 1), True, key=lambda end: not limits.hold(text[:end]))]
    return (prefix[: prefix.rfind(" ")] if " " in prefix.strip() else prefix).rstrip()
