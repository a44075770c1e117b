"""One process on a line, as the others reach it: by a socket that bears its name."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from cartesia_call.loggers import logger_of
from cartesia_call.sharing.accepting import Accepting
from cartesia_call.sharing.channel import (
    Folder,
    close_all,
    connected,
    is_own_user,
    process_of,
    receive,
    send,
)
from cartesia_call.sharing.messages import (
    Answer,
    Failure,
    Offer,
    Question,
    answer_line,
    question_line,
    read_answer,
    read_question,
)
from cartesia_call.sharing.routes import is_name

logger = logger_of(__name__)

EXCHANGE_S = 2.0
"""For a question, or for the answer of somebody who has it ready."""

_WAITING_TO_BE_ACCEPTED = 128


class NamedSocket:
    """Ours. `asked` answers a question, with descriptors that stay its own; `brought` gets a connection."""

    def __init__(
        self,
        folder: Folder,
        name: str,
        *,
        asked: Callable[[Question], Awaitable[tuple[Answer, Sequence[int]]]],
        brought: Callable[[socket.socket], None],
    ) -> None:
        """OSError where it cannot be bound."""
        self._path = folder.path / name
        self._asked = asked
        self._brought = brought
        self._serving: set[asyncio.Task[None]] = set()
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        draft = f".{name}"
        try:
            self._listening.bind(folder.address(draft))
            os.chmod(folder.path / draft, 0o600)
            self._listening.listen(_WAITING_TO_BE_ACCEPTED)
            # Under its name it has always listened: a name that refuses is one of a process that is gone.
            os.rename(folder.path / draft, self._path)
        except BaseException:
            self._listening.close()
            _remove(folder.path / draft)
            raise
        self._accepting = Accepting(
            self._listening, self._answer, complaint="a process on the line is not heard"
        )

    async def close(self) -> None:
        """Take it away; questions that are being answered are left."""
        if self._listening.fileno() < 0:
            return
        self._accepting.stop()
        _remove(self._path)
        self._listening.close()
        for task in tuple(self._serving):
            task.cancel()
        if self._serving:
            await asyncio.wait(self._serving)

    def _answer(self, channel: socket.socket) -> None:
        task = asyncio.create_task(self._serve(channel), name="answering a process on the line")
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, channel: socket.socket) -> None:
        with channel:
            if not is_own_user(channel):
                logger.warning("another user's process asked for this line and was turned away")
                return
            try:
                line, descriptors = await receive(channel, within_s=EXCHANGE_S)
            except (OSError, TimeoutError) as error:
                logger.debug("a question that was none: %s", error)
                return
            question = _question(line)
            if question is Question.CONNECTION and len(descriptors) == 1:
                self._take(descriptors)
                return
            close_all(descriptors)
            if question is not None and question is not Question.CONNECTION:
                answer, beside = await self._asked(question)
                with contextlib.suppress(OSError):  # whoever asked is gone
                    send(channel, answer_line(answer), beside)

    def _take(self, descriptors: list[int]) -> None:
        try:
            connection = socket.socket(fileno=descriptors[0])
        except OSError as error:
            close_all(descriptors)
            logger.warning("what was handed over is no connection: %s", error)
            return
        self._brought(connection)


def _question(line: bytes) -> Question | None:
    """None for what is none, and for somebody who only looked whether we are there."""
    try:
        return read_question(line) if line else None
    except ValueError as error:
        logger.debug("a question that was none: %s", error)
        return None


def hand_over(folder: Folder, name: str, connection: socket.socket) -> bool:
    """Pass `connection` to the process called `name`; whether there is one that takes it."""
    try:
        with connected(folder.address(name)) as channel:
            send(channel, question_line(Question.CONNECTION), [connection.fileno()])
    except OSError as error:
        logger.debug("a connection for %s, which is not there: %s", name, error)
        return False
    return True


async def ask(
    folder: Folder, name: str, question: Question, *, within_s: float
) -> tuple[Answer, list[int]] | None:
    """What the process called `name` answers, with descriptors that are the caller's; None without an
    answer within so many seconds."""
    try:
        with connected(folder.address(name)) as channel:
            send(channel, question_line(question))
            line, descriptors = await receive(channel, within_s=within_s)
    except (OSError, TimeoutError) as error:
        logger.debug("%s did not answer: %s", name, error)
        return None
    try:
        return read_answer(line), descriptors
    except ValueError:
        close_all(descriptors)
        return None


async def ask_for_line(
    folder: Folder,
    names: Sequence[str],
    *,
    within_s: float,
    rather_not: str | None = None,
    silent: Callable[[str], None] = lambda _: None,
) -> tuple[Answer, list[int]] | None:
    """Ask all of `names`: the first line that is offered, or why one could not be opened; None if nobody
    says either within so many seconds. A line called `rather_not` is taken if there is no other.

    The descriptors are the caller's. `silent` is told who answered nothing at all in that time.
    """
    asking = {
        asyncio.create_task(ask(folder, name, Question.LINE, within_s=within_s)): name for name in names
    }
    found: tuple[Answer, list[int]] | None = None
    spare: list[tuple[Answer, list[int]]] = []
    try:
        waiting = set(asking)
        while waiting and found is None:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                match task.result():
                    case (Offer(line_id=line_id), _) as offered if found is None and line_id != rather_not:
                        found = offered
                    case (Failure(is_final=True), _) as failed if found is None:
                        found = failed
                    case None:
                        silent(asking[task])
                    case other:
                        spare.append(other)
        if found is None:
            useful = (each for each in spare if isinstance(each[0], Offer | Failure))
            found = next(useful, None)
        return found
    finally:
        for task in asking:
            task.cancel()
        if asking:
            await asyncio.wait(asking)
        for task in asking:
            answered = None if task.cancelled() else task.result()
            if answered is not None and answered is not found:
                close_all(answered[1])


def others(folder: Folder, own_name: str | None = None) -> list[str]:
    """Names of the processes that are there; those of ones that are gone are removed."""
    found = []
    for entry in sorted(os.listdir(folder.path)):
        if is_name(entry) and entry != own_name:
            if is_alive(folder, entry):
                found.append(entry)
            else:
                _remove(folder.path / entry)
    return found


def is_alive(folder: Folder, name: str) -> bool:
    """Whether a process of that name is there, even one that is too busy to answer."""
    try:
        connected(folder.address(name)).close()
    except (ConnectionRefusedError, FileNotFoundError):
        return False
    except OSError as error:
        logger.debug("%s: %s", name, error)
    return True


def process_named(folder: Folder, name: str) -> int | None:
    """The process called `name`, even one that answers nothing; None if it is gone or cannot be told."""
    try:
        with connected(folder.address(name)) as channel:
            return process_of(channel) or None
    except OSError as error:
        logger.debug("%s: %s", name, error)
        return None


def stopped(folder: Folder, names: Sequence[str]) -> list[int]:
    """Those of `names` that are stopped and do nothing until they are woken, by their numbers: somebody
    pressed Ctrl-Z, or looks at them with a debugger. Only Linux tells."""
    processes = (process_named(folder, name) for name in names)
    return [process for process in processes if process is not None and _is_stopped(process)]


def _is_stopped(process: int) -> bool:
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] in {"T", "t"}  # proc_pid_stat(5): the state, behind the name


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)
