"""`history` and `show`: the ledger for people and, with --json, for programs."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pty
import re
import sqlite3
from datetime import timedelta

import click
import pytest
from click.testing import CliRunner, Result

from cartesia_call.cli.history import history, show
from cartesia_call.cli.render import result_fields
from cartesia_call.clock import SystemClock
from cartesia_call.errors import InputError, LedgerError
from cartesia_call.policy.guard import GUARD
from cartesia_call.store.directories import directories
from cartesia_call.store.ledger import SqliteLedger
from cartesia_call.store.rows import time_text
from cartesia_call.store.schema import DATABASE_NAME
from cartesia_call.telephony.outcomes import Outcome
from tests.cli_process import CommandLine
from tests.isolation import HOME_VARIABLES
from tests.store.attempts import ACCOUNT_SID, CALLEE, CALLER_ID, STARTED, intent, result

MASKED_CALLEE = "+1202***0143"


def ledger(*, rehearsal: bool = False) -> SqliteLedger:
    return SqliteLedger(directories(rehearsal=rehearsal).state, clock=SystemClock(), busy_timeout_s=10)


def write_three_calls() -> None:
    """One delivered, one settled by a later run, one whose process still runs; in this order."""

    async def write() -> None:
        book = ledger()
        for minutes, id in enumerate(("aa1", "aa2", "bb3")):
            await book.begin(intent(id, created_at=STARTED + timedelta(minutes=minutes)))
        await book.close(result("aa1", call_sid="CA111"))
        await book.settle("aa2", "never known to be placed; its process was gone")
        await book.placed("bb3", "CA333")

    asyncio.run(write())


def run(command: click.Command, *arguments: str, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(command, list(arguments), env=env)


@pytest.mark.parametrize(
    ("arguments", "ledger"), [([], "calls"), (["--json"], "calls"), (["--rehearsal"], "rehearsals")]
)
def test_without_a_ledger_there_is_nothing_to_list(arguments: list[str], ledger: str) -> None:
    """Standard error says so, standard output is empty, nothing is created, and that is a success."""
    finished = run(history, *arguments)
    assert (finished.exit_code, finished.stdout) == (0, "")
    (line,) = finished.stderr.splitlines()
    assert line.startswith(f"cartesia-call: the ledger of {ledger} holds nothing yet")
    assert ("--rehearsal" in line) == (ledger == "calls")
    assert not directories(rehearsal=False).state.exists()


def test_history_is_an_aligned_table_without_whole_numbers() -> None:
    """Newest first, in plain columns when standard output is no terminal."""
    write_three_calls()
    finished = run(history)
    assert finished.exit_code == 0
    heading, *lines = finished.output.splitlines()
    assert heading.split("  ")[0] == "ID"
    started = STARTED.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    cells = [re.split(r"  +", line) for line in lines]
    assert [line[0] for line in cells] == ["bb3", "aa2", "aa1"]
    assert cells[2] == [
        *("aa1", started, MASKED_CALLEE, "delivered", "CA111", "4.2 s"),
        "The whole message was played.",
    ]
    assert cells[1][2:6] == [MASKED_CALLEE, "settled", "-", "-"]
    assert cells[0][2:] == [MASKED_CALLEE, "open", "CA333", "-", "-"]
    columns = {line.index(MASKED_CALLEE) for line in lines} | {heading.index("TO")}
    assert len(columns) == 1
    assert "\x1b" not in finished.output


def test_what_a_machine_heard_is_not_listed() -> None:
    """The message was not meant for it; `show` and the object have the figure."""

    async def write() -> None:
        book = ledger()
        await book.begin(intent("aa1"))
        await book.close(result("aa1", call_sid="CA111", outcome=Outcome.VOICEMAIL_SKIPPED))

    asyncio.run(write())
    cells = re.split(r"  +", run(history).output.splitlines()[1])
    assert cells[3:6] == ["voicemail-skipped", "CA111", "-"]
    assert json.loads(run(show, "aa1", "--json").output)["heard_ms"] == 4200


def test_history_shows_whole_numbers_on_request() -> None:
    """By option, or by the variable that every option has."""
    write_three_calls()
    assert CALLEE not in run(history).output
    assert CALLEE in run(history, "--show-numbers").output
    assert CALLEE in run(history, env={"CARTESIA_CALL_SHOW_NUMBERS": "1"}).output


def test_history_is_limited() -> None:
    write_three_calls()
    lines = run(history, "--limit", "2", "--json").output.splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["bb3", "aa2"]
    assert len(run(history, "--json", env={"CARTESIA_CALL_LIMIT": "1"}).output.splitlines()) == 1
    assert run(history, "--limit", "0").exit_code == 2


def test_history_json_is_one_object_per_line_with_the_fields_of_dial() -> None:
    """Whole numbers; a row without a result has what is known of it."""
    write_three_calls()
    is_open, settled, delivered = map(json.loads, run(history, "--json").output.splitlines())
    assert delivered["schema"] == 1
    as_dialled = result_fields(result("aa1", call_sid="CA111"))
    assert as_dialled.items() <= delivered.items()
    assert (delivered["to"], delivered["from"]) == (CALLEE, CALLER_ID)
    assert (delivered["account_sid"], delivered["region"], delivered["settled"]) == (ACCOUNT_SID, "us1", None)
    assert (settled["outcome"], settled["settled"]) == (None, settled["detail"])
    assert "never known" in settled["settled"]
    assert settled["started_at"] == "2026-03-01T12:01:00.000Z"
    assert (is_open["ended_at"], is_open["outcome"], is_open["call_sid"]) == (None, None, "CA333")


def test_a_row_of_a_newer_release_is_listed_with_its_own_word() -> None:
    """Its outcome is shown as it was written, without an exit code; every other row is listed as ever."""
    write_three_calls()
    path = directories(rehearsal=False).state / DATABASE_NAME
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute(
            "UPDATE calls SET outcome = ?1, result = json_set(result, '$.outcome', ?1) WHERE id = 'aa1'",
            ("beamed-up",),
        )
    listed = run(history)
    assert listed.exit_code == 0
    assert [re.split(r"  +", line)[3] for line in listed.output.splitlines()[1:]] == [
        "open",
        "settled",
        "beamed-up",
    ]
    shown = json.loads(run(show, "aa1", "--json").output)
    assert (shown["outcome"], shown["exit_code"], shown["heard_ms"]) == ("beamed-up", None, 4200)


def test_a_call_that_was_held_back_is_listed_with_its_reason() -> None:
    """From the row alone, as it stands if the process died before it could tell its result."""

    async def write() -> None:
        book = ledger()
        for id in ("a", "b", "c"):
            await book.begin(intent(id, no_guard_reason="fire drill"))
            await book.close(result(id, call_sid=f"CA{id}"))
        await book.begin(intent("d"), GUARD)

    asyncio.run(write())
    cells = re.split(r"  +", run(history).output.splitlines()[1])
    assert [*cells[2:6], cells[6][:14]] == [MASKED_CALLEE, "withheld", "-", "-", "the guard lets"]
    shown = json.loads(run(show, "d", "--json").output)
    assert (shown["outcome"], shown["detail"], shown["no_guard_reason"]) == ("withheld", cells[6], None)
    assert json.loads(run(show, "a", "--json").output)["no_guard_reason"] == "fire drill"


def test_rehearsals_have_a_ledger_of_their_own() -> None:
    async def write() -> None:
        book = ledger(rehearsal=True)
        await book.begin(intent("rehearsed"))
        await book.close(result("rehearsed"))

    asyncio.run(write())
    assert run(history).stdout == ""
    assert "rehearsed" in run(history, "--rehearsal").output
    assert run(show, "rehearsed", "--rehearsal").exit_code == 0
    with pytest.raises(InputError, match="holds no 'rehearsed'"):
        show.main(["rehearsed"], standalone_mode=False)


@pytest.mark.parametrize("name", ["aa1", "CA111", "CA1"])
def test_show_prints_every_field(name: str) -> None:
    """By id, call SID, or a beginning that fits one call only; numbers masked, nested fields by path."""
    write_three_calls()
    finished = run(show, name)
    fields = dict(re.split(r"  +", line, maxsplit=1) for line in finished.output.splitlines())
    assert (fields["id"], fields["call_sid"], fields["outcome"]) == ("aa1", "CA111", "delivered")
    assert (fields["to"], fields["from"]) == (MASKED_CALLEE, "+1202***0100")
    assert (fields["timing.ring"], fields["screened"], fields["stream_sid"]) == ("3101 ms", "no", "-")
    assert (fields["heard_ms"], fields["timing.placed_after"]) == ("4200 ms", "-")
    assert (fields["region"], fields["time_limit_s"]) == ("us1", "120")
    assert CALLEE not in finished.output
    assert CALLEE in run(show, name, "--show-numbers").output


def test_show_json_is_the_object_of_history() -> None:
    write_three_calls()
    shown = run(show, "aa1", "--json").output
    assert shown.count("\n") == 1
    assert json.loads(shown) == json.loads(run(history, "--json").output.splitlines()[2])


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("zz", "The ledger of calls holds no 'zz'."), ("aa", "2 calls begin with 'aa'."), ("", "holds no ''")],
)
def test_show_of_no_single_call_is_wrong_usage(name: str, sentence: str) -> None:
    """One sentence, and a hint at what to do."""
    write_three_calls()
    with pytest.raises(InputError) as caught:
        show.main([name], standalone_mode=False)
    assert sentence in str(caught.value)
    assert caught.value.hint


def test_a_vendors_words_do_not_steer_the_terminal() -> None:
    """Control characters and line breaks in a stored sentence become spaces; numbers in it are masked."""

    async def write() -> None:
        book = ledger()
        await book.begin(intent("a"))
        await book.close(result("a", outcome=Outcome.REFUSED, detail=f"\x1b[2Jno\n{CALLEE} [bold]"))

    asyncio.run(write())
    finished = run(history)
    assert finished.output.splitlines()[-1].endswith(f"[2Jno {MASKED_CALLEE} [bold]")
    assert "\x1b" not in finished.output + run(show, "a").output


def test_a_damaged_ledger_is_a_ledger_error() -> None:
    state = directories(rehearsal=False).state
    state.mkdir(parents=True)
    (state / DATABASE_NAME).write_text("not a database at all" * 100)
    with pytest.raises(LedgerError, match="is damaged"):
        history.main([], standalone_mode=False)


def test_old_calls_are_forgotten_on_request() -> None:
    """Whole rows of calls that are over; one whose process still runs is kept, and rehearsals are apart."""
    write_three_calls()
    assert run(history, "forget", "--older-than", "1d", "--rehearsal").output == "0 rehearsals forgotten\n"
    done = run(history, "forget", "--older-than", "1d")
    assert (done.exit_code, done.stdout) == (0, "2 calls forgotten\n")
    assert [json.loads(line)["id"] for line in run(history, "--json").stdout.splitlines()] == ["bb3"]


@pytest.mark.parametrize("age", ["23h", "90", "0d", "soon", "-1d", "99999999999d"])
def test_calls_of_the_last_day_are_not_forgotten(age: str) -> None:
    """The guard counts them: who could forget them could call somebody all night."""
    write_three_calls()
    done = run(history, "forget", f"--older-than={age}")
    assert isinstance(done.exception, InputError)
    assert "--older-than" in str(done.exception)
    assert len(run(history, "--json").stdout.splitlines()) == 3


def test_an_option_in_the_wrong_place_forgets_nothing() -> None:
    """`history --rehearsal forget` would forget calls."""
    write_three_calls()
    done = run(history, "--rehearsal", "forget", "--older-than", "1d")
    assert done.exit_code == 2
    assert "Write the options behind 'forget'" in done.stderr
    assert len(run(history, "--json").stdout.splitlines()) == 3


def test_the_commands_are_part_of_the_program(exec_cli: CommandLine) -> None:
    """As a process: nothing to list is 0, an unknown id is 2 with its sentence on standard error."""
    listed = exec_cli("history")
    assert (listed.status, listed.stdout) == (0, "")
    assert "holds nothing yet" in listed.stderr
    unknown = exec_cli("show", "nothing")
    assert (unknown.status, unknown.stdout) == (2, "")
    assert "holds no 'nothing'" in unknown.stderr


def test_a_terminal_gets_lines_that_fit(run_cli: CommandLine) -> None:
    """`--long` draws all cells, and cuts none that one would copy, however narrow the window is."""
    write_three_calls()
    started = STARTED.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    short = on_a_terminal(run_cli, "history", columns=60).splitlines()
    assert short[-1] == f"{started}  {MASKED_CALLEE}  delivered  4.2 s  aa1"
    assert len(short) == 4
    long = re.sub(r"\x1b\[[0-9;]*m", "", on_a_terminal(run_cli, "history", "--long", columns=40))
    assert all(cell in long for cell in ("aa1", started, MASKED_CALLEE, "CA111", "4.2 s"))


def on_a_terminal(run_cli: CommandLine, *arguments: str, columns: int) -> str:
    """What the program writes to a terminal of that width, in the home of this test."""
    ours, its = pty.openpty()
    home = {name: os.environ[name] for name in HOME_VARIABLES}
    environment = {**home, "TERM": "xterm", "COLUMNS": str(columns)}
    process = run_cli.start(*arguments, env=environment, stdin=its, stdout=its, stderr=its)
    os.close(its)
    written = b""
    with contextlib.suppress(OSError):  # Linux: how a terminal ends whose last writer is gone
        while piece := os.read(ours, 65536):
            written += piece
    os.close(ours)
    assert process.wait() == 0
    return written.decode()


def test_a_long_history_is_read_piece_by_piece() -> None:
    """However many calls there are, none is left out and none comes twice."""
    write_three_calls()
    first = SystemClock().utc_now()
    with contextlib.closing(sqlite3.connect(directories(rehearsal=False).state / DATABASE_NAME)) as database:
        database.executemany(
            "INSERT INTO calls (id, created_at, to_number, caller_id, account_sid, region, time_limit_s)"
            " VALUES (?, ?, ?, ?, ?, 'us1', 100)",
            (
                (f"many-{n}", time_text(first - timedelta(seconds=n // 2)), CALLEE, CALLER_ID, ACCOUNT_SID)
                for n in range(2500)
            ),
        )
        database.commit()
    told = CliRunner().invoke(history, ["--json", "--limit", "2400"]).stdout.splitlines()
    ids = [json.loads(line)["id"] for line in told]
    assert len(ids) == len(set(ids)) == 2400
    assert {f"many-{n}" for n in range(2400 - 3)} <= set(ids)
