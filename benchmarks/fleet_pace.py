"""The pace of a fleet, seen where it is decided and where it arrives.

A pace is a promise of the database, which gives every moment away; between that and the carrier lie a worker,
its HTTP request and the carrier's own clock, each on a machine that may be busy.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import psycopg

from cartesia_call.fleet.database import SCHEMA
from cartesia_call.wiring.fleet import open_queue

_NOTE = """
CREATE TABLE noted (name text, at_s double precision);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF cardinality(NEW.given_s) < cardinality(OLD.given_s) THEN
        DELETE FROM noted WHERE name = NEW.name AND at_s = ANY(OLD.given_s) AND NOT at_s = ANY(NEW.given_s);
    ELSIF NOT NEW.given_s[cardinality(NEW.given_s)] = ANY(OLD.given_s) THEN
        INSERT INTO noted VALUES (NEW.name, NEW.given_s[cardinality(NEW.given_s)]);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER note AFTER UPDATE ON paces FOR EACH ROW EXECUTE FUNCTION note();
"""


async def note_moments(url: str) -> None:
    """From now on the database keeps every moment that is given away, and not back."""
    async with open_queue(url) as database, database.connection() as connection:
        await connection.execute(_NOTE.encode())


def noted(url: str) -> list[float]:
    """The moments of the only pool, in their order."""
    with psycopg.connect(url) as connection:
        asked = f"SELECT at_s FROM {SCHEMA}.noted WHERE NOT starts_with(name, 'list ') ORDER BY at_s"
        return [at_s for (at_s,) in connection.execute(asked.encode())]


def fullest_second(moments: Sequence[float]) -> int:
    """The most moments, in order, that lie in any second."""
    first, most = 0, 0
    for last, at_s in enumerate(moments):
        while moments[first] <= at_s - 1:
            first += 1
        most = max(most, last - first + 1)
    return most


def tell_pace(where: str, moments: Sequence[float], cps: float, *, tail: int) -> tuple[float, int]:
    """Print pace (as a share of `cps`) and fullest second of these moments, and return them. The pace is that
    of all but the last `tail`: while rows wait."""
    waiting = moments[: len(moments) - tail] or moments
    share = (len(waiting) - 1) / (waiting[-1] - waiting[0]) / cps
    fullest = fullest_second(moments)
    count = int(cps)
    closest_s = min((b - a for a, b in zip(moments, moments[count:], strict=False)), default=0.0)
    longest_s = max((b - a for a, b in itertools.pairwise(moments)), default=0.0)
    print(
        f"{where}: {share:.3f} of {cps:g} a second while rows waited; the fullest second had {fullest}, "
        f"{count + 1} took {closest_s:.3f} s at the least; the longest gap was {longest_s:.2f} s"
    )
    return share, fullest
