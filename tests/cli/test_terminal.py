"""Every line that is printed or logged: one line, which steers nothing; and no other place prints."""

from __future__ import annotations

import ast
import contextlib
import json
import logging
import os
import threading
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cartesia_call
from cartesia_call.cli import terminal
from cartesia_call.cli.logs import MaskedFormatter
from tests.cli_process import CommandLine

NASTY = "a\nb\r\x1b[2J\x07\u202ec\u200e\u2066\u2028d\x9b1m\udcff"
SHOWN = "a b  [2J c d 1m\ufffd"


def test_a_line_for_people_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """On both outputs; a list of problems is a line for each."""
    terminal.print_note(NASTY, f"  - {NASTY}")
    terminal.print_result(NASTY)
    terminal.print_aside(NASTY)
    terminal.print_lines("first\nsecond\x1b[2J\u202e")
    out, err = capsys.readouterr()
    assert err.split("\n") == [f"cartesia-call: {SHOWN}", f"  - {SHOWN}", SHOWN, ""]
    assert out.split("\n") == [SHOWN, "first", "second [2J", ""]


def test_the_parser_of_the_command_line_keeps_its_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """And quotes what it was given."""
    terminal.print_usage(f"Usage: x\n\nError: no such option {NASTY.replace(chr(10), '')}\n")
    assert capsys.readouterr().err == f"Usage: x\n\nError: no such option {SHOWN.replace('a b', 'ab')}\n"


def test_a_log_line_is_one_line_and_a_traceback_is_indented_below_it() -> None:
    """So that no words of a fault look like a line of their own."""
    formatter = MaskedFormatter("cartesia-call: %(message)s")
    with pytest.raises(ValueError) as raised:
        int(f"x\ncartesia-call: delivered{NASTY}")
    fault = (raised.type, raised.value, raised.tb)
    record = logging.LogRecord("x", logging.ERROR, "x", 1, "it was %s", (NASTY,), fault)
    first, *others = formatter.format(record).split("\n")
    assert first == f"cartesia-call: it was {SHOWN}"
    assert all(line.startswith("  ") for line in others)
    assert all(line.isprintable() for line in others)


@given(st.dictionaries(st.text(), st.text(st.characters(exclude_categories=()))))
def test_json_is_whole_and_printable(fields: dict[str, str]) -> None:
    """What is invisible is escaped, and nothing is lost."""
    line = terminal.json_line(fields)
    assert line.isprintable()
    assert json.loads(line) == fields


@pytest.mark.parametrize(
    "example",
    ["such as +12025550143", "such as +12025550100.", 'write: cartesia-call dial +12025550143 "Hello"'],
)
def test_an_example_of_ours_can_be_pasted(example: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It is nobody's number. The user's own is masked beside it."""
    terminal.print_note(f"+12025550144 is wrong; {example}")
    assert capsys.readouterr().err == f"cartesia-call: +1202***0144 is wrong; {example}\n"


def test_nobody_prints_past_it() -> None:
    """Questions, which need an answer, are the one exception: `click.prompt` and `click.confirm`."""
    source = Path(cartesia_call.__file__).parent
    printing = [
        f"{path.relative_to(source)}:{node.lineno}"
        for path in source.rglob("*.py")
        if path.name != "terminal.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"print", "click.echo", "click.secho"}
    ]
    assert printing == []


def test_names_of_files_and_directories_forge_no_line(run_cli: CommandLine) -> None:
    """Nor do options, values of an env file, or a call SID."""
    forged = "x\n\x1b[1Acartesia-call: delivered\u202e"
    for arguments in (
        ("dial", "--rehearse", "+12025550143", "--file", forged),
        ("dial", f"--{forged}"),
    ):
        ran = run_cli(*arguments)
        assert ran.status == 2
        assert "\x1b" not in ran.stderr
        assert "\u202e" not in ran.stderr
        assert not [line for line in ran.stderr.splitlines() if line.startswith("cartesia-call: delivered")]


def test_a_reader_of_results_holds_nobody_up() -> None:
    """Though more is printed than its pipe holds; and all of it comes."""
    reading, writing = os.pipe()
    lines = [f"{number:0>1000}" for number in range(200)]
    got: list[bytes] = []
    with open(writing, "wb") as out, open(reading, "rb") as pipe:
        reader = threading.Thread(target=lambda: got.append(pipe.read()))
        with (
            contextlib.redirect_stdout(terminal.ForgivingText(out, encoding="utf-8")),
            terminal.results_aside(),
        ):
            for line in lines:
                terminal.print_result(line)
            reader.start()
            terminal.wait_for_results()
        out.close()
        reader.join()
    assert got[0].decode().splitlines() == lines


def test_a_reader_of_results_may_leave() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "wb") as out:
        stream = terminal.ForgivingText(out, encoding="utf-8")
        with contextlib.redirect_stdout(stream), terminal.results_aside():
            terminal.print_result("somebody was called")
            terminal.wait_for_results()
            assert not terminal.result_is_lost()


@pytest.mark.parametrize("columns", ["", "20", "52", "60", "80", "81", "200", "wide"])
def test_help_is_as_wide_as_click_would_have_it(monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert terminal.help_width() == click.HelpFormatter().width
