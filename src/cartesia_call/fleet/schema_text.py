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

-- What is said to whom: gone once nobody will call the row again. A row of a list that had ended is called
-- again after its attempt `again_after`, whatever that came to.
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
    again_after integer,
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
-- The calls that a pool may place, and each list; moments are seconds of the database's clock since 1970.
-- `due_s` is when the next one is due, `given_s` the last moments that were given away, and `begun_s` when
-- the call of each of them had begun at the carrier at the latest: Infinity until its worker has told. `slow`
-- is the share of its pace that a carrier with too much to do takes; it grows again by half every ten
-- seconds, as in policy/pacing.py.
CREATE TABLE paces (
    name text PRIMARY KEY,
    due_s double precision NOT NULL DEFAULT 0,
    given_s double precision[] NOT NULL DEFAULT '{}',
    begun_s double precision[] NOT NULL DEFAULT '{}',
    slow double precision NOT NULL DEFAULT 1,
    slowed_s double precision NOT NULL DEFAULT 0
);

-- Calls that are up, or about to be: one `waits` until it has its moment. The number is the key: nobody is
-- called twice at the same time.
CREATE TABLE live_calls (
    to_key text PRIMARY KEY,
    list_id text NOT NULL,
    worker_id bigint NOT NULL,
    waits boolean NOT NULL DEFAULT true,
    taken_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX live_calls_of_list ON live_calls (list_id);

CREATE FUNCTION seconds_now() RETURNS double precision LANGUAGE sql AS
    'SELECT extract(epoch FROM clock_timestamp())::double precision';

-- Calls a second, with what a carrier that has too much to do takes off.
CREATE FUNCTION slowed(pace paces, p_cps double precision, now_s double precision)
RETURNS double precision LANGUAGE sql AS $$
    SELECT p_cps * CASE WHEN pace.slow >= 1 THEN 1 ELSE
        least(1, pace.slow * 1.5 ^ floor((now_s - pace.slowed_s) / 10)) END
$$;

-- When one more call may be placed: when it is due, unless as many as a second may hold may have begun in the
-- last one. What nobody told of counts as begun `p_unsure_s` after its moment. What was late is made good by
-- calls that follow each other up to twice as fast, as far as that leaves room.
CREATE FUNCTION earliest(
    pace paces, p_cps double precision, p_unsure_s double precision, now_s double precision
) RETURNS double precision LANGUAGE sql AS $$
    SELECT greatest(
        now_s,
        pace.due_s,
        pace.given_s[cardinality(pace.given_s)] + 0.5 / p_cps,
        greatest(1, floor(p_cps)) / p_cps + (
            SELECT least(one.begun_s, one.given_s + p_unsure_s) AS latest_s
            FROM unnest(pace.given_s, pace.begun_s) AS one (given_s, begun_s)
            ORDER BY latest_s DESC OFFSET greatest(1, floor(p_cps))::integer - 1 LIMIT 1))
$$;

-- The moment `at_s` is given away. Who is late by less than half a second is owed the time. What has begun
-- too long ago to count is forgotten.
CREATE FUNCTION give(
    p_name text, p_cps double precision, at_s double precision, now_s double precision
) RETURNS void LANGUAGE sql AS $$
    UPDATE paces SET
        due_s = CASE WHEN at_s - due_s > 0.5 THEN at_s ELSE due_s END + 1 / p_cps,
        (given_s, begun_s) = (
            SELECT coalesce(array_agg(one.given_s ORDER BY one.given_s), '{}') || at_s,
                coalesce(array_agg(one.begun_s ORDER BY one.given_s), '{}') || 'Infinity'::double precision
            FROM unnest(paces.given_s, paces.begun_s) AS one (given_s, begun_s)
            WHERE least(one.begun_s, one.given_s + 5) > now_s - greatest(2, 1 / p_cps))
        WHERE name = p_name
$$;

-- Nobody was called at the moment `at_s`, which was given away.
CREATE FUNCTION take_back(p_name text, p_cps double precision, at_s double precision)
RETURNS void LANGUAGE sql AS $$
    UPDATE paces SET due_s = due_s - 1 / p_cps,
        (given_s, begun_s) = (
            SELECT coalesce(array_agg(one.given_s ORDER BY one.given_s), '{}'),
                coalesce(array_agg(one.begun_s ORDER BY one.given_s), '{}')
            FROM unnest(paces.given_s, paces.begun_s) AS one (given_s, begun_s)
            WHERE one.given_s <> at_s)
        WHERE name = p_name AND at_s = ANY(given_s)
$$;

-- The calls of the moments `p_given_s` had begun at `p_latest_s` at the latest.
CREATE FUNCTION begin_at(p_name text, p_given_s double precision[], p_latest_s double precision[])
RETURNS void LANGUAGE sql AS $$
    UPDATE paces SET begun_s = (
            SELECT array_agg(coalesce(told.begun_s, one.begun_s) ORDER BY one.place)
            FROM unnest(paces.given_s, paces.begun_s) WITH ORDINALITY AS one (given_s, begun_s, place)
            LEFT JOIN unnest(p_given_s, p_latest_s) AS told (given_s, begun_s) USING (given_s))
        WHERE name = p_name AND given_s && p_given_s
$$;

-- The two paces of a list, locked, and how many calls a second each of them bears now.
CREATE FUNCTION paces_of(
    l lists, p_now_s double precision,
    OUT of_pool paces, OUT of_list paces, OUT pool_cps double precision, OUT list_cps double precision,
    OUT now_s double precision
) LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO paces (name) VALUES (l.pool), ('list ' || l.id) ON CONFLICT DO NOTHING;
    SELECT * INTO of_pool FROM paces WHERE name = l.pool FOR UPDATE;
    SELECT * INTO of_list FROM paces WHERE name = 'list ' || l.id FOR UPDATE;
    now_s := coalesce(p_now_s, seconds_now());
    SELECT coalesce(max(cps), l.cps) INTO pool_cps FROM lists
        WHERE pool = l.pool AND is_whole AND ended_at IS NULL AND cancelled_at IS NULL AND paused_at IS NULL;
    pool_cps := slowed(of_pool, pool_cps, now_s);
    list_cps := l.cps;
END
$$;

-- The moment for a call that was let in, if that is certain and in `p_longest_s` at the most: then it
-- `is_given` away, else `at_s` is about when it will be. `p_now_s` is for tests, here and below: no clock is
-- looked at.
CREATE FUNCTION next_moment(
    p_list text, p_key text, p_longest_s double precision, p_now_s double precision DEFAULT NULL,
    OUT is_given boolean, OUT at_s double precision, OUT now_s double precision
) LANGUAGE plpgsql AS $$
DECLARE
    l lists;
    own record;
BEGIN
    -- A crash of the database takes longer than the second in which what was lost would count.
    PERFORM set_config('synchronous_commit', 'off', true);
    SELECT * INTO l FROM lists WHERE id = p_list;
    own := paces_of(l, p_now_s);
    now_s := own.now_s;
    -- Of a worker that has died nobody tells: five seconds after its moment its request is at the carrier.
    at_s := greatest(
        earliest(own.of_pool, own.pool_cps, 5, now_s),
        earliest(own.of_list, own.list_cps, 5, now_s));
    is_given := at_s - now_s <= p_longest_s;
    IF is_given THEN
        PERFORM give(l.pool, own.pool_cps, at_s, now_s);
        PERFORM give('list ' || l.id, own.list_cps, at_s, now_s);
        UPDATE live_calls SET waits = false WHERE to_key = p_key;
    ELSE
        at_s := greatest(
            earliest(own.of_pool, own.pool_cps, 0, now_s),
            earliest(own.of_list, own.list_cps, 0, now_s));
    END IF;
END
$$;

-- What became of moments that were given away: `p_missed_s` were not kept, the calls of `p_given_s` had begun
-- at `p_latest_s` at the latest.
CREATE FUNCTION tell_moments(
    p_list text, p_missed_s double precision[], p_given_s double precision[], p_latest_s double precision[],
    p_now_s double precision DEFAULT NULL
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    l lists;
    own record;
    missed_s double precision;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    SELECT * INTO l FROM lists WHERE id = p_list;
    own := paces_of(l, p_now_s);
    FOREACH missed_s IN ARRAY p_missed_s LOOP
        PERFORM take_back(l.pool, own.pool_cps, missed_s);
        PERFORM take_back('list ' || l.id, own.list_cps, missed_s);
    END LOOP;
    PERFORM begin_at(l.pool, p_given_s, p_latest_s);
    PERFORM begin_at('list ' || l.id, p_given_s, p_latest_s);
END
$$;

-- A place for one call of the list to a number, if its moment will come in about `p_longest_s` at the most:
-- those that were let in before it come first, but for what took too long to get ready. Without a place, why
-- (`closed`, `paused`, `full`, `number`: it is being called, or `later`), and when to ask again.
CREATE FUNCTION next_turn(
    p_list text, p_key text, p_worker bigint, p_longest_s double precision,
    OUT verdict text, OUT wait_s double precision
) LANGUAGE plpgsql AS $$
DECLARE
    l lists;
    own record;
    now_s double precision;
    before_in_list integer;
    before_in_pool integer;
BEGIN
    wait_s := 1;
    SELECT * INTO l FROM lists WHERE id = p_list;
    IF l.id IS NULL OR l.cancelled_at IS NOT NULL OR l.ended_at IS NOT NULL THEN
        verdict := 'closed'; RETURN;
    ELSIF l.paused_at IS NOT NULL THEN
        verdict := 'paused'; RETURN;
    END IF;
    PERFORM set_config('synchronous_commit', 'off', true);
    own := paces_of(l, NULL);  -- locked: one after the other, for the count
    IF (SELECT count(*) FROM live_calls WHERE list_id = p_list) >= l.most_live THEN
        verdict := 'full'; wait_s := 0.2; RETURN;
    END IF;
    IF EXISTS (SELECT 1 FROM live_calls WHERE to_key = p_key) THEN
        verdict := 'number'; RETURN;
    END IF;
    SELECT count(*) FILTER (WHERE list_id = p_list), count(*) INTO before_in_list, before_in_pool
        FROM live_calls
        WHERE waits AND taken_at > clock_timestamp() - (p_longest_s + 2) * interval '1 second'
        AND list_id IN (SELECT id FROM lists WHERE pool = l.pool AND ended_at IS NULL);
    now_s := own.now_s;
    wait_s := greatest(
        earliest(own.of_pool, own.pool_cps, 0, now_s) + before_in_pool / own.pool_cps,
        earliest(own.of_list, own.list_cps, 0, now_s) + before_in_list / own.list_cps
    ) - now_s;
    IF wait_s > p_longest_s THEN
        verdict := 'later'; wait_s := wait_s - p_longest_s; RETURN;
    END IF;
    INSERT INTO live_calls (to_key, list_id, worker_id) VALUES (p_key, p_list, p_worker)
        ON CONFLICT DO NOTHING;
    verdict := CASE WHEN FOUND THEN 'go' ELSE 'number' END;
END
$$;

-- The carrier had too much to do: half the pace, down to a thirty-second, and nothing for twice the pause.
CREATE FUNCTION slow_down(p_pool text, p_cps double precision) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    of_pool paces;
    now_s double precision := seconds_now();
    share double precision;
BEGIN
    INSERT INTO paces (name) VALUES (p_pool) ON CONFLICT DO NOTHING;
    SELECT * INTO of_pool FROM paces WHERE name = p_pool FOR UPDATE;
    IF now_s - of_pool.slowed_s < 1 THEN
        RETURN;
    END IF;
    share := greatest(slowed(of_pool, 1, now_s) / 2, 1.0 / 32);
    UPDATE paces SET slow = share, slowed_s = now_s, due_s = greatest(due_s, now_s + 2 / (p_cps * share))
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
