"""Either a request leaves or it is called off, whichever is first."""

from __future__ import annotations

import threading

import pytest

from cartesia_call.vendors.departure import CalledOff, Departure, current_departure


def test_what_has_left_cannot_be_called_off() -> None:
    departure = Departure()
    departure.leave()
    assert departure.left
    assert departure.call_off()
    assert departure.left


def test_what_was_called_off_does_not_leave() -> None:
    departure = Departure()
    assert not departure.call_off()
    with pytest.raises(CalledOff):
        departure.leave()
    assert not departure.left


def test_each_thread_has_its_own() -> None:
    """Connections are shared by threads, requests are not."""
    mine, theirs = Departure(), Departure()

    def other_thread() -> None:
        with theirs.of_this_thread():
            current_departure().leave()

    with mine.of_this_thread():
        thread = threading.Thread(target=other_thread)
        thread.start()
        thread.join()
        assert current_departure() is mine
    assert theirs.left
    assert not mine.left
