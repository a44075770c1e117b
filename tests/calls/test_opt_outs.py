"""Whoever asked not to be called again is on the list, whatever else became of the call."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from cartesia_call.calls.outbound import OPT_OUT_WAIT_S
from cartesia_call.clock import SystemClock
from cartesia_call.store.opt_outs import OptOutFile
from cartesia_call.telephony.outcomes import Outcome
from tests.calls.rehearsed import CALLEE, rehearsed

LIMIT_S = 600
PRESSES = "answers,ring:1s,presses:9@1s"


class HangingList:
    """Implements `ports.OptOuts` on a disk that does not answer."""

    async def add(self, callee: str) -> str:
        """Never returns."""
        await asyncio.Event().wait()
        return callee


async def test_a_call_that_may_be_up_has_its_opt_out_kept(tmp_path: Path) -> None:
    """31 is what the caller has to know; the key was pressed all the same."""
    never = tmp_path / "never.txt"
    never.touch()
    options: dict[str, Any] = {"key": ("9=opt-out",), "do_not_call": never}
    async with asyncio.timeout(LIMIT_S), rehearsed(PRESSES, "hangup-500", **options) as rehearsal:
        result = await rehearsal.run(opt_outs=OptOutFile(never, clock=SystemClock()))
        assert (result.outcome, result.key) == (Outcome.HANGUP_UNCONFIRMED, "opt-out")
        assert result.detail.endswith(f"; the number is on the do-not-call list {never}")
        assert never.read_text(encoding="utf-8").startswith(f"{CALLEE} ")


async def test_a_disk_that_hangs_holds_up_no_result(tmp_path: Path) -> None:
    """It is a warning, once its time is over."""
    options: dict[str, Any] = {"key": ("9=opt-out",), "do_not_call": tmp_path / "never.txt"}
    async with asyncio.timeout(LIMIT_S), rehearsed(PRESSES, **options) as rehearsal:
        result = await rehearsal.run(opt_outs=HangingList())
        (told,) = rehearsal.told
        assert result.outcome is Outcome.REJECTED
        assert result.detail.endswith("; the number is on no list: the disk does not answer")
        assert told.warnings == [
            f"{CALLEE} asked not to be called again, and the number is on no list: the disk does not answer; "
            "write it there yourself"
        ]
        assert (result.ended_at - result.started_at).total_seconds() < OPT_OUT_WAIT_S
