"""Twilio's regions: whose hosts process calls, and which credentials each of them accepts.

Auth tokens and API keys belong to one region and open no other; phone numbers belong to the account and can
be used everywhere (docs, "Manage regional API credentials", "Managing regional resources").
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

DEFAULT_REGION = "us1"
REGIONS = (DEFAULT_REGION, "ie1", "au1")
WITHOUT_VERIFIED_CALLER_IDS = frozenset({"ie1"})
"""docs, "Regional product and feature availability". Of the endpoints that this carrier has, none other is
listed there as missing from a region."""


@dataclass(frozen=True, kw_only=True)
class SimulatedKey:
    """An API key (SK...) of one region. `sees` are the numbers that it reaches; None: all of the account."""

    region: str
    sid: str
    secret: str = field(repr=False)
    sees: frozenset[str] | None = None


class Credentials:
    """What requests may be signed with, by region: API keys that come and go, and the account's auth tokens,
    which are the keys whose SID is that of the account.
    """

    def __init__(self, keys: Iterable[SimulatedKey]) -> None:
        self._known = {(key.region, key.sid): key for key in keys}

    def add(self, key: SimulatedKey) -> None:
        """From now on this key is valid; it takes the place of one with its SID and region."""
        self._known[key.region, key.sid] = key

    def revoke(self, sid: str) -> None:
        """From now on no key of this SID is valid, in any region. KeyError if none is."""
        places = [place for place in self._known if place[1] == sid]
        if not places:
            raise KeyError(sid)
        for place in places:
            del self._known[place]

    def find(self, region: str, sid: str) -> SimulatedKey | None:
        """The key of this SID in this region; None if there is none, or none there."""
        return self._known.get((region, sid))
