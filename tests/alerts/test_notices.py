"""Several alerts are one message that somebody can follow, of bounded length, with an id that stays."""

from __future__ import annotations

import pytest

from cartesia_call.alerts.notices import MOST_CHARACTERS, MOST_NAMED, Alert, Notice, alert_of, shortened

DISK, LOAD = Notice("Disk full", "disk"), Notice("Load is high.", "load")
OVER = Notice("Disk full", "disk", is_resolved=True)


def alert(*notices: Notice, tells_resolved: bool = False, uncounted: int = 0) -> Alert:
    return alert_of(notices, kind="test", tells_resolved=tells_resolved, uncounted=uncounted)


def test_one_is_said_as_it_is() -> None:
    """As a sentence."""
    assert alert(DISK) == Alert("Disk full.", "test:disk")


def test_several_are_counted_and_numbered() -> None:
    """The beginning says how many there are: a callee in a hurry knows that first."""
    assert alert(DISK, LOAD).message == "2 alerts firing. One: Disk full. Two: Load is high."


def test_the_same_words_are_said_once() -> None:
    """Forty machines with one fault are one sentence."""
    many = [Notice("Disk full", f"disk{number}") for number in range(40)]
    assert alert(*many).message == "40 alerts firing, all of them: Disk full."


def test_more_than_a_handful_are_counted() -> None:
    """And so are those that the monitor itself left out."""
    many = [Notice(f"Fault {number}", str(number)) for number in range(8)]
    said = alert(*many, uncounted=10).message
    assert said.startswith("18 alerts firing. One: Fault 0. ")
    assert said.endswith("Five: Fault 4. And 13 more.")
    assert alert(DISK, uncounted=1).message == "2 alerts firing, all of them: Disk full."


def test_what_is_over_is_told_only_if_asked_for() -> None:
    """Beside what is not; alone it has words, so that whoever asked can be called."""
    assert alert(OVER, LOAD) == Alert("Load is high.", "test:load")
    assert alert(OVER, LOAD, tells_resolved=True).message == "Load is high. Resolved: Disk full."
    assert alert(OVER) == Alert("Resolved: Disk full.", "test:disk", is_resolved=True)
    assert alert(OVER, Notice("Load", "load", is_resolved=True)).message == (
        "2 alerts resolved. One: Disk full. Two: Load."
    )


def test_the_id_is_that_of_the_matter() -> None:
    """The same while it lasts and when it ends, in any order; another for more of them."""
    assert alert(DISK).id == alert(OVER).id
    assert alert(DISK, LOAD).id == alert(LOAD, DISK).id != alert(DISK).id


@pytest.mark.parametrize(
    "name", ['{}:{alertname="x"}', "Anna's server", "\ud800", "\x1b[2J", "x" * 5_000, ""]
)
def test_an_id_is_short_and_plain_whatever_the_monitor_calls_it(name: str) -> None:
    """It goes into files and onto terminals, and the monitor's words do not."""
    found = alert(Notice("words", name)).id
    assert found.startswith("test:")
    assert len(found) == len("test:") + 16
    assert found.isascii()


def test_length_is_bounded() -> None:
    """However long each is, and however many there are."""
    for count in (1, 3, MOST_NAMED, 1_000):
        long = [Notice(f"{number} " + "word " * 10_000, str(number)) for number in range(count)]
        assert len(alert(*long, tells_resolved=True).message) < MOST_CHARACTERS + 100


@pytest.mark.parametrize(
    ("text", "most", "said"),
    [
        ("one\r\n two \n\n three!", 99, "one. two. three!"),
        ("  \n ", 99, ""),
        ("word " * 100, 12, "word word…"),
        ("x" * 100, 12, "xxxxxxxxxxx…"),
        ("a " + "x" * 100, 12, "a xxxxxxxxx…"),
    ],
)
def test_lines_become_sentences_and_words_stay_whole(text: str, most: int, said: str) -> None:
    """A cut is heard as one."""
    assert shortened(text, most) == said
