"""The callee's side of one call: it plays what the script plans, listens, presses keys and hangs up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing

from cartesia_simulator.carrier.call import SimulatedCall
from cartesia_simulator.carrier.callee_course import Sound, course_of
from cartesia_simulator.carrier.callee_voice import performed
from cartesia_simulator.carrier.screening import screen
from cartesia_simulator.carrier.surroundings import Surroundings
from cartesia_simulator.voice import in_thread


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
