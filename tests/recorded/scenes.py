"""The traces of this folder: what was called, how, and what the program makes of each of them.

`python -m tests.recorded` makes them anew with the built-in network. One that somebody sent in, of a live
call, stands beside them with a row of its own and is not made anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from cartesia_call.telephony.outcomes import Outcome

FOLDER = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One call to `callee`, with `faults` in the network and `options` as on the command line."""

    name: str
    outcome: Outcome
    callee: str
    faults: tuple[str, ...] = ()
    options: dict[str, object] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """Where its trace is."""
        return FOLDER / f"{self.name}.jsonl"


SCENES = (
    Scene(
        name="acknowledged",
        outcome=Outcome.ACKNOWLEDGED,
        callee="answers,ring:1s,presses:1@4s",
        options={"ack": "1"},
    ),
    Scene(
        name="voicemail",
        outcome=Outcome.VOICEMAIL_LEFT,
        callee="voicemail,ring:1s,greeting:3s",
        options={"voicemail": "leave", "amd": "carrier"},
    ),
    Scene(name="hung-up-early", outcome=Outcome.HUNG_UP_EARLY, callee="answers,ring:1s,hangs-up@1s"),
    Scene(name="busy", outcome=Outcome.BUSY, callee="busy"),
    Scene(name="declined", outcome=Outcome.DECLINED, callee="declines"),
    Scene(
        name="lost-answer",
        outcome=Outcome.DELIVERED,
        callee="answers,ring:20s",
        faults=("place-timeout", "callbacks-lost"),
    ),
    Scene(
        name="young-404",
        outcome=Outcome.DELIVERED,
        callee="answers,ring:1s",
        faults=("hangup-404",),
        options={"fallback": "none"},
    ),
    Scene(name="stream-drop", outcome=Outcome.DELIVERED, callee="answers,ring:1s", faults=("stream-drop",)),
    Scene(name="invalid-number", outcome=Outcome.REFUSED, callee="answers", faults=("to-21211",)),
    Scene(
        name="speech-broken",
        outcome=Outcome.DELIVERED,
        callee="answers,ring:1s",
        faults=("speech-429-partial",),
    ),
    Scene(
        name="tunnel-late", outcome=Outcome.DELIVERED, callee="answers,ring:1s", faults=("tunnel-late@5s",)
    ),
)
