"""The world around legs: carries out what they ask for, feeds them what happens, wakes them in time.

One task group and one timer for however many legs. Nothing is decided here.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import heapq
import itertools
from collections import deque
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any

from cartesia_call.calls.requests import carry_out
from cartesia_call.calls.stream import StreamDriver
from cartesia_call.conversation.talk import Talk
from cartesia_call.errors import CarrierError, LedgerError, without_frames
from cartesia_call.leg.machine import Leg
from cartesia_call.leg.requests import Action, Answer, CloseStream, HurrySpeech, NotePlaced, Request, Show
from cartesia_call.loggers import logger_of
from cartesia_call.ports import CallStage, MediaSocket, Ports

logger = logger_of(__name__)

FEW_MOMENTS = 64
"""Moments that may wait before anybody looks which of them still count."""

LEAST_INTERVAL_S = 0.001
"""Between two checks of one leg: none keeps the others waiting, whatever it asks for."""


class Legs:
    """Runs any number of legs; an asynchronous context, which ends when all that was begun has ended.

    `notice` is told of each request that is answered, before its leg is.
    """

    def __init__(self, ports: Ports, notice: Callable[[Request, Answer], None] = lambda *_: None) -> None:
        self.ports = ports
        self.notice = notice
        self._group = asyncio.TaskGroup()
        self._due: list[tuple[float, int, RunningLeg]] = []
        self._most_due = FEW_MOMENTS
        self._order = itertools.count()
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Legs:
        await self._group.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        try:
            await self._group.__aexit__(*error)
        finally:
            if self._timer is not None:
                self._timer.cancel()
            self._due.clear()  # moments at which nobody wakes any more: each keeps a whole leg

    def begin(self, work: Callable[[], Coroutine[Any, Any, None]], name: str) -> asyncio.Task[None]:
        """Do `work` beside everything else; a fault of ours in it ends nothing else."""
        return self._group.create_task(_told(work), name=name)

    def wake(self, running: RunningLeg, at_s: float) -> None:
        """Check the leg at `at_s`; an earlier moment that was asked for holds as well."""
        if running.wakes_at_s is not None and running.wakes_at_s <= at_s:
            return
        running.wakes_at_s = at_s
        heapq.heappush(self._due, (at_s, next(self._order), running))
        if len(self._due) > self._most_due:
            self._tidy_up()
        if self._due[0][-1] is running:
            self._set_timer()

    def _tidy_up(self) -> None:
        """Drop moments at which nobody wakes any more: each keeps a whole leg until it comes."""
        self._due = [due for due in self._due if due[-1].wakes_at_s == due[0]]
        heapq.heapify(self._due)
        self._most_due = 2 * len(self._due) + FEW_MOMENTS
        self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_at(self._due[0][0], self._wake_all) if self._due else None

    def _wake_all(self) -> None:
        until_s = max(self._due[0][0], self.ports.clock.now_s())
        due: list[RunningLeg] = []
        while self._due and self._due[0][0] <= until_s:
            at_s, _, running = heapq.heappop(self._due)
            if running.wakes_at_s == at_s:
                running.wakes_at_s = None
                due.append(running)
        for running in due:
            running.check(at_least_s=until_s)
        self._set_timer()


class RunningLeg:
    """One leg among others. `hurry_speech` and `note_placed` are what it asks of whoever began it."""

    def __init__(
        self,
        legs: Legs,
        leg: Leg,
        *,
        note_placed: Callable[[str], None],
        hurry_speech: Callable[[], None],
    ) -> None:
        self.leg = leg
        self.wakes_at_s: float | None = None
        self._checked_at_s = 0.0
        self.is_broken = False
        self._legs = legs
        self._ports = legs.ports
        self._note_placed = note_placed
        self._hurry_speech = hurry_speech
        self._drivers: dict[Talk, StreamDriver] = {}
        self._to_do: deque[Action] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_over = asyncio.Event()
        self.check()

    # --- feed ---

    def feed(self, happens: Callable[[float], None]) -> None:
        """Let the leg know what happens now."""
        with self._guarded():
            happens(self._ports.clock.now_s())
            self._turn()

    def check(self, *, at_least_s: float = 0.0) -> None:
        """A deadline has come, or an utterance has grown or ended."""
        self._checked_at_s = max(self._ports.clock.now_s(), at_least_s)
        with self._guarded():
            self.leg.check(self._checked_at_s)
            self._turn()

    async def over(self) -> None:
        """Until the leg is over. Whoever cancels this waits until its line is down, and is cancelled then."""
        cancelled: asyncio.CancelledError | None = None
        while not self._is_over.is_set():
            try:
                await self._is_over.wait()  # every state of a leg has a deadline
            except asyncio.CancelledError as error:
                cancelled = error
                self.feed(lambda now_s: self.leg.stop(None, now_s))
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        if cancelled is not None:
            raise cancelled

    # --- the stream ---

    def take_stream(self, socket: MediaSocket) -> StreamDriver:
        """Serve a websocket that knows the secret from now on."""
        leg = self.leg
        talk = leg.stream_connected(self._ports.clock.now_s())
        driver = StreamDriver(
            talk,
            socket,
            self._ports.clock,
            take=lambda texts: self._take_texts(talk, texts),
            woke=self._turn_guarded,
            broke=lambda: self.feed(lambda now_s: leg.stream_broke(talk, now_s)),
            gone=lambda: self._stream_gone(talk),
        )
        self._drivers[talk] = driver
        self._turn_guarded()
        return driver

    def _take_texts(self, talk: Talk, texts: Sequence[str]) -> None:
        """What came together is answered together."""
        try:  # not `_guarded`, which takes longer than most texts do
            now_s = self._ports.clock.now_s()
            is_news = False
            for text in texts:
                is_news = self.leg.stream_text(talk, text, now_s) or is_news
            if is_news:
                self._turn()
        except Exception as bug:
            logger.exception("a fault of ours during a call")
            self._put_down_for(bug)

    def _stream_gone(self, talk: Talk) -> None:
        del self._drivers[talk]
        self.feed(lambda now_s: self.leg.stream_gone(talk, now_s))

    # --- carry out ---

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        """A fault of ours puts the line down, and is told."""
        try:
            yield
        except Exception as bug:
            logger.exception("a fault of ours during a call")
            self._put_down_for(bug)

    def _put_down_for(self, bug: Exception) -> None:
        try:
            self.leg.fail(without_frames(bug), self._ports.clock.now_s())
            self._turn()
        except Exception:
            logger.exception("a fault of ours while the call was put down")
            self.is_broken = True
            self._is_over.set()

    def _turn_guarded(self) -> None:
        with self._guarded():
            self._turn()

    def _turn(self) -> None:
        """Do what the leg asks for, send what its streams have to send, wake it when it wants.

        Behind a fault of ours the rest is done in the next turn: a hang-up may be among it.
        """
        self._to_do.extend(self.leg.actions())
        while self._to_do:
            self._do(self._to_do.popleft())
        for driver in tuple(self._drivers.values()):
            driver.look()
        self._schedule()
        if self.leg.is_over:
            self.wakes_at_s = None
            self._is_over.set()

    def _schedule(self) -> None:
        at_s = self.leg.next_deadline_s()
        if at_s is not None:
            self._legs.wake(self, max(at_s, self._checked_at_s + LEAST_INTERVAL_S))

    def _do(self, action: Action) -> None:
        match action:
            case Show():
                self._ports.observer.show(self._phase(action))
            case NotePlaced(call_sid=call_sid):
                self._note_placed(call_sid)
            case HurrySpeech():
                self._hurry_speech()
            case _:
                task = self._legs.begin(functools.partial(self._answer, action), type(action).__name__)
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    def _phase(self, show: Show) -> CallStage:
        clock, played_ms = self._ports.clock, show.played_ms
        return CallStage(
            kind=show.stage,
            since_s=show.since_s,
            total_ms=show.total_ms,
            played_ms=None if played_ms is None else lambda: played_ms(clock.now_s()),
            awaits_key=show.awaits_key,
        )

    async def _answer(self, request: Request) -> None:
        answer: Answer
        try:
            if isinstance(request, CloseStream):
                answer = await self._close(request.talk)
            else:
                answer = await carry_out(request, self._ports.carrier, self._ports.ledger)
        except (CarrierError, LedgerError) as error:
            logger.debug("%s: %s", type(request).__name__, error)
            answer = without_frames(error)
        except Exception as bug:  # a call that is up goes before everything else: the leg goes on
            logger.exception("a fault of ours in a request")
            answer = without_frames(bug)
        self._legs.notice(request, answer)
        self.feed(lambda now_s: self.leg.answered(request, answer, now_s))

    async def _close(self, talk: Talk) -> bool:
        driver = self._drivers.get(talk)
        return True if driver is None else await driver.close()


async def _told(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    try:
        await work()
    except Exception:
        logger.exception("a fault of ours beside the calls")
