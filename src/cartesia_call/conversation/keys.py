"""What the keys of a telephone answer: words, the user's own among them, and what each comes to.

A word of the user's own says that the message was heard and answered, whatever the answer is: the outcome is
`acknowledged`, and which word it was stands beside it. Two words decline, whoever chooses the key.
"""

from __future__ import annotations

from cartesia_call.telephony.outcomes import Outcome

ACKNOWLEDGED_WORD = str(Outcome.ACKNOWLEDGED)
"""The word of `--ack`."""

REJECTED_WORD = str(Outcome.REJECTED)
"""The word of `--reject`."""

OPT_OUT = "opt-out"
"""The word of whoever does not want to be called again."""

REPEAT_KEY = "*"
"""The key that says the message again, unless it is one that answers."""


def outcome_of(word: str) -> Outcome:
    """What a call comes to in which the key of this name is pressed."""
    return Outcome.REJECTED if word in {REJECTED_WORD, OPT_OUT} else Outcome.ACKNOWLEDGED


def sentence_of(word: str) -> str:
    """What the callee did who pressed the key of this name."""
    if word == OPT_OUT:
        return "the callee asked not to be called again"
    outcome = outcome_of(word)
    return outcome.means.sentence if word == outcome else f"the callee pressed the key that means {word}"
