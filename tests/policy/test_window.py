"""The hours in which calls may be placed, where the callee is; and the moment after which it is too late."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from cartesia_call.policy.window import (
    Window,
    parse_time,
    parse_window,
    withheld_by_not_after,
    withheld_by_window,
)
from cartesia_call.policy.withheld import Rule

NEW_YORK = ZoneInfo("America/New_York")
BERLIN = ZoneInfo("Europe/Berlin")
DAY = parse_window("08:00-21:00")
NIGHT = parse_window("22:00-06:00")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("window", "now"),
    [
        (DAY, "2026-03-02 13:00"),
        (DAY, "2026-03-03 01:59"),
        (NIGHT, "2026-03-02 03:00"),
        (NIGHT, "2026-03-02 10:59"),
    ],
)
def test_an_open_window_lets_a_call_through(window: Window, now: str) -> None:
    """The clock that counts is the callee's: New York, five hours behind UTC in winter."""
    assert withheld_by_window(window, NEW_YORK, utc(now)) is None


@pytest.mark.parametrize(
    ("window", "now", "until"),
    [
        (DAY, "2026-03-02 12:59", "2026-03-02 13:00"),
        (DAY, "2026-03-02 02:00", "2026-03-02 13:00"),
        (DAY, "2026-03-02 05:30", "2026-03-02 13:00"),
        (NIGHT, "2026-03-02 11:00", "2026-03-03 03:00"),
        (NIGHT, "2026-03-03 02:59", "2026-03-03 03:00"),
    ],
)
def test_a_closed_window_says_when_it_opens(window: Window, now: str, until: str) -> None:
    """The start belongs to the window, the end does not; the next opening may be tomorrow's."""
    withheld = withheld_by_window(window, NEW_YORK, utc(now))
    assert withheld is not None
    assert (withheld.rule, withheld.until) == (Rule.WINDOW, utc(until))


def test_the_sentence_has_the_callees_time() -> None:
    withheld = withheld_by_window(DAY, NEW_YORK, utc("2026-03-02 03:41"))
    assert withheld is not None
    assert withheld.detail == (
        "it is 22:41 EST there, outside 08:00-21:00; the window opens at 2026-03-02 08:00 EST"
    )


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-03-28 22:00", "2026-03-29 06:00"),
        ("2026-10-24 21:00", "2026-10-25 07:00"),
    ],
)
def test_the_window_opens_by_the_clock_when_the_clocks_change(now: str, until: str) -> None:
    """Eight in the morning in Berlin, in the night before summer time begins and before it ends."""
    withheld = withheld_by_window(DAY, BERLIN, utc(now))
    assert withheld is not None
    assert withheld.until == utc(until)


@pytest.mark.parametrize("minute_before", ["2027-03-14 05:59", "2027-03-14 06:59"])
@pytest.mark.parametrize(
    ("window", "until"),
    [
        ("02:00-02:30", "2027-03-15 06:00"),
        ("02:00-03:00", "2027-03-15 06:00"),
        ("02:30-03:00", "2027-03-15 06:30"),
        ("02:30-03:15", "2027-03-14 07:00"),
        ("02:30-09:00", "2027-03-14 07:00"),
        ("03:00-09:00", "2027-03-14 07:00"),
        ("03:30-09:00", "2027-03-14 07:30"),
    ],
)
def test_a_window_in_the_hour_that_is_left_out(window: str, until: str, minute_before: str) -> None:
    """At two in the morning New York's clocks show three: what is told as the opening lets a call pass, and
    the minute before does not."""
    withheld = withheld_by_window(parse_window(window), NEW_YORK, utc(minute_before))
    assert withheld is not None
    assert withheld.until == utc(until)
    assert withheld_by_window(parse_window(window), NEW_YORK, utc(until)) is None
    assert withheld_by_window(parse_window(window), NEW_YORK, utc(until) - timedelta(minutes=1)) is not None


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-11-01 05:20", "2026-11-01 05:30"),
        ("2026-11-01 05:50", "2026-11-01 06:30"),
        ("2026-11-01 06:50", "2026-11-02 06:30"),
    ],
)
def test_a_window_in_the_hour_that_comes_twice_opens_twice(now: str, until: str) -> None:
    """It is 01:30 in New York twice on that day."""
    withheld = withheld_by_window(parse_window("01:30-01:45"), NEW_YORK, utc(now))
    assert withheld is not None
    assert withheld.until is not None
    assert withheld.until.astimezone(UTC) == utc(
        until
    )  # PEP 495: no time that comes twice equals another zone's


def test_a_window_that_opens_in_the_hour_that_is_left_out() -> None:
    """02:30 does not exist in Berlin on that day: behind 01:59 comes 03:00, and that is in the window."""
    window = parse_window("02:30-05:00")
    withheld = withheld_by_window(window, BERLIN, utc("2026-03-29 00:30"))
    assert withheld is not None
    assert withheld.until == utc("2026-03-29 01:00")
    assert withheld_by_window(window, BERLIN, utc("2026-03-29 00:59")) is not None
    assert withheld_by_window(window, BERLIN, withheld.until) is None


@pytest.mark.parametrize(
    ("window", "now", "until"),
    [
        # The whole window is left out: it opens the day after.
        ("02:10-02:50", "2026-03-29 00:30", "2026-03-30 00:10"),
        # 02:00 to 03:00 comes twice, and both count: the second 02:30, the second 02:00, and the next day's.
        ("02:30-05:00", "2026-10-25 01:10", "2026-10-25 01:30"),
        ("01:00-02:30", "2026-10-25 00:40", "2026-10-25 01:00"),
        ("01:00-02:30", "2026-10-25 01:40", "2026-10-26 00:00"),
    ],
)
def test_the_promised_opening_is_the_first_when_the_clocks_change(window: str, now: str, until: str) -> None:
    """Until the minute that is told no call passes, and in it one does."""
    withheld = withheld_by_window(parse_window(window), BERLIN, utc(now))
    assert withheld is not None
    assert withheld.until is not None
    assert withheld.until.astimezone(UTC) == utc(until)
    assert withheld_by_window(parse_window(window), BERLIN, withheld.until) is None


def test_which_of_two_equal_times_is_meant_is_said() -> None:
    """The second 02:30 is one of winter time."""
    withheld = withheld_by_window(parse_window("02:30-05:00"), BERLIN, utc("2026-10-25 01:10"))
    assert withheld is not None
    assert withheld.detail.endswith("the window opens at 2026-10-25 02:30 CET")


def test_seconds_of_now_are_not_in_the_promise() -> None:
    withheld = withheld_by_window(DAY, NEW_YORK, utc("2026-03-02 12:59:59.5"))
    assert withheld is not None
    assert withheld.until == utc("2026-03-02 13:00")


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("08:00-21:00", time(8), time(21)),
        (" 8:00 - 21:30 ", time(8), time(21, 30)),
        ("08:00–21:00", time(8), time(21)),
        ("22:00-06:00", time(22), time(6)),
        ("18:00-24:00", time(18), time(0)),
        ("00:00-08:00", time(0), time(8)),
    ],
)
def test_windows_as_people_write_them(text: str, start: time, end: time) -> None:
    assert parse_window(text) == Window(start=start, end=end)


def test_a_window_until_midnight_ends_there() -> None:
    window = parse_window("18:00-24:00")
    assert window.is_open(time(23, 59))
    assert not window.is_open(time(0))
    assert str(window) == "18:00-00:00"


@pytest.mark.parametrize(
    "text", ["", "08:00", "8-21", "08:00-", "-21:00", "24:00-08:00", "08:60-21:00", "08:00-21:00-22:00"]
)
def test_what_is_no_window(text: str) -> None:
    """Half a sentence with an example, to follow the option's name."""
    with pytest.raises(ValueError, match=r"; write "):
        parse_window(text)


@pytest.mark.parametrize("text", ["08:00-08:00", "00:00-24:00"])
def test_a_window_of_no_or_every_hour_is_refused(text: str) -> None:
    """It could mean either."""
    with pytest.raises(ValueError, match="leave it out if every hour is fine"):
        parse_window(text)


@pytest.mark.parametrize("text", ["", "24:00", "12:5", "noon", "12:00:00", "-1:00", "٠٨:٠٠"])
def test_what_is_no_time_of_day(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a time of day; write HH:MM"):
        parse_time(text)


@pytest.mark.parametrize(("at", "passes"), [("09:59", True), ("10:00", True), ("10:01", False)])
def test_not_after_is_today(at: str, passes: bool) -> None:
    """The named minute's beginning is the last moment; what is past stays past, there is no tomorrow."""
    now = datetime.fromisoformat(f"2026-03-02 {at}").replace(tzinfo=BERLIN)
    withheld = withheld_by_not_after(parse_time("10:00"), now)
    assert (withheld is None) == passes
    if withheld is not None:
        assert (withheld.rule, withheld.until) == (Rule.NOT_AFTER, None)
        assert withheld.detail == "it is 10:01 CET, and the call was not to be placed after 10:00 today"
