"""One public line for all calls of this user on this machine, whichever process makes them.

Whoever needs it first opens it. Whoever comes later is given copies of all that it consists of: the socket
that listens, the tunnel's hold and the line's lock. So nobody owns it, and it lives until the last process on
it ends, however the others ended; each takes connections and passes on what is another one's.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Sequence

from cartesia_call.blocking import in_daemon_thread
from cartesia_call.clock import running_s
from cartesia_call.errors import CartesiaCallError, TunnelError
from cartesia_call.loggers import logger_of
from cartesia_call.ports import CallSecrets, Reception
from cartesia_call.sharing.channel import Folder
from cartesia_call.sharing.door import SharedDoor
from cartesia_call.sharing.member import NamedSocket, ask_for_line, hand_over, others
from cartesia_call.sharing.messages import Answer, Failure, Nothing, Offer, Question, State
from cartesia_call.store.file_locks import growing_pauses_s
from cartesia_call.store.line_folder import LineFolder
from cartesia_call.vendors.bridge import MediaBridge
from cartesia_call.wiring.held_line import (
    HeldLine,
    as_error,
    as_failure,
    new_line,
    taken_line,
)
from cartesia_call.wiring.line_opening import LineOpener, OpenedLine
from cartesia_call.wiring.line_repair import LineRepair

logger = logger_of(__name__)

_ANSWER_S = 5.0
"""For the answer of somebody who may be opening the line; then everybody is asked anew."""

JOINING_PROOF_S = 5.0
"""For the proof that a line which others opened leads here; then it is taken to lead nowhere."""

_TOO_SHORT_S = 1.0
"""In which no tunnel opens. Whoever opened none with so little left had all the time that there was."""

_FRESH_S = 1.0
"""A proof by which the line was joined counts for whoever asks for one right behind."""


class SharedLine:
    """Implements `ports.Bridge` and `ports.PublicPath` at once; `bridge` serves what comes for us.

    `does` says to others what this process is about. Where the folder
    cannot be used the line is ours alone.
    """

    def __init__(
        self,
        bridge: MediaBridge,
        opener: LineOpener,
        folder: LineFolder,
        *,
        name: str,
        does: str,
        timeout_s: float,
        joining_proof_s: float = JOINING_PROOF_S,
    ) -> None:
        self._bridge = bridge
        self._opener = opener
        self._line_folder = folder
        self._repair = LineRepair(folder, opener)
        self._name = name
        self._does = does
        self._timeout_s = timeout_s
        self._joining_proof_s = joining_proof_s
        self._folder: Folder | None = None
        self._socket: NamedSocket | None = None
        self._line: HeldLine | None = None
        self._opening: asyncio.Future[Failure | None] | None = None
        self._leaving = asyncio.Lock()
        self._deadline_s: float | None = None
        self._dead_line_id: str | None = None
        self._proven_at_s = 0.0
        self._proof_ms: float | None = None

    # --- the public path

    @property
    def warnings(self) -> tuple[str, ...]:
        return () if self._line is None else self._line.offer.warnings

    @property
    def offer(self) -> Offer | None:
        """The line that we are on."""
        return None if self._line is None else self._line.offer

    @property
    def is_shared(self) -> bool:
        """Whether other processes can be given the line that we are on."""
        return self._socket is not None and self._line is not None and self._line.lock is not None

    async def open(self, local_port: int) -> str:
        """Join the line, or open it; its public URL. TunnelError within the tunnel time-out, Unauthorized."""
        deadline_s = self._deadline_s or running_s() + self._timeout_s
        self._deadline_s = None
        if self._folder is None:
            self._hold(await self._opener.open(within_s=deadline_s - running_s(), is_first=False), None)
        pauses_s = growing_pauses_s()
        last_words: CartesiaCallError | None = None
        while self._line is None:
            left_s = deadline_s - running_s()
            if left_s <= (_TOO_SHORT_S if last_words else 0):
                raise last_words or TunnelError(
                    f"there was no place on this machine's public line within {self._timeout_s:g} s",
                    hint="`cartesia-call line status` shows who is on it",
                )
            failure = await self._look_once(left_s)
            if failure is not None:
                last_words = as_error(failure)
            if self._line is None:
                await asyncio.sleep(next(pauses_s))
        return self._line.offer.public_url

    async def close(self) -> None:
        """Leave the line; the tunnel ends with whoever leaves last."""
        async with self._leaving:
            line, self._line = self._line, None
            if line is not None:
                self._dead_line_id = line.offer.line_id  # whoever opens again found that it leads nowhere
                await self._leave(line)

    # --- the bridge

    async def start(self, *, within_s: float) -> int:
        """Be there for others. The port is that of the line, and known to it alone: 0."""
        self._deadline_s = running_s() + within_s
        try:
            self._folder = await in_daemon_thread(self._made_folder)
            self._socket = NamedSocket(
                self._folder, self._name, asked=self._answer, brought=self._bridge.serve
            )
        except OSError as error:
            logger.info("the public line is shared with nobody: %s", error)
            self._forget_folder()
        return 0

    async def prove(self, public_url: str, *, within_s: float) -> float | None:
        """As `MediaBridge.prove`; a line that was joined just now is proven already."""
        if self._proof_ms is not None and running_s() - self._proven_at_s < _FRESH_S:
            proof_ms, self._proof_ms = self._proof_ms, None
            return proof_ms
        return await self._bridge.prove(public_url, within_s=within_s)

    def stream_url(self, public_url: str, secrets: CallSecrets) -> str:
        return self._bridge.stream_url(public_url, secrets)

    def status_url(self, public_url: str, secrets: CallSecrets) -> str:
        return self._bridge.status_url(public_url, secrets)

    def attach(self, public_url: str, reception: Reception) -> None:
        self._bridge.attach(public_url, reception)

    def detach(self, reception: Reception) -> None:
        self._bridge.detach(reception)

    async def stop(self) -> None:
        """Be there for nobody any more: leave the line, close every connection."""
        if self._socket is not None:
            await self._socket.close()
            self._socket = None
        await asyncio.gather(self.close(), self._bridge.stop())
        self._forget_folder()

    # --- looking for a line

    def _made_folder(self) -> Folder:
        self._line_folder.make()
        return Folder(self._line_folder.path)

    def _forget_folder(self) -> None:
        folder, self._folder = self._folder, None
        if folder is not None:
            folder.close()

    async def _look_once(self, left_s: float) -> Failure | None:
        """Open the line if there is none, else join it; why whoever opens it could not, if that is all."""
        try:
            lock = await in_daemon_thread(self._line_folder.take)
        except OSError as error:  # an alert is worth more than a line for others
            logger.info("the public line is shared with nobody: %s", error)
            self._hold(await self._opener.open(within_s=left_s, is_first=False), None)
            return None
        if lock is not None:
            await self._open_first(lock, left_s)
            return None
        return await self._join(left_s)

    async def _open_first(self, lock: int, left_s: float) -> None:
        loop = asyncio.get_running_loop()
        deadline_s = running_s() + left_s
        self._opening = opening = loop.create_future()
        try:
            await self._opener.end_noted_agent()
            self._hold(await self._opener.open(within_s=deadline_s - running_s(), is_first=True), lock)
            opening.set_result(None)
        except CartesiaCallError as error:
            os.close(lock)
            opening.set_result(as_failure(error, is_final=running_s() < deadline_s - _TOO_SHORT_S))
            raise
        except BaseException:
            os.close(lock)
            opening.cancel()
            raise
        finally:
            self._opening = None

    async def _join(self, left_s: float) -> Failure | None:
        """Ask everybody who is there, and take the line from whoever has it."""
        folder = self._folder
        if folder is None:
            return None
        try:
            mark = self._line_folder.mark
            names = await in_daemon_thread(lambda: others(folder, self._name))
        except OSError as error:
            logger.debug("nobody is found on the public line: %s", error)
            return None
        silent: list[str] = []
        deadline_s = running_s() + left_s
        found = await ask_for_line(
            folder,
            names,
            within_s=min(left_s, _ANSWER_S),
            rather_not=self._dead_line_id,
            silent=silent.append,
        )
        match found:
            case Offer() as offer, descriptors:
                await self._adopt(offer, descriptors, left_s)
            case Failure() as failure, _:
                if failure.is_final:
                    raise as_error(failure)
                return failure
            case None if silent:
                try:
                    another = await self._repair.without_stopped(
                        folder, silent, mark, within_s=deadline_s - running_s()
                    )
                except TunnelError as error:
                    return as_failure(error, is_final=False)
                if another is not None:
                    self._hold(*another)
        return None

    async def _adopt(self, offer: Offer, descriptors: list[int], left_s: float) -> None:
        """Be on a line that others have; if it leads nowhere, open another one in its place."""
        line = taken_line(offer, descriptors, self._opener, self._door)
        if line is None:
            return
        self._line = line
        if not self._opener.may_be_replaced:
            return
        if offer.line_id != self._dead_line_id and await self._leads_here(offer, left_s):
            logger.info("on the public line that another process opened")
            return
        await self._replace(line, left_s)

    async def _leads_here(self, offer: Offer, left_s: float) -> bool:
        try:
            within_s = min(self._joining_proof_s, left_s / 2)
            self._proof_ms = await self._bridge.prove(offer.public_url, within_s=within_s)
        except TunnelError as error:
            logger.info("the public line is dead: %s", error)
            return False
        self._proven_at_s = running_s()
        return True

    async def _replace(self, dead: HeldLine, left_s: float) -> None:
        """Open another line in the place of `dead`, unless somebody else is at it or has done so.

        Those who have calls on it keep it for them. If no other can be opened, as where ngrok says that it is
        online, we are on it still, for what that is worth.
        """
        deadline_s = running_s() + left_s / 2
        repairing = await self._repair.begin()
        if repairing is None or not self._repair.is_current(dead):
            if repairing is not None:
                repairing.release()
            self._line = None
            await self._leave(dead)
            return
        with repairing:
            try:
                self._hold(*await self._repair.open_another(within_s=deadline_s - running_s()))
            except TunnelError as error:
                logger.info("the public line cannot be replaced: %s", error)
                return
            await self._leave(dead)

    # --- being on it

    def _hold(self, opened: OpenedLine, lock: int | None) -> None:
        self._line = new_line(opened, lock, self._door)

    def _door(self, listening: socket.socket) -> SharedDoor:
        return SharedDoor(listening, name=self._name, serve=self._bridge.serve, hand_over=self._hand_over)

    def _hand_over(self, name: str, connection: socket.socket) -> bool:
        return self._folder is not None and hand_over(self._folder, name, connection)

    async def _leave(self, line: HeldLine) -> None:
        await line.door.leave()
        folder = self._folder
        try:
            there = [] if folder is None else await in_daemon_thread(lambda: others(folder, self._name))
            await line.let_go(is_last=not there)
            if not there and line.tunnel is not None and self._repair.is_current(line):
                await in_daemon_thread(self._line_folder.forget_agent)
        except OSError as error:  # the next run finds that the agent has ended
            logger.debug("leaving the public line: %s", error)
        finally:
            line.close()

    async def _answer(self, question: Question) -> tuple[Answer, Sequence[int]]:
        if question is Question.STATE:
            line = await self._current_line()
            offer = None if line is None else line.offer
            return State(pid=os.getpid(), does=self._does, line=offer), ()
        if self._line is None and self._opening is not None:
            failure = await asyncio.shield(self._opening)
            if failure is not None:
                return failure, ()
        line = await self._current_line()
        return (Nothing(), ()) if line is None else (line.offer, line.descriptors)

    async def _current_line(self) -> HeldLine | None:
        """That which we are on, unless another one has taken its place: others have that."""
        line = self._line
        is_current = line is not None and await in_daemon_thread(lambda: self._repair.is_current(line))
        return line if is_current and line is self._line else None  # it may have been left meanwhile
