"""`batch`: everybody on the list, once, and the truth about each row."""

from __future__ import annotations

import asyncio
import csv
import json
import signal
from pathlib import Path

import pytest

from tests.cli.live_network import live_environment, live_network, reached
from tests.cli_process import CommandLine

HELLO = "Hello {name}."
LIST = "to,name\n+12025550143,Anna\n+12025550144,Bert\n(202) 555-0145,Carl\n"


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(LIST, encoding="utf-8")
    return path


def test_everybody_is_called_and_each_row_told(run_cli: CommandLine, people: Path) -> None:
    ended = run_cli(
        *("batch", str(people), "--message", HELLO, "--rehearse", "--country", "US", "--json"),
        *("--callee", "answers,ring:1s;busy;answers,ring:1s"),
    )
    *attempts, end = map(json.loads, ended.stdout.splitlines())
    assert ended.status == end["exit_code"] == 19
    assert sorted((one["row"], one["line"]) for one in attempts) == [(1, 2), (2, 3), (3, 4)]
    assert sorted(one["outcome"] for one in attempts) == ["busy", "delivered", "delivered"]
    assert {one["list"] for one in attempts} == {end["list"]}
    assert (end["rows"], end["reached"], end["outcomes"]) == (3, 2, {"delivered": 2, "busy": 1})
    assert "Anna" not in ended.stderr


def test_a_list_that_is_all_reached_is_one_line_and_0(run_cli: CommandLine, people: Path) -> None:
    ended = run_cli("batch", str(people), "--message", HELLO, "--rehearse", "--country", "US")
    assert ended.status == 0
    assert ended.stdout.startswith("REHEARSAL: people.csv: 3 of 3 reached (list ")
    assert ended.stderr == ""


def test_the_results_are_the_list_and_what_became_of_each_row(
    run_cli: CommandLine, people: Path, tmp_path: Path
) -> None:
    results = tmp_path / "results.csv"
    run_cli(
        *("batch", str(people), "--message", HELLO, "--rehearse", "--country", "US"),
        *("--callee", "busy;answers,ring:1s", "--results", str(results)),
    )
    with results.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["to"], row["name"]) for row in rows] == [
        ("+12025550143", "Anna"),
        ("+12025550144", "Bert"),
        ("(202) 555-0145", "Carl"),
    ]
    assert sorted((row["outcome"], row["exit_code"]) for row in rows) == [
        ("busy", "10"),
        ("delivered", "0"),
        ("delivered", "0"),
    ]
    assert results.stat().st_mode & 0o777 == 0o600
    again = run_cli(
        *("batch", str(results), "--message", HELLO, "--rehearse", "--country", "US", "--dry-run")
    )
    assert again.status == 0


def test_results_never_overwrite_the_list(run_cli: CommandLine, people: Path) -> None:
    ended = run_cli("batch", str(people), "--message", HELLO, "--rehearse", "--results", str(people))
    assert ended.status == 2
    assert people.read_text(encoding="utf-8") == LIST


BROKEN = "to,name\n+12025550143,Anna\nnobody,Bert\n+12025550144,\n+1 202 555 0143,Dora\n"


def test_all_bad_rows_are_told_at_once_and_nobody_is_called(run_cli: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(BROKEN, encoding="utf-8")
    ended = run_cli("batch", str(path), "--message", HELLO, "--rehearse", "--json")
    assert ended.status == 2
    told = json.loads(ended.stdout)
    assert [problem["line"] for problem in told["problems"]] == [3, 4, 5]
    assert all(f"people.csv, line {line}" in ended.stderr for line in (3, 4, 5))


def test_bad_rows_may_be_skipped_and_are_not_reached(run_cli: CommandLine, tmp_path: Path) -> None:
    path, results = tmp_path / "people.csv", tmp_path / "results.csv"
    path.write_text(BROKEN, encoding="utf-8")
    ended = run_cli(
        *("batch", str(path), "--message", HELLO, "--rehearse", "--skip-bad", "--results", str(results))
    )
    assert ended.status == 19
    assert "1 of 4 reached, 3 bad rows" in ended.stderr
    with results.open(encoding="utf-8-sig", newline="") as file:
        assert [row["outcome"] for row in csv.DictReader(file)] == ["delivered", "", "", ""]


def test_a_dry_run_says_what_it_comes_to_and_calls_nobody(run_cli: CommandLine, people: Path) -> None:
    ended = run_cli("batch", str(people), "--message", HELLO, "--rehearse", "--country", "US", "--dry-run")
    assert ended.status == 0
    assert "rows             3" in ended.stdout
    assert "Hello Anna." in ended.stdout


def test_a_list_may_come_from_standard_input(run_cli: CommandLine) -> None:
    ended = run_cli(
        "batch", "-", "--message", HELLO, "--rehearse", "--country", "US", stdin=LIST.encode("utf-16")
    )
    assert ended.status == 0
    assert "standard input: 3 of 3 reached" in ended.stdout


def test_no_list_is_one_error(run_cli: CommandLine, tmp_path: Path) -> None:
    ended = run_cli("batch", str(tmp_path / "none.csv"), "--message", HELLO, "--rehearse")
    assert ended.status == 2
    assert "cannot be read" in ended.stderr


@pytest.mark.real_time
async def test_nobody_is_called_twice_by_mistake(run_cli: CommandLine, people: Path) -> None:
    """The same list again is refused, whether it is done or not; --again says that it is meant."""
    command = ("batch", str(people), "--message", HELLO, "--country", "US", "--cps", "20")
    async with live_network() as network:
        environment = live_environment(network) | {"CARTESIA_CALL_NO_GUARD": "a test calls them again"}

        async def run(*options: str) -> tuple[int, str]:
            ended = await asyncio.to_thread(run_cli, *command, *options, env=environment)
            return ended.status, ended.stdout + ended.stderr

        assert (await run())[0] == 0
        status, told = await run()
        assert status == 2
        assert "--again" in told
        assert (await run("--resume"))[0] == 0
        assert len(network.carrier.calls) == 3
        assert (await run("--again"))[0] == 0
        assert len(network.carrier.calls) == 6


@pytest.mark.real_time
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_the_first_signal_lets_calls_end_and_resume_goes_on(
    run_cli: CommandLine, people: Path, number: signal.Signals
) -> None:
    command = ("batch", str(people), "--message", HELLO, "--country", "US", "--cps", "1")
    async with live_network("answers,ring:0.5s") as network:
        environment = live_environment(network)
        process = run_cli.start(*command, env=environment)
        await reached(lambda: bool(network.carrier.calls))
        process.send_signal(number)
        ended = await asyncio.to_thread(run_cli.wait, process)
        assert ended.status == 128 + number
        assert "nobody else is called" in ended.stderr
        called = len(network.carrier.calls)
        assert called < 3
        assert all(call.status.is_final for call in network.carrier.calls.values())
        assert f"{called} of 3 reached, {3 - called} not called" in ended.stderr
        resumed = await asyncio.to_thread(run_cli, *command, "--resume", env=environment)
        assert resumed.status == 0
        assert sorted(call.to for call in network.carrier.calls.values()) == [
            "+12025550143",
            "+12025550144",
            "+12025550145",
        ]


@pytest.mark.real_time
async def test_the_second_signal_hangs_up(run_cli: CommandLine, people: Path) -> None:
    long_text = "This is a long message for you, {name}. " * 20
    async with live_network("answers,ring:0.2s") as network:
        process = run_cli.start(
            *("batch", str(people), "--message", long_text, "--country", "US", "--cps", "10"),
            env=live_environment(network),
        )
        await reached(lambda: any(call.stream_audio for call in network.carrier.calls.values()))
        process.send_signal(signal.SIGINT)
        await asyncio.sleep(0.5)
        process.send_signal(signal.SIGINT)
        ended = await asyncio.to_thread(run_cli.wait, process)
        assert ended.status == 130
        assert all(call.status.is_final for call in network.carrier.calls.values())


@pytest.mark.real_time
async def test_the_third_signal_leaves_and_tells_which_calls_may_be_up(
    run_cli: CommandLine, people: Path
) -> None:
    """An object for each, and 31 before the signal's own status."""
    async with live_network("answers,ring:0.2s", "hangup-ignored") as network:
        process = run_cli.start(
            *("batch", str(people), "--message", "A long message. " * 50, "--country", "US", "--cps", "10"),
            "--json",
            env=live_environment(network),
        )
        await reached(lambda: any(call.stream_audio for call in network.carrier.calls.values()))
        for _ in range(3):
            process.send_signal(signal.SIGINT)
            await asyncio.sleep(0.4)
        ended = await asyncio.to_thread(run_cli.wait, process)
    told = [json.loads(line) for line in ended.stdout.splitlines()]
    assert ended.status == 31
    assert {one["outcome"] for one in told} == {"hangup-unconfirmed"}
    assert all(one["call_sid"] in ended.stderr for one in told)


@pytest.mark.real_time
async def test_a_signal_that_keeps_nobody_from_being_called_changes_no_status(
    run_cli: CommandLine, people: Path
) -> None:
    command = ("batch", str(people), "--message", HELLO, "--country", "US", "--cps", "10")
    async with live_network("answers,ring:0.5s") as network:
        environment = live_environment(network)
        process = run_cli.start(*command, env=environment)
        await reached(lambda: len(network.carrier.calls) == 3)
        process.send_signal(signal.SIGTERM)
        assert (await asyncio.to_thread(run_cli.wait, process)).status == 0
        assert (await asyncio.to_thread(run_cli, *command, "--resume", env=environment)).status == 0
        assert len(network.carrier.calls) == 3


@pytest.mark.real_time
async def test_two_processes_never_call_one_list(run_cli: CommandLine, people: Path) -> None:
    command = ("batch", str(people), "--message", HELLO, "--country", "US", "--resume")
    async with live_network("answers,ring:1s") as network:
        environment = live_environment(network)
        first = run_cli.start(*command, env=environment)
        await reached(lambda: bool(network.carrier.calls))
        second = await asyncio.to_thread(run_cli, *command, env=environment)
        assert second.status == 2
        assert "another process is calling this list" in second.stderr
        assert (await asyncio.to_thread(run_cli.wait, first)).status == 0
        assert len(network.carrier.calls) == 3
