"""A public line that is kept up while nobody calls: by one process, which others find and end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable, Mapping

from cartesia_call.blocking import in_daemon_thread
from cartesia_call.clock import running_s
from cartesia_call.errors import CartesiaCallError, InputError, TunnelError
from cartesia_call.loggers import logger_of
from cartesia_call.records import dataclass
from cartesia_call.settings.model import Settings
from cartesia_call.sharing.channel import Folder
from cartesia_call.sharing.member import EXCHANGE_S, ask, others, process_named
from cartesia_call.sharing.messages import Offer, Question, State
from cartesia_call.store.line_folder import LineFolder
from cartesia_call.wiring.shared_line import SharedLine
from cartesia_call.wiring.tunnel import line_folder, shared_line

logger = logger_of(__name__)

LOOK_EVERY_S = 15.0
"""Between two proofs that a line which is kept up leads here."""

STILL_LEADS_HERE_S = 5.0
"""For such a proof."""

ENDING_S = 10.0
"""For the process that keeps the line up, once it was told to end: its agent takes three at the most."""

_LOOK_S = 0.05


@dataclass(frozen=True, kw_only=True)
class LineState:
    """`line` is None while there is none; `kept_up_by` is a process, None while nobody keeps it up.
    `processes` are those that are there, but for whoever is too busy to answer."""

    line: Offer | None
    kept_up_by: int | None
    processes: tuple[State, ...]


@contextlib.asynccontextmanager
async def kept_up(
    settings: Settings, environment: Mapping[str, str], *, does: str
) -> AsyncIterator[tuple[SharedLine, str]]:
    """The line, up and proven, and its address. Left at the end of the block, it goes on for those on it.

    InputError if another process keeps it up; TunnelError or Unauthorized if there is none to be had.
    """
    line = shared_line(settings, environment, None, does=does)
    folder = line_folder(settings)
    limit_s = settings.limits.tunnel_timeout_s
    try:
        await in_daemon_thread(folder.make)
        held = await in_daemon_thread(folder.keep_up)
    except OSError as error:
        raise TunnelError(f"the public line cannot be kept: {error}", hint="is the disk full?") from error
    if held is None:
        raise InputError(
            f"the process {folder.keeper()} keeps this line up already",
            hint="`cartesia-call line down` ends it, `cartesia-call line status` shows it",
        )
    with held:
        deadline_s = running_s() + limit_s
        try:
            await line.start(within_s=limit_s)
            public_url = await line.open(0)
            if not line.is_shared:
                raise TunnelError(
                    f"the public line cannot be shared: {folder.path} takes no sockets or locks",
                    hint="name another state directory with XDG_STATE_HOME",
                )
            await line.prove(public_url, within_s=max(0.0, deadline_s - running_s()))
            yield line, public_url
        finally:
            await line.stop()


async def look_after(
    line: SharedLine,
    public_url: str,
    tell: Callable[[str], None],
    *,
    every_s: float = LOOK_EVERY_S,
    within_s: float = STILL_LEADS_HERE_S,
) -> None:
    """Prove again and again that the line leads here, for ever, and open another one if it does not.

    Each proof may take `within_s`.
    """
    is_up = True
    while True:
        await asyncio.sleep(every_s)
        try:
            if is_up:
                await line.prove(public_url, within_s=within_s)
                continue
        except CartesiaCallError as error:
            tell(f"warning: {error}; opening the line anew")
        try:
            await line.close()
            is_up = False
            public_url = await line.open(0)
            await line.prove(public_url, within_s=within_s)
        except CartesiaCallError as error:
            tell(f"warning: {error}; trying again in {every_s:g} s")
        else:
            is_up = True
            tell(f"the public line is up again: {public_url}")


async def state_of_line(settings: Settings) -> LineState:
    """Who is on the line that calls with these settings go over."""
    line_at = line_folder(settings)
    try:
        folder = Folder(line_at.path)
    except OSError:
        return LineState(line=None, kept_up_by=None, processes=())
    with contextlib.closing(folder):
        names = await in_daemon_thread(lambda: others(folder))
        asking = (ask(folder, name, Question.STATE, within_s=EXCHANGE_S) for name in names)
        answers = [answered[0] for answered in await asyncio.gather(*asking) if answered is not None]
    states = tuple(answer for answer in answers if isinstance(answer, State))
    return LineState(
        line=next((state.line for state in states if state.line is not None), None),
        kept_up_by=line_at.keeper(),
        processes=states,
    )


async def end_kept_line(settings: Settings, *, within_s: float = ENDING_S) -> int | None:
    """End the process that keeps the line up, and wait for its end; its number, None if there is none.

    TunnelError if it does not end within so many seconds.
    """
    line_at = line_folder(settings)
    told: int | None = None
    deadline_s = running_s() + within_s
    while await in_daemon_thread(lambda: line_at.is_kept_up):
        keeper = await in_daemon_thread(line_at.keeper)
        if told is None:
            told = await in_daemon_thread(lambda: _told_to_end(line_at))
        elif keeper not in {told, None}:
            break
        if running_s() > deadline_s:
            raise TunnelError(
                f"the process {keeper}, which keeps the line up, did not end within {within_s:g} s",
                hint=f"kill -9 {keeper} ends it",
            )
        await asyncio.sleep(_LOOK_S)
    return told


def _told_to_end(line_at: LineFolder) -> int | None:
    """The process that keeps the line up; None if it cannot be reached there: it has just begun, and a
    number that a killed one left may be anybody's by now."""
    keeper = line_at.keeper()
    with contextlib.closing(Folder(line_at.path)) as folder:
        if keeper is None or all(process_named(folder, name) != keeper for name in others(folder)):
            return None
    with contextlib.suppress(ProcessLookupError):
        os.kill(keeper, signal.SIGTERM)
        os.kill(keeper, signal.SIGCONT)  # one that is stopped hears nothing
    return keeper


def keeper_of_line(settings: Settings) -> int | None:
    """The process that keeps the line up; None if none does."""
    return line_folder(settings).keeper()
