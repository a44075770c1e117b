"""`simulator compare` tells of each difference and its belief, to people and to programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cartesia_call.cli.comparing import compare_command
from cartesia_call.errors import InputError
from cartesia_simulator.comparing.assumptions import ASSUMPTIONS
from tests.recorded.scenes import FOLDER

ACKNOWLEDGED = FOLDER / "acknowledged.jsonl"


def compare(*arguments: str) -> object:
    return compare_command.main(args=list(arguments), standalone_mode=False)


def test_the_networks_own_trace_shows_no_difference(capsys: pytest.CaptureFixture[str]) -> None:
    assert compare(str(ACKNOWLEDGED)) == 0
    told = capsys.readouterr()
    assert told.out == ""
    assert "no differences to the built-in network" in told.err


def test_each_difference_is_a_line_with_its_place_and_its_belief(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "call.jsonl"
    other.write_text(ACKNOWLEDGED.read_text().replace('"SequenceNumber","1"', '"SequenceNumber","5"'))
    assert compare(str(other)) == 0
    told = capsys.readouterr()
    (line,) = told.out.splitlines()
    assert line.endswith("sequence numbers come as 0, 5, 2, 3; refutes callbacks-in-sequence")
    assert "line " in line
    assert "1 difference to" in told.err


def test_programs_get_one_object_with_every_belief(capsys: pytest.CaptureFixture[str]) -> None:
    compare("--json", str(ACKNOWLEDGED))
    told = json.loads(capsys.readouterr().out)
    assert (told["schema"], told["network"], told["whole"]) == (1, "built-in", True)
    assert told["differences"] == []
    assert {belief["name"] for belief in told["assumptions"]} == ASSUMPTIONS.keys()
    assert {belief["source"] for belief in told["assumptions"]} == {"built-in"}


def test_the_table_shows_what_would_settle_what_is_open(capsys: pytest.CaptureFixture[str]) -> None:
    compare("--all", str(ACKNOWLEDGED))
    told = capsys.readouterr().out
    assert "no-marks-after-the-end" in told
    assert "settled by a callee who hangs up inside the message" in told
    assert "built-in network" in told


def test_a_trace_steers_no_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "call.jsonl"
    other.write_text(ACKNOWLEDGED.read_text().replace('"event":"dtmf"', '"event":"\\u001b[2Jdtmf\\n"'))
    compare(str(other))
    told = capsys.readouterr().out
    assert "\x1b" not in told
    assert len(told.splitlines()) == 1


@pytest.mark.parametrize("content", ["", "hello", '{"trace": 2}'])
def test_what_is_no_trace_is_wrong_usage(tmp_path: Path, content: str) -> None:
    path = tmp_path / "call.jsonl"
    path.write_text(content)
    with pytest.raises(InputError, match=str(path)):
        compare(str(path))


def test_a_missing_file_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        compare(str(tmp_path / "none.jsonl"))


@pytest.mark.parametrize("given", ["/dev/zero", "/dev/full"])
def test_a_device_without_an_end_is_no_trace(given: str) -> None:
    with pytest.raises(InputError, match="it is no trace"):
        compare(given)


def test_a_trace_that_an_editor_has_saved_is_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With a byte-order mark and other ends of lines."""
    path = tmp_path / "call.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + ACKNOWLEDGED.read_bytes().replace(b"\n", b"\r\n"))
    compare("--json", str(path))
    told = json.loads(capsys.readouterr().out)
    assert (told["whole"], told["differences"]) == (True, [])


def test_messages_that_cannot_be_read_are_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "call.jsonl"
    path.write_bytes(ACKNOWLEDGED.read_bytes().replace(b'{"ms"', b'\xff{"ms"', 3))
    compare(str(path))
    assert "the trace is not whole" in capsys.readouterr().err
