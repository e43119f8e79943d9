/**
 * What a team would write by hand: events in a table that knows each key once, and hourly sums that grow with them in
 * the same statement. Journaled and synced as PostgreSQL does by default; there is no service in front of it.
 */
export const SCHEMA = `
CREATE TABLE events (
  organisation text NOT NULL,
  key text NOT NULL,
  account text NOT NULL,
  name text NOT NULL,
  time timestamptz NOT NULL,
  properties jsonb NOT NULL,
  PRIMARY KEY (organisation, key)
);
CREATE INDEX events_of_account ON events (organisation, account, name, time);
CREATE TABLE usage_hours (
  organisation text NOT NULL,
  account text NOT NULL,
  name text NOT NULL,
  hour timestamptz NOT NULL,
  events bigint NOT NULL,
  duration numeric NOT NULL,
  PRIMARY KEY (organisation, account, name, hour)
);
CREATE SEQUENCE batches;
`;

/** Batches of 100 events as they would come from clients; which batch an event is of decides its account and name. */
export const SOURCE = `
CREATE UNLOGGED TABLE source AS
SELECT n / 100 AS batch,
       n,
       'acct_' || (n * 7919 % 6000) % 2000 AS account,
       (ARRAY['Song played', 'Message sent', 'API call'])[1 + (n * 7919 % 6000) / 2000] AS name,
       now() - n * 2654435 % 300000 * interval '1 ms' AS time,
       json_build_object(
         'song_id', 'song-' || n * 7919 % 6000, 'artist', 'The Beatles', 'album', 'Abbey Road',
         'duration', 60.25 + n % 600, 'country', CASE n % 2 WHEN 0 THEN 'USA' ELSE 'DE' END, 'device', 'web',
         'user', 'user-' || lpad(n::text, 12, '0'), 'billingrails_account_id', 'acct_' || (n * 7919 % 6000) % 2000
       )::text AS properties
FROM generate_series(0::bigint, 15999) n;
CREATE INDEX ON source (batch);
ANALYZE source;
`;

/**
 * One batch, as pgbench runs it again and again. Rows of usage are taken in one order by all, so that no two callers
 * wait for each other.
 */
export const STATEMENT = `
WITH call AS MATERIALIZED (
  SELECT nextval('batches') AS number
), added AS (
  INSERT INTO events
  SELECT 'org', 'live-' || lpad(number::text, 10, '0') || '-' || n, account, name, time, properties::jsonb
  FROM call JOIN source ON source.batch = call.number % 160
  ON CONFLICT DO NOTHING
  RETURNING *
)
INSERT INTO usage_hours
SELECT organisation, account, name, date_trunc('hour', time), count(*),
       coalesce(sum((properties ->> 'duration')::numeric)
         FILTER (WHERE properties ->> 'country' IN ('USA', 'DE')), 0)
FROM added
GROUP BY 1, 2, 3, 4
ORDER BY 1, 2, 3, 4
ON CONFLICT (organisation, account, name, hour) DO UPDATE
SET events = usage_hours.events + excluded.events, duration = usage_hours.duration + excluded.duration;
`;

/** Events that were stored, and events that were summed: the same, or the baseline measures something else. */
export const CHECK = `SELECT (SELECT count(*) FROM events) || ' ' || (SELECT sum(events) FROM usage_hours)`;
