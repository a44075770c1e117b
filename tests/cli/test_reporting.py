"""`history --report`: from the ledger to a page in a file, with masked numbers and local times."""

from __future__ import annotations

import asyncio
import dataclasses
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

from click.testing import CliRunner, Result

from cartesia_call.cli.history import history
from cartesia_call.cli.reporting import history_report, list_report, reported
from cartesia_call.clock import SystemClock
from cartesia_call.errors import InputError
from cartesia_call.ledger_ports import DialListRecord, ListPlace
from cartesia_call.report.page import render
from cartesia_call.store.directories import directories
from cartesia_call.store.ledger import SqliteLedger
from cartesia_call.store.rows import LedgerRow
from cartesia_call.telephony.outcomes import Outcome
from tests.cli_process import CommandLine
from tests.report.pages import read
from tests.store.attempts import CALLEE, CALLER_ID, STARTED, intent, result

MASKED_CALLEE = "+1202***0143"
MADE = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def write_two_calls() -> None:
    async def write() -> None:
        book = SqliteLedger(directories(rehearsal=False).state, clock=SystemClock(), busy_timeout_s=10)
        for minutes, id in enumerate(("aa1", "aa2")):
            await book.begin(intent(id, created_at=STARTED + timedelta(minutes=minutes)))
        detail = f"Twilio says that {CALLEE} alias (202) 555-0143 is busy."
        await book.close(result("aa1", outcome=Outcome.BUSY, detail=detail))

    asyncio.run(write())


def rows() -> list[LedgerRow]:
    write_two_calls()
    book = SqliteLedger(directories(rehearsal=False).state, clock=SystemClock(), busy_timeout_s=10)
    return asyncio.run(book.recent(20))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(history, list(arguments))


def test_the_last_calls_become_a_page_for_its_owner(tmp_path: Path) -> None:
    """As many as --limit says; a line tells what was written, and the table is not printed."""
    write_two_calls()
    path = tmp_path / "report.html"
    finished = run("--report", str(path))
    assert (finished.exit_code, finished.stdout) == (0, f"{path}: a report of 2 calls\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    document = read(path.read_text(encoding="utf-8"))
    assert document.all("h1")[0].text == "The last 2 calls"
    assert run("--report", str(path), "--limit", "1").stdout == f"{path}: a report of 1 call\n"
    assert read(path.read_text(encoding="utf-8")).all("h1")[0].text == "The last call"
    assert list(tmp_path.iterdir()) == [path]


def test_numbers_are_whole_on_request_alone(tmp_path: Path) -> None:
    """In the sentences of others, too, however they are written there."""
    write_two_calls()
    path = tmp_path / "report.html"
    run("--report", str(path))
    page = path.read_text(encoding="utf-8")
    assert MASKED_CALLEE in page
    for whole in (CALLEE, CALLER_ID, "555-0143"):
        assert whole not in page
    run("--report", str(path), "--show-numbers")
    assert CALLEE in path.read_text(encoding="utf-8")


def test_nothing_makes_a_report_of_nothing(tmp_path: Path) -> None:
    """Whoever mails it every morning has something to mail."""
    path = tmp_path / "report.html"
    finished = run("--report", str(path))
    assert finished.exit_code == 0
    assert "holds nothing yet" in finished.stderr
    assert "There are no calls." in read(path.read_text(encoding="utf-8")).text


def test_what_is_no_file_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    for path, reason in ((tmp_path, "it is not a file"), (tmp_path / "no" / "report.html", "No such file")):
        error = run("--report", str(path)).exception
        assert isinstance(error, InputError)
        assert reason in str(error)
        assert str(error).startswith("cannot write a report to ")
    assert list(tmp_path.iterdir()) == []


def test_an_object_and_a_page_are_not_asked_for_at_once(tmp_path: Path) -> None:
    error = run("--report", str(tmp_path / "report.html"), "--json").exception
    assert isinstance(error, InputError)
    assert list(tmp_path.iterdir()) == []


def test_a_rehearsal_becomes_a_page_on_standard_output(run_cli: CommandLine) -> None:
    """Nothing else is printed there; the message is not in it; its times are those of this machine."""
    assert run_cli("dial", "--rehearse", CALLEE, "Heron at dawn.").status == 0
    ran = run_cli("history", "--rehearsal", "--report", "-", env={"TZ": "Asia/Kolkata"})
    assert (ran.status, ran.stderr) == (0, "")
    document = read(ran.stdout)
    assert "REHEARSAL" in document.text
    assert "delivered" in document.text
    times = [node.attributes["datetime"] or "" for node in document.all("time")]
    assert times
    assert all(moment.endswith("+05:30") for moment in times)
    assert "Answered, at the earliest" in document.text
    assert "Heron" not in ran.stdout
    assert CALLEE not in ran.stdout


def test_without_the_extra_it_says_what_to_install(exec_cli: CommandLine, tmp_path: Path) -> None:
    """In one line, before anything is written."""
    (tmp_path / "svg.py").write_text("raise ModuleNotFoundError(\"No module named 'svg'\", name='svg')")
    path = tmp_path / "report.html"
    ran = exec_cli("history", "--report", str(path), env={"PYTHONPATH": str(tmp_path)})
    assert (ran.status, ran.stdout) == (2, "")
    assert "cartesia-call[report]" in ran.stderr
    assert not path.exists()


def test_the_report_of_a_list_is_of_that_list_alone(tmp_path: Path) -> None:
    async def write() -> None:
        book = SqliteLedger(directories(rehearsal=False).state, clock=SystemClock(), busy_timeout_s=10)
        await book.begin_list(
            DialListRecord(id="L1", digest="d", name="people.csv", rows=3, created_at=STARTED)
        )
        await book.begin(dataclasses.replace(intent("bb1"), place=ListPlace(list_id="L1", row=1, attempt=1)))

    write_two_calls()
    asyncio.run(write())
    path = tmp_path / "report.html"
    finished = run("--list", "L1", "--report", str(path))
    assert (finished.exit_code, finished.stdout) == (0, f"{path}: a report of 1 call\n")
    assert read(path.read_text(encoding="utf-8")).all("h1")[0].text == "people.csv"


def test_what_is_open_is_not_ended() -> None:
    made = history_report(rows(), made_at=MADE, rehearsal=False, other_carrier=False, show_numbers=False)
    assert (made.began_at, made.ended_at) == (STARTED, None)


def test_a_list_has_its_rows_and_those_that_nobody_called() -> None:
    """Whoever reads its journal says which row an attempt was for."""
    newest, oldest = rows()
    placed = [
        dataclasses.replace(oldest, place=ListPlace(list_id="L1", row=2, attempt=1)),
        dataclasses.replace(newest, place=ListPlace(list_id="L1", row=5, attempt=3)),
    ]
    record = DialListRecord(id="L1", digest="d", name="people.csv", rows=9, created_at=STARTED)
    made = list_report(record, placed, made_at=MADE, rehearsal=False, other_carrier=False, show_numbers=False)
    assert [(one.row, one.attempt, one.outcome) for one in made.attempts] == [(2, 1, "busy"), (5, 3, None)]
    assert made.ended_at is None
    document = read(render(made))
    assert document.all("h1")[0].text == "people.csv"
    assert "7 rows not called" in document.text


def test_a_settled_row_has_the_sentence_of_who_settled_it() -> None:
    row = dataclasses.replace(rows()[0], settled="its process was gone", ended_at=STARTED)
    assert reported(row, None, show_numbers=False).sentence == "its process was gone"
