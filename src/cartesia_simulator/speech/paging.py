"""Pages of a list, as Cartesia's REST API gives them: `limit`, `starting_after`, `ending_before`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from cartesia_simulator.speech.refusals import bad_request

Listed = TypeVar("Listed")

_DEFAULT_LIMIT = 10
_HIGHEST_LIMIT = 100


def page_of(query: Mapping[str, str], listed: Mapping[str, Listed]) -> tuple[list[Listed], bool]:
    """The entries of `listed`, by id, that `query` means, and whether there are more beyond; Refusal."""
    limit = query.get("limit", str(_DEFAULT_LIMIT))
    is_short = len(limit) <= len(str(_HIGHEST_LIMIT))
    if not (is_short and limit.isascii() and limit.isdecimal() and 1 <= int(limit) <= _HIGHEST_LIMIT):
        raise bad_request(f"limit is a whole number from 1 to {_HIGHEST_LIMIT}")
    if {"starting_after", "ending_before"} <= query.keys():
        raise bad_request("starting_after and ending_before exclude each other")
    ids, entries = list(listed), list(listed.values())
    if "ending_before" in query:
        end = _position(ids, query["ending_before"])
        return entries[max(end - int(limit), 0) : end], end > int(limit)
    start = _position(ids, query["starting_after"]) + 1 if "starting_after" in query else 0
    return entries[start : start + int(limit)], len(entries) > start + int(limit)


def _position(ids: list[str], wanted: str) -> int:
    if wanted not in ids:
        raise bad_request(f"there is no {wanted!r} in this list")
    return ids.index(wanted)
