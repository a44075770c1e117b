"""The callee's side of one call: it plays what the script plans, listens, presses keys and hangs up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing

from cartesia_call.audio.mulaw import BYTES_PER_S, FRAME_BYTES, FRAME_MS, to_pcm16
from cartesia_call.ports import Clock
from cartesia_simulator.carrier.call import SimulatedCall
from cartesia_simulator.carrier.callee_course import Sound, course_of
from cartesia_simulator.carrier.callee_voice import performed
from cartesia_simulator.carrier.surroundings import Surroundings
from cartesia_simulator.voice import in_thread

ENOUGH_WORDS_S = 0.5
"""What is shorter is a noise, and no answer."""

PAUSE_S = 1.5
"""How long the silence behind an answer is that ends it."""

READING_S = 2.0
"""How long the person then takes to decide."""

PATIENCE_S = 20.0
"""How long a silence the robot bears before it gives up."""

_LISTENS_EVERY_S = 0.1
_LOUD = 500
"""Of 32,768: about 36 dB below the loudest; speech is far above, the noise of a line below."""
_LOUD_SAMPLES = FRAME_BYTES // 8
_IS_LOUD = bytes(
    abs(int.from_bytes(to_pcm16(bytes([code])), "little", signed=True)) > _LOUD for code in range(256)
)
"""By mu-law code, 1 for a loud sample."""


def words_and_silence_s(heard: bytes) -> tuple[float, float]:
    """How many seconds of words there are in `heard`, and how long it has been silent since the last."""
    loud = heard.translate(_IS_LOUD)
    words = 0
    last_end = 0
    for start in range(0, len(loud), FRAME_BYTES):
        if loud.count(1, start, start + FRAME_BYTES) >= _LOUD_SAMPLES:
            words += 1
            last_end = min(start + FRAME_BYTES, len(loud))
    return words * FRAME_MS / 1000, (len(loud) - last_end) / BYTES_PER_S


async def screen(call: SimulatedCall, clock: Clock, *, asked_after_s: float) -> float | None:
    """Listen to what `call` hears from the end of the question on. When the person has decided, in seconds
    after the answer, which is still to come; None if nobody said who is calling. It understands nothing: what
    is loud is words, whoever says them.
    """
    asked = round(asked_after_s * BYTES_PER_S)
    while True:
        await clock.sleep(_LISTENS_EVERY_S)
        heard = call.heard
        words_s, silent_s = words_and_silence_s(heard[asked:])
        if words_s >= ENOUGH_WORDS_S and silent_s >= PAUSE_S:
            return len(heard) / BYTES_PER_S - silent_s + PAUSE_S + READING_S
        if silent_s >= PATIENCE_S:
            return None


class CalleeSide:
    """Create it, `prepare` while it rings, `act` once it is answered; to cancel `act` is to leave off.

    `press` and `hang_up` are what somebody at a telephone can do besides speaking.
    """

    def __init__(
        self,
        call: SimulatedCall,
        around: Surroundings,
        *,
        press: Callable[[str], None],
        hang_up: Callable[[], None],
    ) -> None:
        self._call = call
        self._script = around.callee
        self._course = course_of(around.callee)
        self._clock = around.clock
        self._voice = around.voice
        self._known = around.performed
        self._press = press
        self._hang_up = hang_up
        self._person_speech = b""

    async def prepare(self) -> None:
        """Make the audio: a voice that is still at work would fall behind a fast clock."""
        self._call.says(await self._performed(self._course.sounds), after_s=0.0)
        self._person_speech = await self._performed(self._course.person_sounds)

    async def act(self) -> None:
        """From the answer on."""
        course = self._course
        if course.records_after_s is not None:
            self._call.records(after_s=course.records_after_s, length_s=self._script.records_s)
        # No group: one that is cancelled holds the task it is in, which holds the exception with the group.
        leaving = asyncio.create_task(self._leave())
        try:
            if course.asked_after_s is not None:
                await self._be_screened(course.asked_after_s)
            elif course.person_after_s is not None:
                await self._be_at_the_telephone(course.person_after_s)
            await leaving
        finally:
            leaving.cancel()
            await asyncio.wait({leaving})

    async def _leave(self) -> None:
        if self._course.hangs_up_after_s is not None:
            await self._hang_up_at(self._course.hangs_up_after_s)

    async def _be_screened(self, asked_after_s: float) -> None:
        decided_after_s = await screen(self._call, self._clock, asked_after_s=asked_after_s)
        if decided_after_s is None:
            self._hang_up()
        elif self._script.refuses:
            await self._hang_up_at(decided_after_s)
        else:
            person_after_s = max(decided_after_s, self._call.answered_for_s)
            self._call.says(self._person_speech, after_s=person_after_s)
            await self._be_at_the_telephone(person_after_s)

    async def _be_at_the_telephone(self, after_s: float) -> None:
        self._call.person_after_s = after_s
        for key, at_s in sorted(self._script.presses, key=lambda press: press[1]):
            await self._until(after_s + at_s)
            self._press(key)

    async def _hang_up_at(self, after_s: float) -> None:
        await self._until(after_s)
        self._hang_up()

    async def _until(self, after_s: float) -> None:
        await self._clock.sleep(max(0.0, after_s - self._call.answered_for_s))

    async def _performed(self, sounds: tuple[Sound, ...]) -> bytes:
        audio = self._known.get(sounds) if sounds else b""
        if audio is None:
            async with aclosing(in_thread(performed(sounds, self._voice))) as chunks:
                audio = b"".join([chunk async for chunk in chunks])
            self._known[sounds] = audio
        return audio
