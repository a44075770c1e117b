"""Putting a new line in the place of one that leads nowhere, by one process at a time."""

from __future__ import annotations

from collections.abc import Sequence

from cartesia_call.blocking import in_daemon_thread
from cartesia_call.clock import running_s
from cartesia_call.errors import TunnelError
from cartesia_call.loggers import logger_of
from cartesia_call.sharing.channel import Folder
from cartesia_call.sharing.member import stopped
from cartesia_call.store.file_locks import HeldFile, try_lock
from cartesia_call.store.line_folder import LineFolder
from cartesia_call.wiring.held_line import HeldLine
from cartesia_call.wiring.line_opening import LineOpener, OpenedLine

logger = logger_of(__name__)


class LineRepair:
    """Of the line in `folder`."""

    def __init__(self, folder: LineFolder, opener: LineOpener) -> None:
        self._folder = folder
        self._opener = opener

    async def begin(self) -> HeldFile | None:
        """What keeps others from it; None while another process is at it, or where the disk fails."""
        try:
            return await in_daemon_thread(lambda: try_lock(self._folder.repair_lock))
        except OSError as error:
            logger.info("the public line cannot be replaced: %s", error)
            return None

    async def open_another(self, *, within_s: float) -> tuple[OpenedLine, int | None]:
        """A line beside that which is there, and its lock; None if it can be shared with nobody."""
        opened = await self._opener.open(within_s=within_s, is_first=False)
        try:
            return opened, self._folder.replace()
        except OSError as error:
            logger.info("the new public line is shared with nobody: %s", error)
            return opened, None

    async def without_stopped(
        self, folder: Folder, silent: Sequence[str], mark: object, *, within_s: float
    ) -> tuple[OpenedLine, int | None] | None:
        """Another line in the place of the one of that `mark`, if the processes that are `silent`, who alone
        may have it, are all stopped. Their calls stand still, and fall back so. TunnelError if there is none.
        """
        deadline_s = running_s() + within_s
        processes = await in_daemon_thread(lambda: stopped(folder, silent))
        if len(processes) < len(silent):
            return None
        logger.info("the processes %s, which have the public line, are stopped", processes)
        if not self._opener.may_be_replaced:
            raise TunnelError(
                f"the process {processes[0]}, which has this machine's public line, is stopped",
                hint=f"`kill -CONT {processes[0]}` wakes it",
            )
        repairing = await self.begin()
        if repairing is None:
            return None
        with repairing:
            if self._folder.mark != mark:  # somebody else was quicker
                return None
            await self._opener.end_noted_agent()
            return await self.open_another(within_s=deadline_s - running_s())

    def is_current(self, line: HeldLine) -> bool:
        """Whether no other one has taken the place of `line`."""
        return line.lock is not None and self._folder.is_current(line.lock)
