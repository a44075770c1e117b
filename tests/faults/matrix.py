"""Every fault, and pairs of them, by what they come to: the cases, one rehearsal each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from cartesia_call.telephony.outcomes import Evidence, Outcome, Voice

MESSAGE = "The database is down. Please call the operator. Then restart the server."
"""Three sentences, some five seconds."""

CALLEE = "answers,ring:1s"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One rehearsal and what it has to come to."""

    faults: tuple[str, ...]
    outcome: Outcome
    voice: Voice | None
    evidence: Evidence
    fallback: str = "say"
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """How the case is called in the table."""
        return " ".join(self.faults) or "(none)"

    @property
    def in_code(self) -> str:
        """The same, as a cell of the table."""
        return f"`{self.name}`" if self.faults else "none"


def _case(
    *faults: str,
    outcome: Outcome = Outcome.DELIVERED,
    voice: Voice | None = Voice.CARTESIA,
    evidence: Evidence = Evidence.MARK,
    fallback: str = "say",
    **options: object,
) -> Case:
    return Case(
        faults=faults, outcome=outcome, voice=voice, evidence=evidence, fallback=fallback, options=options
    )


def _whole(*faults: str, evidence: Evidence = Evidence.MARK) -> Case:
    """The fault changes nothing for the callee."""
    return _case(*faults, evidence=evidence)


def _carrier(*faults: str, **options: object) -> Case:
    """The carrier's voice says the message, or the rest of it."""
    return _case(*faults, voice=Voice.CARRIER, evidence=Evidence.DURATION, **options)  # type: ignore[arg-type]  # options by name


def _local(*faults: str, fallback: str = "local,say", evidence: Evidence = Evidence.MARK) -> Case:
    """The local voice says the message, or the rest of it, over the same stream."""
    return _case(*faults, voice=Voice.LOCAL, fallback=fallback, evidence=evidence)


def _failed(
    *faults: str, outcome: Outcome, fallback: str = "say", voice: Voice | None = None, **options: object
) -> Case:
    """Nobody heard all of it."""
    return _case(*faults, outcome=outcome, voice=voice, evidence=Evidence.NONE, fallback=fallback, **options)


def cases() -> Iterator[Case]:
    """All of them, in the order of the table."""
    yield _whole()
    yield from _placing()
    yield from _stream()
    yield from _hanging_up()
    yield from _speech()
    yield from _tunnel()
    yield from _pairs()


def _placing() -> Iterator[Case]:
    yield _whole("place-timeout")
    yield _whole("place-500")
    yield _failed("place-429", outcome=Outcome.CARRIER_UNAVAILABLE)
    yield _whole("place-429@3s")
    yield _failed("auth-401", outcome=Outcome.UNAUTHORIZED)
    yield _case("auth-401@ring", outcome=Outcome.HANGUP_UNCONFIRMED)
    yield _case("auth-401@speech", outcome=Outcome.HANGUP_UNCONFIRMED)
    yield _failed("geo-21215", outcome=Outcome.REFUSED)
    yield _failed("from-21210", outcome=Outcome.REFUSED)
    yield _failed("to-21211", outcome=Outcome.REFUSED)
    yield _carrier("trial")
    yield _failed("trial", outcome=Outcome.STREAM_FAILED, fallback="none")


def _stream() -> Iterator[Case]:
    for name in ("stream-never", "stream-late@20s", "start-late@20s", "wrong-token", "audio-dropped"):
        yield _carrier(name)
        yield _failed(name, outcome=Outcome.STREAM_FAILED, fallback="none")
    yield _whole("stream-late")
    yield _whole("start-late")
    yield _whole("second-stream")
    yield _carrier("audio-dropped@2s")
    yield _failed("audio-dropped@2s", outcome=Outcome.STREAM_FAILED, fallback="none")
    yield _carrier("stream-drop@speech")
    for name in ("stream-drop", "stream-drop@3s"):
        yield _carrier(name)
        yield _failed(name, outcome=Outcome.STREAM_FAILED, fallback="none", voice=Voice.CARTESIA)
    yield _whole("mark-never", evidence=Evidence.WATCHDOG)
    yield _whole("mark-late")
    yield _whole("mark-late@5s", evidence=Evidence.WATCHDOG)
    yield _whole("callbacks-lost")
    yield _whole("callbacks-lost@ring")
    yield _whole("callbacks-lost@speech")
    yield _whole("callbacks-reordered")
    yield _whole("amd-late")


def _hanging_up() -> Iterator[Case]:
    for name in ("hangup-500", "hangup-404", "hangup-ignored"):
        yield _case(name, outcome=Outcome.HANGUP_UNCONFIRMED)
        yield _case(name, fallback="none")
        yield _whole(f"{name}@4s")
    yield _case("hangup-500@speech", outcome=Outcome.HANGUP_UNCONFIRMED)


def _speech() -> Iterator[Case]:
    for name in ("speech-401", "speech-refused", "speech-silent"):
        yield _carrier(name)
        yield _local(name)
        outcome = Outcome.UNAUTHORIZED if name == "speech-401" else Outcome.SPEECH_FAILED
        yield _failed(name, outcome=outcome, fallback="none")
    for name in ("speech-429-partial@2s", "speech-close@2s", "speech-silent@2s"):
        yield _carrier(name)
        yield _local(name)
    for name in ("speech-429-partial", "speech-close", "speech-429-partial@ring", "speech-close@ring"):
        yield _carrier(name)
    yield _failed("speech-close@ring", outcome=Outcome.SPEECH_FAILED, fallback="none")
    for name in ("speech-429-partial@speech", "speech-close@speech"):
        yield _carrier(name)
        yield _local(name, fallback="local")
    yield _failed("speech-close@speech", outcome=Outcome.SPEECH_FAILED, fallback="none", voice=Voice.CARTESIA)
    yield _whole("speech-slow")
    yield _whole("speech-slow@1s")


def _tunnel() -> Iterator[Case]:
    for name in ("tunnel-refused", "tunnel-334"):
        yield _carrier(name)
        yield _failed(name, outcome=Outcome.TUNNEL_FAILED, fallback="none")
    yield _whole("tunnel-334@3s")
    yield _whole("tunnel-late")
    yield _carrier("tunnel-late@10m")
    yield _carrier("tunnel-drop")
    yield _carrier("tunnel-drop@ring")
    yield _failed("tunnel-drop@ring", outcome=Outcome.STREAM_FAILED, fallback="none")


def _pairs() -> Iterator[Case]:
    yield _whole("place-timeout", "callbacks-lost")
    yield _whole("place-500", "callbacks-reordered")
    yield _carrier("place-500", "stream-drop")
    yield _carrier("place-timeout", "tunnel-drop@ring")
    yield _failed("place-timeout", "callbacks-lost", "tunnel-drop@ring", outcome=Outcome.UNKNOWN)
    yield _failed("place-500", "tunnel-refused", outcome=Outcome.UNKNOWN)
    yield _whole("place-429@3s", "mark-never", evidence=Evidence.WATCHDOG)
    yield _carrier("tunnel-refused", "speech-401")
    yield _carrier("stream-never", "callbacks-lost")
    yield _failed("stream-never", "hangup-500@ring", outcome=Outcome.HANGUP_UNCONFIRMED)
    yield _carrier("speech-close@2s", "hangup-500@ring")
    yield _case("mark-never", "hangup-404", outcome=Outcome.HANGUP_UNCONFIRMED, evidence=Evidence.WATCHDOG)
    yield _whole("mark-never", "callbacks-lost", evidence=Evidence.WATCHDOG)
    yield _whole("second-stream", "callbacks-lost")
    yield _carrier("audio-dropped", "callbacks-lost")
    yield _local("speech-silent@2s", "mark-never", evidence=Evidence.WATCHDOG)
