"""The results are the list once more, each row with what became of it, the bad ones among them."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from cartesia_call.cli.list_file import ListFile
from cartesia_call.cli.list_results import check_place, write_results
from cartesia_call.dial_list.rows import Duplicates, ListRules
from cartesia_call.dial_list.template import Template
from cartesia_call.errors import InputError
from cartesia_call.telephony.outcomes import Outcome
from tests.cli.lists import HELLO, opened, settings_of, surveyed, write
from tests.store.attempts import result
from tests.store.dial_lists import claim, dial_list
from tests.store.ledgers import ledger_in


async def test_who_is_passed_over_stands_there_with_the_reason(tmp_path: Path) -> None:
    """The file of results has a line for each of the list: none is lost between them."""
    text = "to,name\n+12025550143,Anna\n+1 202 555 0143,Ann\n+12025550144,Bo\n"
    journal = ledger_in(tmp_path / "state")
    await journal.begin_list(dial_list("a"))
    for row in (1, 3):
        await journal.begin(claim("a", row))
        await journal.close(result(f"a-{row}-1"))
    rules = ListRules(template=Template.parse(HELLO), duplicates=Duplicates.FIRST)
    path = write(tmp_path / "people.csv", text)
    with ListFile(str(path), rules, input_timeout_s=5) as file:
        assert surveyed(file, settings_of(duplicates="first")).repeated == 1
        await write_results(tmp_path / "results.csv", file, journal, "a")
    with (tmp_path / "results.csv").open(encoding="utf-8-sig", newline="") as results:
        rows = list(csv.DictReader(results))
    assert [(row["name"], row["outcome"], row["attempts"]) for row in rows] == [
        ("Anna", "delivered", "1"),
        ("Ann", "", "0"),
        ("Bo", "delivered", "1"),
    ]
    assert rows[1]["detail"] == "passed over: the number is the same as in line 2"


async def test_bad_rows_keep_their_fields_wherever_they_stand(tmp_path: Path) -> None:
    text = "to,name,note\nnobody,Zed,first\n+12025550143,Anna,\nsip:x@example.com,Sip\n"
    journal = ledger_in(tmp_path / "state")
    await journal.begin_list(dial_list("a"))
    await journal.begin(claim("a", 2))
    await journal.close(result("a-2-1", outcome=Outcome.BUSY))
    with opened(write(tmp_path / "people.csv", text)) as file:
        surveyed(file, settings_of(window="08:00-20:00", skip_bad=True))
        await write_results(tmp_path / "results.csv", file, journal, "a")
    with (tmp_path / "results.csv").open(encoding="utf-8-sig", newline="") as results:
        rows = list(csv.DictReader(results))
    assert [(row["to"], row["name"], row["outcome"], row["exit_code"]) for row in rows] == [
        ("nobody", "Zed", "", "2"),
        ("+12025550143", "Anna", "busy", "10"),
        ("sip:x@example.com", "Sip", "", "2"),
    ]
    assert rows[0]["note"] == "first"
    assert "time zone" in rows[2]["detail"]


async def test_the_file_is_written_as_the_list_is(tmp_path: Path) -> None:
    """With a mark where that has one, with its ends of lines, and a field for every column in each row."""
    journal = ledger_in(tmp_path / "state")
    await journal.begin_list(dial_list("a"))
    for name, mark, end in (("plain", "", "\n"), ("excel", "\ufeff", "\r\n")):
        text = mark + end.join(["to,name", "nobody,Zed", "+12025550143,Anna", ""])
        path = tmp_path / f"{name}.csv"
        path.write_bytes(text.encode())
        with opened(path) as file:
            surveyed(file, settings_of(skip_bad=True))
            await write_results(tmp_path / "results.csv", file, journal, "a")
        written = (tmp_path / "results.csv").read_bytes().decode()
        assert written.startswith(f"{mark}to,name,outcome")
        assert written.count("\r\n") == (3 if end == "\r\n" else 0)
        assert {line.count(",") for line in written.split(end) if line} == {9}


@pytest.mark.parametrize("place", ["-", "/dev/stdout", "/dev/null", "folder", "pipe"])
def test_only_a_file_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """Who may write to /dev would find a file in the place of standard output, for everybody."""
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    os.mkfifo("pipe")
    with pytest.raises(InputError) as refused:
        check_place(Path(place), "-")
    assert refused.value.hint == "name a CSV file"
