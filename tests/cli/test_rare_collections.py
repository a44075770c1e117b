"""While a list is called, cycles are looked for among what the calls made, seldom; then as before."""

from __future__ import annotations

import gc

from cartesia_call.cli.batch import OBJECTS_TO_A_COLLECTION, rare_collections


def test_what_was_loaded_before_is_not_looked_at() -> None:
    """To go through it takes longer than a frame of audio lasts, in which nobody is served."""
    loaded = [[number] for number in range(5000)]
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    with rare_collections():
        assert gc.get_threshold()[0] == OBJECTS_TO_A_COLLECTION
        assert gc.get_freeze_count() >= frozen + len(loaded)
    assert gc.get_threshold() == before
    assert (gc.get_freeze_count() > 0) is (frozen > 0)
