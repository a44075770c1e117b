"""Which workers live: procrastinate's heartbeats, in the database's time."""

HEARTBEAT_S = 4.0
"""Between two signs of life."""

STALLED_S = 16.0
"""Without one for so long a worker counts as gone: four were lost. Calls last longer than that, so whoever
takes its rows over asks the carrier first."""

FENCED_S = 10.0
"""A worker whose last sign of life is older than this places nothing: others may soon count it as gone."""

ALIVE = (
    "EXISTS (SELECT 1 FROM procrastinate_workers AS w WHERE w.id = worker_id"  # noqa: S608 - a number
    f" AND w.last_heartbeat > now() - interval '{STALLED_S:g} seconds')"
)
"""SQL, of a row with a `worker_id`."""
