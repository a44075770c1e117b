"""Memory that is free goes back to the system, wherever its C library can do that."""

from __future__ import annotations

from cartesia_call.cli.memory import giving_back


def test_it_may_be_given_back_at_any_time() -> None:
    """Also where there is nothing, and twice."""
    give_back = giving_back()
    kept = [bytearray(100_000) for _ in range(100)]
    del kept[::2]
    give_back()
    give_back()
    assert all(piece == bytes(100_000) for piece in kept)
