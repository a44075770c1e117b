"""When a call has begun at the carrier, as far as the one who asked for it can know. Times in seconds."""

from __future__ import annotations

LEARNED = 20
"""Requests after which the quickest one says how long each takes at the least."""

UNEVEN_SHARE = 0.1
"""Of the quickest request's time: by so much the ways of two machines to the carrier may differ."""

JITTER_SHARE = 0.2
"""Of what requests take longer than the quickest one, on the average: by about so much the quickest one was
not as quick on each part of its way as that can be."""

NEWEST_SHARE = 1 / 32
"""Of the average is the newest request's."""


class RequestTimes:
    """How long the requests take that place calls, from one machine.

    A request arrives between its departure and its answer. What it takes longer than the quickest one may
    have been lost on the way there; what all of them take passes before each call begins, so that it makes no
    difference between two of them.
    """

    def __init__(self) -> None:
        self._quickest_s = float("inf")
        self._mean_s = 0.0
        self._count = 0

    @property
    def sure_s(self) -> float:
        """What every request takes."""
        if self._count < LEARNED:
            return 0.0
        jitter_s = self._mean_s - self._quickest_s
        return max(0.0, (1 - UNEVEN_SHARE) * self._quickest_s - JITTER_SHARE * jitter_s)

    def begun_at_the_latest_s(self, left_at_s: float, answered_at_s: float) -> float:
        """For a request that left and was answered then: the moment at which its call had begun, less what
        each takes. Two of them are as far apart at the carrier as the later one's departure is from this
        moment of the earlier one, or further."""
        took_s = answered_at_s - left_at_s
        self._quickest_s = min(self._quickest_s, took_s)
        self._mean_s += (took_s - self._mean_s) * (NEWEST_SHARE if self._count else 1.0)
        self._count += 1
        return answered_at_s - self.sure_s
