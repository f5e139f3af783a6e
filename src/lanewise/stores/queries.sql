-- The store's reads. Plain SQL that SQLite and PostgreSQL both understand; `statements.py` hands it out by name.
-- Times are microseconds since the Unix epoch, money is nano-dollars.

-- name: run_by_id
-- One run; with a tenant, only if it is that tenant's: to anyone else it does not exist.
SELECT runs.*, traces.trace
FROM runs
LEFT JOIN traces ON traces.started_us = runs.started_us AND traces.run_id = runs.run_id
WHERE runs.run_id = :run_id
  AND (CAST(:tenant AS TEXT) IS NULL OR runs.tenant = :tenant);

-- name: recent_runs
-- The latest runs, newest first.
SELECT run_id
FROM runs
WHERE CAST(:tenant AS TEXT) IS NULL OR tenant = :tenant
ORDER BY started_us DESC
LIMIT :count;

-- name: spent_since
-- What each tenant spent since a moment, to restore its budget. A run that began before and ended after it counts whole: money is
-- charged to the day of each call, a run keeps only its start, and counting too much cannot overspend a cap.
-- `earliest` bounds the search by index: no run is longer.
SELECT tenant, CAST(SUM(cost_nanousd) AS BIGINT) AS nanousd
FROM runs
WHERE started_us >= :earliest
  AND started_us + latency_us >= :since
GROUP BY tenant;
