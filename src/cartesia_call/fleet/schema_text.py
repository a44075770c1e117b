"""The queue's tables as SQL.

`lists` and `calls` hold what the SQLite ledger holds, in the same columns and the same form of times, and
what a fleet needs beside it. What many machines must agree on (pace, heartbeats) is in the database's time.
"""

LISTS = """
-- `settings` are texts by the settings' titles; no key among them. `pool` is whose calls they are: account
-- and region, or rehearsals. Rows up to `fed_to` have become jobs of procrastinate, in a queue with the
-- list's ID.
CREATE TABLE lists (
    id text PRIMARY KEY,
    digest text NOT NULL,
    name text NOT NULL,
    row_count integer NOT NULL,
    created_at text NOT NULL,
    ended_at text,
    pool text,
    settings jsonb NOT NULL DEFAULT '{}',
    cps double precision NOT NULL DEFAULT 1,
    most_live integer NOT NULL DEFAULT 50,
    stop_after integer,
    stop_on text[] NOT NULL DEFAULT '{}',
    bad_rows integer NOT NULL DEFAULT 0,
    is_whole boolean NOT NULL DEFAULT false,
    fed_to integer NOT NULL DEFAULT 0,
    paused_at timestamptz,
    cancelled_at timestamptz,
    note text
);

-- What is said to whom: gone once nobody will call the row again.
CREATE TABLE rows (
    list_id text NOT NULL REFERENCES lists ON DELETE CASCADE,
    number integer NOT NULL,
    line integer NOT NULL,
    to_number text NOT NULL,
    message text NOT NULL,
    voice text,
    language text,
    timezone text,
    not_after text,
    withheld text,
    PRIMARY KEY (list_id, number)
);
"""

CALLS = """
-- One row per attempt, as in the SQLite ledger. `worker_id` is who made it; `told_at` the transaction in
-- which it was decided whether the row `is_final`: whoever waits for the list reads in that order.
CREATE TABLE calls (
    id text PRIMARY KEY,
    created_at text NOT NULL,
    to_number text NOT NULL,
    to_key text NOT NULL,
    caller_id text NOT NULL,
    account_sid text NOT NULL,
    region text NOT NULL,
    time_limit_s integer NOT NULL,
    call_sid text,
    outcome text,
    ended_at text,
    settled text,
    result text,
    no_guard_reason text,
    withheld text,
    end_asked_by text,
    end_asked_at text,
    numbers_cut integer NOT NULL DEFAULT 0,
    list_id text,
    list_row integer,
    list_attempt integer,
    worker_id bigint,
    is_final boolean NOT NULL DEFAULT false,
    told_at xid8
);
CREATE UNIQUE INDEX calls_by_place ON calls (list_id, list_row, list_attempt) WHERE list_id IS NOT NULL;
CREATE INDEX calls_by_time ON calls (created_at, id);
CREATE INDEX calls_by_sid ON calls (call_sid);
CREATE INDEX calls_by_number ON calls (to_key, created_at);
CREATE INDEX open_calls ON calls (id) WHERE ended_at IS NULL;
CREATE INDEX whole_numbers ON calls (created_at) WHERE numbers_cut = 0;
CREATE INDEX told_calls ON calls (list_id, told_at, id) WHERE told_at IS NOT NULL;
CREATE INDEX final_calls ON calls (list_id, outcome) WHERE is_final;
"""

PACES = """
-- When the next call may be placed: of a pool, and of each list. `slow` is the share of its pace that a
-- carrier with too much to do takes; it grows again by half every ten seconds, as in policy/pacing.py.
CREATE TABLE paces (
    name text PRIMARY KEY,
    due_at timestamptz NOT NULL DEFAULT '-infinity',
    slow double precision NOT NULL DEFAULT 1,
    slowed_at timestamptz NOT NULL DEFAULT '-infinity'
);

-- Calls that are up, or about to be. The number is the key: nobody is called twice at the same time.
CREATE TABLE live_calls (
    to_key text PRIMARY KEY,
    list_id text NOT NULL,
    worker_id bigint NOT NULL,
    taken_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX live_calls_of_list ON live_calls (list_id);

CREATE FUNCTION share_of_pace(pace paces, moment timestamptz) RETURNS double precision LANGUAGE sql AS $$
    SELECT CASE WHEN pace.slow >= 1 THEN 1 ELSE
        least(1, pace.slow * 1.5 ^ floor(extract(epoch FROM moment - pace.slowed_at) / 10)) END
$$;

-- When one more call of the list may be placed, from `moment` on. If that is in `p_longest_s` at the most, it
-- is taken.
CREATE FUNCTION next_moment(
    l lists, p_spread double precision, p_longest_s double precision,
    OUT wait_s double precision, OUT moment timestamptz
) LANGUAGE plpgsql AS $$
DECLARE
    of_pool paces;
    of_list paces;
    pool_cps double precision;
    at timestamptz;
BEGIN
    INSERT INTO paces (name) VALUES (l.pool), ('list ' || l.id) ON CONFLICT DO NOTHING;
    SELECT * INTO of_pool FROM paces WHERE name = l.pool FOR UPDATE;
    SELECT * INTO of_list FROM paces WHERE name = 'list ' || l.id FOR UPDATE;
    SELECT max(cps) INTO pool_cps FROM lists
        WHERE pool = l.pool AND is_whole AND ended_at IS NULL AND cancelled_at IS NULL AND paused_at IS NULL;
    moment := clock_timestamp();
    at := greatest(moment, of_pool.due_at, of_list.due_at);
    wait_s := extract(epoch FROM at - moment);
    IF wait_s <= p_longest_s THEN
        pool_cps := coalesce(pool_cps, l.cps) * share_of_pace(of_pool, moment);
        UPDATE paces SET due_at = at + p_spread / pool_cps * interval '1 second' WHERE name = l.pool;
        UPDATE paces SET due_at = at + p_spread / l.cps * interval '1 second' WHERE name = 'list ' || l.id;
    END IF;
END
$$;

-- A place for one call of the list to a number, the seconds from `moment_s` until it may be placed, and that
-- moment. Without a place, why: `closed`, `paused`, `full`, `number` (it is being called) or `later`.
CREATE FUNCTION next_turn(
    p_list text, p_key text, p_worker bigint, p_spread double precision, p_longest_s double precision,
    OUT verdict text, OUT wait_s double precision, OUT moment_s double precision
) LANGUAGE plpgsql AS $$
DECLARE
    l lists;
    taken record;
BEGIN
    wait_s := 1;
    SELECT * INTO l FROM lists WHERE id = p_list;
    IF l.id IS NULL OR l.cancelled_at IS NOT NULL OR l.ended_at IS NOT NULL THEN
        verdict := 'closed'; RETURN;
    ELSIF l.paused_at IS NOT NULL THEN
        verdict := 'paused'; RETURN;
    END IF;
    PERFORM 1 FROM paces WHERE name = l.pool FOR UPDATE;  -- one after the other, for the count
    IF (SELECT count(*) FROM live_calls WHERE list_id = p_list) >= l.most_live THEN
        verdict := 'full'; wait_s := 0.2; RETURN;
    END IF;
    IF EXISTS (SELECT 1 FROM live_calls WHERE to_key = p_key) THEN
        verdict := 'number'; RETURN;
    END IF;
    taken := next_moment(l, p_spread, p_longest_s);
    IF taken.wait_s > p_longest_s THEN
        verdict := 'later'; wait_s := taken.wait_s - p_longest_s / 2; RETURN;
    END IF;
    INSERT INTO live_calls (to_key, list_id, worker_id) VALUES (p_key, p_list, p_worker)
        ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        verdict := 'number'; RETURN;
    END IF;
    wait_s := taken.wait_s;
    moment_s := extract(epoch FROM taken.moment);
    verdict := 'go';
END
$$;

-- The carrier had too much to do: half the pace, down to a thirty-second, and nothing for twice the pause.
CREATE FUNCTION slow_down(p_pool text, p_cps double precision) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    of_pool paces;
    moment timestamptz := clock_timestamp();
    share double precision;
BEGIN
    INSERT INTO paces (name) VALUES (p_pool) ON CONFLICT DO NOTHING;
    SELECT * INTO of_pool FROM paces WHERE name = p_pool FOR UPDATE;
    IF moment - of_pool.slowed_at < interval '1 second' THEN
        RETURN;
    END IF;
    share := greatest(share_of_pace(of_pool, moment) / 2, 1.0 / 32);
    UPDATE paces SET slow = share, slowed_at = moment,
        due_at = greatest(due_at, moment + 2 / (p_cps * share) * interval '1 second')
        WHERE name = p_pool;
END
$$;
"""

SHARED = """
-- Contexts of Cartesia that are in use, on whichever machine.
CREATE TABLE contexts (
    slot integer PRIMARY KEY,
    worker_id bigint NOT NULL
);

-- Audio by the digest of what was asked for, made once. Empty while `worker_id` makes it.
CREATE TABLE audio (
    digest text PRIMARY KEY,
    mulaw bytea,
    word_ends jsonb,
    worker_id bigint,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Whoever asked not to be called again.
CREATE TABLE opt_outs (
    to_key text PRIMARY KEY,
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
"""
