"""Which list of the ledger a file is: nobody is called twice for a changed file, nobody is forgotten."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from cartesia_call.cli.list_run import Standing
from cartesia_call.errors import InputError
from cartesia_call.telephony.attempt import AttemptResult
from cartesia_call.telephony.outcomes import Outcome
from cartesia_call.wiring.line import open_ledger
from tests.cli.lists import HELLO, list_run, opened, settings_of, surveyed, write
from tests.store.attempts import ENDED, result
from tests.store.dial_lists import claim

LIST = "to,name\n+12025550143,Anna\n+12025550144,Bert\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path / "people.csv", LIST)


async def find(path: Path, message: str = HELLO, /, **options: object) -> tuple[Standing, bool]:
    """Where the list stands, and whether nobody is left to call."""
    with opened(path, message=message) as file:
        run = list_run(file, settings_of(**options), message=message)
        standing = await run.find()
        return standing, run.is_over(standing)


async def begin(path: Path, *results: AttemptResult, is_done: bool = False) -> str:
    """A list in the ledger whose first rows came to this; its ID."""
    standing, _ = await find(path)
    journal, record = open_ledger(rehearsal=False), dataclasses.replace(standing.record, rows=2)
    await journal.begin_list(record)
    for row, one in enumerate(results, start=1):
        await journal.begin(claim(record.id, row, id=one.id))
        await journal.close(one)
    if is_done:
        await journal.end_list(record.id, ENDED)
    return record.id


async def test_a_list_that_is_not_done_is_gone_on_with_as_it_was_only(path: Path) -> None:
    """Another message or another file is another list, and --resume would call everybody once more."""
    id = await begin(path, result("a", outcome=Outcome.DELIVERED))
    standing, is_over = await find(path, resume=True)
    assert (standing.record.id, is_over) == (id, False)
    with pytest.raises(InputError, match=f"{id}.*is not done"):
        await find(path, "Hi {name}.", resume=True)
    write(path, LIST + "+12025550145,Carl\n")
    with pytest.raises(InputError, match="is not done"):
        await find(path, resume=True)
    assert (await find(path, again=True))[0].is_new


async def test_that_a_list_is_another_one_is_told(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the one of this name is not done, or was to be gone on with."""
    id = await begin(path, is_done=True)
    write(path, LIST + "+12025550145,Carl\n")
    assert (await find(path))[0].is_new
    assert capsys.readouterr().err == ""
    assert (await find(path, resume=True))[0].is_new
    told = capsys.readouterr().err
    assert id in told
    assert "everybody on it is called" in told


async def test_a_list_that_is_done_stays_done(path: Path) -> None:
    reached = [result(id, outcome=Outcome.DELIVERED) for id in ("a", "b")]
    await begin(path, *reached, is_done=True)
    assert (await find(path, resume=True))[1]
    with pytest.raises(InputError, match="is done"):
        await find(path)


@pytest.mark.parametrize(
    ("outcome", "options", "is_over"),
    [
        (Outcome.UNKNOWN, {}, True),
        (Outcome.UNKNOWN, {"redial_unknown": True}, False),
        (Outcome.WITHHELD, {}, True),
        (Outcome.WITHHELD, {"wait": True}, False),
        (Outcome.BUSY, {}, True),
        (Outcome.BUSY, {"attempts": "2", "retry_after": "10m"}, False),
        (Outcome.SPEECH_FAILED, {}, False),
        (Outcome.TUNNEL_FAILED, {}, False),
    ],
)
async def test_a_list_that_ended_goes_on_where_it_may_reach_more(
    path: Path, outcome: Outcome, options: dict[str, object], is_over: bool
) -> None:
    """What was asked for now decides, and what failed for a reason of ours is tried again."""
    other = dataclasses.replace(result("b", outcome=outcome), call_sid=None)
    await begin(path, result("a", outcome=Outcome.DELIVERED), other, is_done=True)
    assert (await find(path, resume=True, **options))[1] is is_over


async def test_enough_is_enough_after_the_end_too(path: Path) -> None:
    """Of a list that --stop-after ended, more may be asked for."""
    await begin(path, result("a", outcome=Outcome.ACKNOWLEDGED), is_done=True)
    assert (await find(path, resume=True, stop_after="1"))[1]
    assert not (await find(path, resume=True, stop_after="2"))[1]


async def test_a_budget_that_a_list_cannot_keep_is_told_before_anybody_is_called(path: Path) -> None:
    text = "to,name\n" + "".join(f"sip:desk-{row}@example.com,P\n" for row in range(40))
    write(path, text)
    with opened(path) as file:
        settings = settings_of(cps="10")
        run = list_run(file, settings)
        with pytest.raises(InputError, match=r"40 rows .* 30 calls in 1 hour") as refusal:
            await run.call(await run.find(), surveyed(file, settings))
    assert "--budget 40/1h" in str(refusal.value.hint)
    assert await open_ledger(rehearsal=False).lists() == []
