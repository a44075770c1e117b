"""Where a conversation stands."""

from __future__ import annotations

from enum import Enum, auto


class Phase(Enum):
    """What is being said, or waited for. The waiting ones are silent and have a limit."""

    NOT_STARTED = auto()
    GREETING = auto()
    """The callee may say hello first."""
    MESSAGE = auto()
    PROMPT = auto()
    KEY = auto()
    """A key may come."""
    VERDICT = auto()
    """Was it a machine?"""
    RINGING = auto()
    """It rings on behind the answer: until somebody speaks, or it stops."""
    HOLD = auto()
    """Music plays: until somebody says hello, or it has been silent for long."""
    MACHINE = auto()
    """Until the machine records."""
    VOICEMAIL = auto()
    IDENTITY = auto()
    SEEKING_PERSON = auto()
    """Until the screening robot has found the person, or whoever answered has shown what they are."""
    SETTLING = auto()
    """Until the beep cannot be the network's tone any more."""
    CONFIRMATION = auto()
    FINISHED = auto()


TO_PERSON = frozenset({Phase.GREETING, Phase.RINGING, Phase.MESSAGE, Phase.PROMPT, Phase.KEY, Phase.VERDICT})
"""The callee is held for a person."""

TO_MACHINE = frozenset({Phase.MACHINE, Phase.VOICEMAIL, Phase.SETTLING})
"""The callee is held for a machine that records."""

TO_ROBOT = frozenset({Phase.IDENTITY, Phase.SEEKING_PERSON})
"""The callee is held for a robot that screens calls."""
