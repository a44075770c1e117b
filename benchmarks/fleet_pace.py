"""The pace of a fleet, as the carrier sees it, and what it loses on the way.

The database gives every moment away; between that and the carrier lie a worker and its HTTP request, on a
machine that may be busy. What is late there makes calls fewer, and no second fuller.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import psycopg

from cartesia_call.fleet.database import SCHEMA
from cartesia_call.wiring.fleet import open_queue

_NOTE = """
CREATE TABLE noted (name text, given_s double precision, begun_s double precision);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO noted SELECT NEW.name, told.* FROM unnest(NEW.given_s, NEW.begun_s) AS told (given_s, begun_s)
        JOIN unnest(OLD.given_s, OLD.begun_s) AS before (given_s, begun_s) USING (given_s)
        WHERE told.begun_s < 'Infinity' AND before.begun_s = 'Infinity';
    RETURN NULL;
END $$;
CREATE TRIGGER note AFTER UPDATE ON paces FOR EACH ROW EXECUTE FUNCTION note();
"""


async def note_moments(url: str) -> None:
    """From now on the database keeps what it is told of every moment that it has given away."""
    async with open_queue(url) as database, database.connection() as connection:
        await connection.execute(_NOTE.encode())


def tell_delays(url: str) -> None:
    """Print how long after its moment a call had begun at the latest: what each costs the pace."""
    with psycopg.connect(url) as connection:
        asked = (
            f"SELECT begun_s - given_s FROM {SCHEMA}.noted WHERE NOT starts_with(name, 'list ') ORDER BY 1"
        )
        late_ms = [late_s * 1000 for (late_s,) in connection.execute(asked.encode())]
    if late_ms:
        half_ms, most_ms = (late_ms[len(late_ms) * twentieths // 20] for twentieths in (10, 19))
        print(
            f"of {len(late_ms)} moments each call had begun {sum(late_ms) / len(late_ms):.1f} ms later on "
            f"the average, half of them within {half_ms:.1f}, 19 of 20 within {most_ms:.1f}, "
            f"all within {late_ms[-1]:.0f}"
        )


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
