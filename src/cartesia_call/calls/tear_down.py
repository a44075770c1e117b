"""The end of all calls of a command: what was opened for them is given up."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

from cartesia_call.errors import CartesiaCallError
from cartesia_call.loggers import logger_of
from cartesia_call.ports import Ports

logger = logger_of(__name__)

TEAR_DOWN_S = 5.0
"""So long may closing bridge, path and the rest take altogether; the ledger has a limit of its own."""


async def tear_down(ports: Ports, *others: Coroutine[Any, Any, None]) -> None:
    """Give up everything that was opened, `others` first; nothing that blocks delays the end."""
    closing = (*others, ports.bridge.stop(), ports.path.close(), ports.carrier.close())
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(TEAR_DOWN_S):
            for result in await asyncio.gather(*closing, return_exceptions=True):
                _log_fault(result)


def _log_fault(result: object) -> None:
    if isinstance(result, CartesiaCallError):
        logger.info("while closing: %s", result)
    elif isinstance(result, Exception):
        logger.error("a fault of ours while closing", exc_info=result)
