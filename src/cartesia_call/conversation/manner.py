"""How a conversation came to its outcome, where the outcome's own sentence does not say it."""

from __future__ import annotations

from enum import StrEnum


class Manner(StrEnum):
    """Each with its sentence."""

    FAX = "a fax machine answered"
    INFORMATION_TONES = "behind special information tones (SIT) the network announces why: nothing was left"
    NETWORK_TONE = "the network's busy or reorder tone was heard behind the answer"
    RANG_ON = "it rang on behind the answer, and nobody came"
    ON_HOLD = "music was played behind the answer, and nobody came"
    SAID_ON_HOLD = "the message was said behind hold music, and nobody answered it"
    WITHOUT_BEEP = "a machine answered, and the message was left without a beep"
    MAYBE_SCREENED = (
        "the message was left behind a tone, which may be that of call screening, and nobody came"
    )

    @property
    def is_left(self) -> bool:
        """The message was said to its end, and nothing shows that anybody will hear it."""
        return self in {Manner.SAID_ON_HOLD, Manner.WITHOUT_BEEP, Manner.MAYBE_SCREENED}
