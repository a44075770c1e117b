"""The results are the list once more, each row with what became of it, the bad ones among them."""

from __future__ import annotations

import csv
from pathlib import Path

from cartesia_call.cli.list_results import write_results
from cartesia_call.telephony.outcomes import Outcome
from tests.cli.lists import opened, settings_of, surveyed, write
from tests.store.attempts import result
from tests.store.dial_lists import claim, dial_list
from tests.store.ledgers import ledger_in


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
