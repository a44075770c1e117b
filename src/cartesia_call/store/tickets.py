"""Tickets of those who call one number, as files: each is locked with flock(2) by the process that waits or
calls, which the kernel frees with the process.

A ticket's name begins with its number in the order, for which `order.lock` is held, so that of two one sees
the other; then follows who is called: on a full disk files can be made, and hold nothing. Its content is,
for `--join`, what is to be said. Its time of change is the moment from which it counts no more: a process
that is stopped (Ctrl-Z) holds nobody up for ever. Beside a ticket may stand that it rests, its claim, which
names the ticket that calls for it, and what it was told. All have mode 0600 in a directory 0700; what a
killed process leaves is removed with the next ticket.
"""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import json
import os
import secrets
from collections.abc import Callable, Collection, Coroutine, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, unquote

from cartesia_call.blocking import in_daemon_thread
from cartesia_call.errors import LedgerError
from cartesia_call.loggers import logger_of
from cartesia_call.policy.joining import WaitingAlert
from cartesia_call.ports import Clock
from cartesia_call.store.file_locks import HeldFile, first_free, is_free, lock, until_found
from cartesia_call.store.rows import read_result, result_text
from cartesia_call.telephony.attempt import AttemptResult
from cartesia_call.telephony.callees import compared, may_be_same
from cartesia_call.ticket_ports import Turn

logger = logger_of(__name__)

T = TypeVar("T")

DISK_S = 3.0
"""So long may one piece of work on the disk take, the wait for the order included: as the ledger's."""

_MOST_NAMED = 180
"""Bytes of a file's name, of which there are 255 on every file system, that whoever is called may take."""

_ORDER = "order.lock"
_TICKET, _RESTS, _CLAIM, _TOLD = ".ticket", ".rests", ".claim", ".told"
_NOTES = (_RESTS, _CLAIM, _TOLD)
"""What may stand beside a ticket, and goes with it."""

_PASSING = ".new"
"""What is being written; nobody else writes meanwhile."""


class FileTickets:
    """Implements `ticket_ports.Tickets` in the first of `folders` that takes files. Opens nothing yet."""

    def __init__(self, folders: Sequence[Path], *, clock: Clock) -> None:
        self._folders = folders
        self._clock = clock
        self._own: set[Path] = set()
        """Tickets of this process, whose locks need not be tried for each new one."""

    async def take(self, to: str, *, for_s: float, alert: WaitingAlert | None = None) -> FileTicket:
        """Implements the port. LedgerError, with the first folder's reason, if none takes files."""
        to = _nameable(compared(to))
        first: LedgerError | None = None
        for folder in self._folders:
            try:
                return await self._take_in(folder, to, alert, for_s)
            except LedgerError as error:
                first = first or error
        raise first or LedgerError("There is no directory for tickets.")

    async def _take_in(self, folder: Path, to: str, alert: WaitingAlert | None, for_s: float) -> FileTicket:
        until_s = self._clock.utc_now().timestamp() + for_s

        def write() -> FileTicket:
            names = _remove_dead(folder, self._own)
            number = 1 + max((int(name.partition("-")[0]) for name in names), default=0)
            path = folder / f"{number:012d}-{secrets.token_hex(4)}-{quote(to, safe='')}{_TICKET}"
            held = lock(path)
            try:
                if alert is not None:
                    _note(path, alert)
                os.utime(path, (until_s, until_s))
            except BaseException:
                held.remove()
                raise
            self._own.add(path)
            return FileTicket(path, held, to, clock=self._clock, own=self._own)

        return await _in_order(folder, write)


class FileTicket:
    """Implements `ticket_ports.Ticket`. Methods with an underscore block on the disk."""

    def __init__(self, path: Path, held: HeldFile, to: str, *, clock: Clock, own: set[Path]) -> None:
        self._path = path
        self._own = own
        self._held: HeldFile | None = held
        self._to = to
        self._clock = clock
        self._is_ahead: dict[str, bool] = {}
        self._claimed: dict[str, Path] = {}

    async def look(self) -> Turn | None:
        """Implements the port."""
        return await _in_time(self._look)

    async def turn(self) -> Turn:
        """Implements the port."""
        try:
            return await until_found(self._look)
        except OSError as error:
            raise _cannot(error) from error

    async def leave(self) -> bool:
        """Implements the port."""

        def leave() -> bool:
            if _beside(self._path, _TOLD).exists() or self._is_claimed(self._path):
                return False
            self._remove()
            return True

        return await _in_order(self._path.parent, leave)

    async def rest(self) -> None:
        """Implements the port."""
        await _in_order(self._path.parent, _beside(self._path, _RESTS).touch)

    async def resume(self) -> None:
        """Implements the port."""
        await _in_order(self._path.parent, lambda: _beside(self._path, _RESTS).unlink(missing_ok=True))

    async def hold(self, for_s: float) -> None:
        """Implements the port."""
        until_s = self._clock.utc_now().timestamp() + for_s
        await _in_time(lambda: os.utime(self._path, (until_s, until_s)))

    async def claim(self, choose: Callable[[Sequence[WaitingAlert]], Sequence[WaitingAlert]]) -> None:
        """Implements the port."""

        def claim() -> None:
            waiting = dict(self._waiting())
            for alert in choose([alert for alert, _ in waiting.items()]):
                ticket = waiting[alert]
                _write(_beside(ticket, _CLAIM), self._path.name)
                self._claimed[alert.id] = ticket

        await _in_order(self._path.parent, claim)

    async def tell(self, results: Sequence[AttemptResult]) -> None:
        """Implements the port. Who has left is not told."""

        def tell() -> None:
            for result in results:
                ticket = self._claimed[result.id]
                if ticket.exists():
                    text = result_text(result, keeps_digits=True, keeps_text=True)
                    _write(_beside(ticket, _TOLD), text)

        await _in_order(self._path.parent, tell)

    async def give_back(self) -> None:
        """Implements the port."""
        await _in_time(self._remove)

    def _remove(self) -> None:
        held, self._held = self._held, None
        if held is None:
            return
        self._own.discard(self._path)
        try:
            for suffix in _NOTES:
                _beside(self._path, suffix).unlink(missing_ok=True)
        finally:
            held.remove()

    def _look(self) -> Turn | None:
        # Whoever calls tells first and leaves then: who looks the other way round misses nothing.
        is_first = not (_rests(self._path) or self._is_claimed(self._path) or any(self._ahead()))
        told = _result_in(_beside(self._path, _TOLD))
        if told is not None:
            return Turn(told=told)
        return Turn() if is_first else None

    def _ahead(self) -> Iterator[Path]:
        for name in sorted(_names_in(self._path.parent, _TICKET)):
            if name >= self._path.name:
                return
            if name not in self._is_ahead:
                self._is_ahead[name] = may_be_same(_callee_of(name), self._to)
            other = self._path.with_name(name)
            if self._is_ahead[name] and not _rests(other) and self._counts(other):
                yield other

    def _waiting(self) -> Iterator[tuple[WaitingAlert, Path]]:
        """Alerts behind this ticket, or at rest, that nobody else calls for, and their tickets."""
        for other in sorted(self._path.parent.glob(f"*{_TICKET}")):
            is_passed = other.name < self._path.name and not _rests(other)
            if is_passed or other == self._path or not self._counts(other) or self._is_claimed(other):
                continue
            alert = _alert_of(other) if compared(_callee_of(other.name)) == compared(self._to) else None
            if alert is not None:
                yield alert, other

    def _is_claimed(self, ticket: Path) -> bool:
        """Whether another living process calls for this ticket."""
        try:
            claimant = _beside(ticket, _CLAIM).read_text(encoding="utf-8")
        except FileNotFoundError:
            return False
        return claimant != self._path.name and self._counts(ticket.with_name(claimant))

    def _counts(self, ticket: Path) -> bool:
        """Whether a living process has this ticket, and has not outstayed its time."""
        try:
            until_s = ticket.stat().st_mtime
        except FileNotFoundError:
            return False
        return until_s > self._clock.utc_now().timestamp() and not is_free(ticket)


def _remove_dead(folder: Path, own: Collection[Path]) -> list[str]:
    """Remove what belongs to no living process; the names of the tickets that are left. For use in order."""
    alive = set()
    for name in _names_in(folder, _TICKET):
        ticket = folder / name
        if ticket not in own and is_free(ticket):
            ticket.unlink(missing_ok=True)
        else:
            alive.add(name)
    for name in _names_in(folder, _PASSING):
        (folder / name).unlink(missing_ok=True)
    for name in _names_in(folder, *_NOTES):
        path = folder / name
        if path.with_suffix(_TICKET).name not in alive:
            path.unlink(missing_ok=True)
    return list(alive)


def _names_in(folder: Path, *suffixes: str) -> list[str]:
    try:
        return [name for name in os.listdir(folder) if name.endswith(suffixes)]
    except FileNotFoundError:
        return []


def _nameable(to: str) -> str:
    """`to`, or for an address too long for a file's name another one that stands for it alone."""
    if len(quote(to, safe="")) <= _MOST_NAMED:
        return to
    return f"sip:{hashlib.sha256(to.encode()).hexdigest()}@too-long.invalid"


def _note(ticket: Path, alert: WaitingAlert) -> None:
    """Where the disk takes it: else nobody calls for this ticket, and it waits for its own turn."""
    try:
        ticket.write_text(json.dumps(dataclasses.asdict(alert)), encoding="utf-8")
    except OSError as error:
        logger.info("nobody else can call for this process: %s", error)


def _alert_of(ticket: Path) -> WaitingAlert | None:
    """What a ticket has to say; None if that is nothing that this release knows."""
    try:
        return WaitingAlert(**json.loads(ticket.read_bytes()))
    except (FileNotFoundError, TypeError, ValueError):
        return None


def _result_in(path: Path) -> AttemptResult | None:
    """What a ticket was told; None if that is nothing, or in words that only another release knows."""
    try:
        result, foreign = read_result(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, AttributeError, KeyError, TypeError, ValueError):
        return None
    return None if foreign else result


def _callee_of(name: str) -> str:
    """Whom a ticket of that name is for; nobody if the name is another release's."""
    _, _, quoted = name.removesuffix(_TICKET).partition("-")[2].partition("-")
    return unquote(quoted)


def _rests(ticket: Path) -> bool:
    return _beside(ticket, _RESTS).exists()


def _beside(ticket: Path, suffix: str) -> Path:
    return ticket.with_suffix(suffix)


def _write(path: Path, text: str) -> None:
    """Whole or not at all, for this user's eyes."""
    passing = path.with_name(f"{path.name}.{secrets.token_hex(4)}{_PASSING}")
    descriptor = os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        passing.replace(path)
    except BaseException:
        passing.unlink(missing_ok=True)
        raise


async def _in_order(folder: Path, work: Callable[[], T]) -> T:
    """Nobody else does anything that this was asked for meanwhile, in whatever process."""

    async def run() -> T:
        order = await first_free(folder, [_ORDER])
        try:
            return await in_daemon_thread(work)
        finally:
            order.release()

    return await _limited(run())


async def _in_time(work: Callable[[], T]) -> T:
    return await _limited(in_daemon_thread(work))


async def _limited(work: Coroutine[Any, Any, T]) -> T:
    try:
        async with asyncio.timeout(DISK_S):
            return await work
    except OSError as error:  # a time-out is one
        raise _cannot(error) from error


def _cannot(error: OSError) -> LedgerError:
    reason = error.strerror or str(error) or "the disk does not answer"
    return LedgerError(f"Calls to one number cannot be kept apart: {reason}.")
