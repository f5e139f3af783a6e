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

-- name: latest_calls
-- The traces of each lane's latest runs, oldest first: some of every lane, however seldom it is asked. `within` bounds the search.
WITH latest AS (
  SELECT run_id, started_us, stream, lane
  FROM runs
  ORDER BY started_us DESC
  LIMIT :within
), ranked AS (
  SELECT run_id, started_us, stream, ROW_NUMBER() OVER (PARTITION BY lane ORDER BY started_us DESC) AS place
  FROM latest
)
SELECT ranked.stream, traces.trace
FROM ranked
JOIN traces ON traces.started_us = ranked.started_us AND traces.run_id = ranked.run_id
WHERE ranked.place <= :each
ORDER BY ranked.started_us, ranked.run_id;

-- name: runs_since
-- Every run since a moment with its trace, oldest first.
SELECT runs.*, traces.trace
FROM runs
LEFT JOIN traces ON traces.started_us = runs.started_us AND traces.run_id = runs.run_id
WHERE runs.started_us >= :since
ORDER BY runs.started_us, runs.run_id;

-- name: report_lanes
-- What each lane did, in counts and sums; shares and ratios follow from them.
SELECT
  lane,
  COUNT(*) AS requests,
  CAST(SUM(calls) AS BIGINT) AS calls,
  CAST(SUM(latency_us) AS BIGINT) AS time_us,
  CAST(SUM(input_tokens) AS BIGINT) AS input_tokens,
  CAST(SUM(reasoning_tokens) AS BIGINT) AS reasoning_tokens,
  CAST(SUM(output_tokens - reasoning_tokens) AS BIGINT) AS answer_tokens,
  CAST(SUM(cost_input) AS BIGINT) AS cost_input,
  CAST(SUM(cost_cached) AS BIGINT) AS cost_cached,
  CAST(SUM(cost_cache_write) AS BIGINT) AS cost_cache_write,
  CAST(SUM(cost_reasoning) AS BIGINT) AS cost_reasoning,
  CAST(SUM(cost_output) AS BIGINT) AS cost_output,
  CAST(SUM(cost_tools) AS BIGINT) AS cost_tools,
  CAST(SUM(CASE WHEN outcome = 'fallback' THEN 1 ELSE 0 END) AS BIGINT) AS fallbacks,
  CAST(SUM(unpriced_calls) AS BIGINT) AS unpriced_calls,
  CAST(SUM(estimated) AS BIGINT) AS estimated,
  CAST(SUM(degraded) AS BIGINT) AS degraded
FROM runs
WHERE started_us >= :since
  AND (CAST(:tenant AS TEXT) IS NULL OR tenant = :tenant)
GROUP BY lane
ORDER BY lane;

-- name: report_outcomes
-- How the runs of each lane ended.
SELECT lane, outcome, COUNT(*) AS runs
FROM runs
WHERE started_us >= :since
  AND (CAST(:tenant AS TEXT) IS NULL OR tenant = :tenant)
GROUP BY lane, outcome
ORDER BY lane, runs DESC, outcome;

-- name: report_latency
-- Exact percentiles by nearest rank: the smallest value that at least P of 100 do not exceed. Runs that nobody was asked for (refused)
-- or that the caller left (cancelled) would flatter them and are left out; failures are not, or time-outs would.
WITH ranked AS (
  SELECT
    lane,
    latency_us,
    ROW_NUMBER() OVER (PARTITION BY lane ORDER BY latency_us) AS place,
    COUNT(*) OVER (PARTITION BY lane) AS measured
  FROM runs
  WHERE started_us >= :since
    AND (CAST(:tenant AS TEXT) IS NULL OR tenant = :tenant)
    AND outcome NOT IN ('refused', 'cancelled')
)
SELECT
  lane,
  MAX(CASE WHEN place = (measured * 50 + 99) / 100 THEN latency_us END) AS p50_us,
  MAX(CASE WHEN place = (measured * 95 + 99) / 100 THEN latency_us END) AS p95_us
FROM ranked
GROUP BY lane;

-- name: report_first_token
-- The same for the time until the caller could see something, over the runs that showed something.
WITH ranked AS (
  SELECT
    lane,
    first_token_us,
    ROW_NUMBER() OVER (PARTITION BY lane ORDER BY first_token_us) AS place,
    COUNT(*) OVER (PARTITION BY lane) AS measured
  FROM runs
  WHERE started_us >= :since
    AND (CAST(:tenant AS TEXT) IS NULL OR tenant = :tenant)
    AND outcome NOT IN ('refused', 'cancelled')
    AND first_token_us IS NOT NULL
)
SELECT
  lane,
  MAX(CASE WHEN place = (measured * 50 + 99) / 100 THEN first_token_us END) AS p50_us,
  MAX(CASE WHEN place = (measured * 95 + 99) / 100 THEN first_token_us END) AS p95_us
FROM ranked
GROUP BY lane;

-- name: report_failed_runs
-- Runs that ended without an answer, by task, lane and cause.
SELECT task, lane, failure AS cause, COUNT(*) AS runs
FROM runs
WHERE started_us >= :since
  AND (CAST(:tenant AS TEXT) IS NULL OR tenant = :tenant)
  AND failure IS NOT NULL
GROUP BY task, lane, failure;

-- name: report_troubled_traces
-- Traces in which something can have happened beside one good call: a call failed, was made again, beside another or for us, rested,
-- or was ended early, which leaves its usage to be estimated.
SELECT runs.task, runs.lane, runs.failure, traces.trace
FROM runs
LEFT JOIN traces ON traces.started_us = runs.started_us AND traces.run_id = runs.run_id
WHERE runs.started_us >= :since
  AND (CAST(:tenant AS TEXT) IS NULL OR runs.tenant = :tenant)
  AND (runs.calls > 1 OR runs.failure IS NOT NULL OR runs.degraded = 1 OR runs.waited_us > 0
    OR (runs.estimated = 1 AND runs.verdict = 'accept'));

-- name: report_waits
-- Runs that waited until a vendor was back.
SELECT
  COUNT(*) AS runs,
  CAST(COALESCE(SUM(CASE WHEN failure IS NULL THEN 1 ELSE 0 END), 0) AS BIGINT) AS answered,
  CAST(COALESCE(SUM(waited_us), 0) AS BIGINT) AS time_us,
  CAST(COALESCE(MAX(waited_us), 0) AS BIGINT) AS longest_us
FROM runs
WHERE started_us >= :since
  AND (CAST(:tenant AS TEXT) IS NULL OR tenant = :tenant)
  AND waited_us > 0;

-- name: report_given_again
-- Runs that were given an earlier answer.
SELECT
  COUNT(*) AS runs,
  CAST(COALESCE(SUM(saved_nanousd), 0) AS BIGINT) AS saved_nanousd
FROM runs
WHERE started_us >= :since
  AND (CAST(:tenant AS TEXT) IS NULL OR tenant = :tenant)
  AND recalled <> '';

-- name: breaker_events
-- Every move of every breaker, in order.
SELECT at_us, lane, deployment, position, process
FROM breaker_events
ORDER BY at_us, lane, deployment;

-- name: add_breaker_event
INSERT INTO breaker_events (at_us, lane, deployment, position, process)
VALUES (:at_us, :lane, :deployment, :position, :process)
ON CONFLICT DO NOTHING;

-- name: orphaned_breakers
-- Breakers whose latest move did not close them, of processes that live no longer.
SELECT at_us, lane, deployment, process
FROM breaker_events AS latest
WHERE position <> 'closed'
  AND process NOT IN (SELECT process FROM processes)
  AND at_us = (
    SELECT MAX(at_us) FROM breaker_events
    WHERE lane = latest.lane AND deployment = latest.deployment AND process = latest.process
  );

-- name: last_sign
-- The last moment from which the store knows that a gateway lived: the end of a run, or a breaker's move. Of runs only those that
-- began last are looked at.
SELECT COALESCE(MAX(sign_us), 0)
FROM (
  SELECT MAX(ended_us) AS sign_us
  FROM (SELECT started_us + latency_us AS ended_us FROM runs ORDER BY started_us DESC LIMIT 1000) AS latest
  UNION ALL
  SELECT MAX(at_us) FROM breaker_events
) AS signs;

-- name: users_runs
-- Some of a user's runs, of one tenant or of all.
SELECT run_id, started_us
FROM runs
WHERE "user" = :user
  AND (CAST(:tenant AS TEXT) IS NULL OR tenant = :tenant)
LIMIT :count;

-- name: forget_run
-- Nothing left in the row says who asked; its money stays.
UPDATE runs SET "user" = NULL, request_id = '' WHERE run_id = :run_id;

-- name: forget_content
DELETE FROM contents WHERE started_us = :started_us AND run_id = :run_id;

-- name: forget_kept_answer
DELETE FROM kept_answers WHERE run_id = :run_id;

-- name: forget_cached_answer
DELETE FROM cached_answers WHERE run_id = :run_id;

-- name: forget_similar_question
-- The question of what a run answered, in its words.
DELETE FROM similar_questions WHERE run_id = :run_id;

-- name: forget_reasons
-- What waits goes on waiting: for a word without reasons, which may quote whom nobody knows any more.
UPDATE later_verdicts SET reason = CASE verdict WHEN 'awaited' THEN 'forgotten' ELSE '' END WHERE run_id = :run_id;

-- name: note_withdrawal
-- Every process that holds cached answers looks again.
UPDATE revisions SET revision = revision + 1 WHERE name = 'cache';

-- name: read_trace
SELECT trace FROM traces WHERE started_us = :started_us AND run_id = :run_id;

-- name: replace_trace
UPDATE traces SET trace = :trace WHERE started_us = :started_us AND run_id = :run_id;

-- name: expire_contents
-- The oldest captured words before a moment, a few at a time: the ledger writes in between.
DELETE FROM contents
WHERE (started_us, run_id) IN (
  SELECT started_us, run_id FROM contents WHERE started_us < :before ORDER BY started_us LIMIT :count
);

-- name: expire_traces
DELETE FROM traces
WHERE (started_us, run_id) IN (
  SELECT started_us, run_id FROM traces WHERE started_us < :before ORDER BY started_us LIMIT :count
);

-- name: expire_run_costs
DELETE FROM run_costs
WHERE (started_us, run_id) IN (
  SELECT DISTINCT started_us, run_id FROM run_costs WHERE started_us < :before ORDER BY started_us LIMIT :count
);

-- name: expire_runs
DELETE FROM runs
WHERE run_id IN (
  SELECT run_id FROM runs WHERE started_us < :before ORDER BY started_us LIMIT :count
);

-- name: expire_breaker_events
DELETE FROM breaker_events
WHERE (at_us, lane, deployment) IN (
  SELECT at_us, lane, deployment FROM breaker_events WHERE at_us < :before ORDER BY at_us LIMIT :count
);

-- name: reasoning_names
-- Every state that is still good, the one that ends first in front.
SELECT name, expires_us
FROM reasoning_states
WHERE expires_us > :now_us
ORDER BY expires_us;

-- name: keep_reasoning_state
-- Keep a state, in the place of an earlier one of the same answer.
INSERT INTO reasoning_states (name, expires_us, sealed)
VALUES (:name, :expires_us, :sealed)
ON CONFLICT (name) DO UPDATE SET expires_us = excluded.expires_us, sealed = excluded.sealed;

-- name: end_reasoning_states
-- Delete what is over.
DELETE FROM reasoning_states
WHERE expires_us <= :now_us;

-- name: drop_reasoning_state
-- Delete one state before its time, to make room.
DELETE FROM reasoning_states
WHERE name = :name;

-- name: report_verdicts
-- Answers by whose and what they were and what was said of them: sums, from which every grouping follows.
SELECT
  tenant, lane, feature, task, verdict, verdict_kind,
  COUNT(*) AS runs,
  CAST(SUM(cost_nanousd) AS BIGINT) AS cost_nanousd,
  CAST(SUM(attempts) AS BIGINT) AS attempts,
  CAST(SUM(escalated) AS BIGINT) AS escalated
FROM runs
WHERE started_us >= :since
  AND (CAST(:tenant AS TEXT) IS NULL OR tenant = :tenant)
  AND outcome <> 'cancelled'
GROUP BY tenant, lane, feature, task, verdict, verdict_kind;

-- name: report_checked_traces
-- Traces of runs whose answers were checked or climbed from.
SELECT runs.started_us, runs.lane, runs.cost_nanousd, traces.trace
FROM runs
JOIN traces ON traces.started_us = runs.started_us AND traces.run_id = runs.run_id
WHERE runs.started_us >= :since
  AND (CAST(:tenant AS TEXT) IS NULL OR runs.tenant = :tenant)
  AND (runs.verdict <> 'unchecked' OR runs.escalated = 1);

-- name: report_evidence
-- Accepted evidence that a proof came to later, and how often that said otherwise.
SELECT
  COUNT(*) AS proved,
  CAST(COALESCE(SUM(CASE WHEN verdict = 'reject' THEN 1 ELSE 0 END), 0) AS BIGINT) AS wrong
FROM later_verdicts
WHERE before = 'accept' AND before_kind = 'evidence' AND kind = 'proof'
  AND at_us >= :since
  AND (CAST(:tenant AS TEXT) IS NULL OR tenant = :tenant);

-- name: keep_cached_answer
-- Keep an answer to be given again, in the place of an earlier one of its name.
INSERT INTO cached_answers (name, tenant, run_id, created_us, expires_us, cost_nanousd, size_bytes, sealed)
VALUES (:name, :tenant, :run_id, :created_us, :expires_us, :cost_nanousd, :size_bytes, :sealed)
ON CONFLICT (name) DO UPDATE SET
  tenant = excluded.tenant, run_id = excluded.run_id, created_us = excluded.created_us, expires_us = excluded.expires_us,
  cost_nanousd = excluded.cost_nanousd, size_bytes = excluded.size_bytes, sealed = excluded.sealed;

-- name: keep_response
-- Once more under the same id (a vendor's, of a caller that asks twice) is the later one.
INSERT INTO responses (tenant, response_id, "user", created_us, expires_us, account, previous_id, size_bytes, body, asked)
VALUES (:tenant, :response_id, :user, :created_us, :expires_us, :account, :previous_id, :size_bytes, :body, :asked)
ON CONFLICT (tenant, response_id) DO UPDATE SET
  created_us = excluded.created_us, expires_us = excluded.expires_us, account = excluded.account,
  previous_id = excluded.previous_id, size_bytes = excluded.size_bytes, body = excluded.body, asked = excluded.asked;

-- name: keep_response_item
INSERT INTO response_items (tenant, item_id, response_id)
VALUES (:tenant, :item_id, :response_id)
ON CONFLICT (tenant, item_id, response_id) DO NOTHING;

-- name: renew_responses
-- What a kept response goes on from is kept as long as it.
WITH RECURSIVE line (response_id, previous_id) AS (
  SELECT response_id, previous_id FROM responses WHERE tenant = :tenant AND response_id = :previous_id
  UNION
  SELECT before.response_id, before.previous_id
  FROM responses AS before
  JOIN line ON before.response_id = line.previous_id
  WHERE before.tenant = :tenant
)
UPDATE responses SET expires_us = :expires_us
WHERE tenant = :tenant
  AND response_id IN (SELECT response_id FROM line)
  AND expires_us < :expires_us;

-- name: response_line
-- A response and what it goes on from, newest first. Another tenant's are not there.
WITH RECURSIVE line (place, response_id, previous_id) AS (
  SELECT 0, response_id, previous_id
  FROM responses
  WHERE tenant = :tenant AND response_id = :response_id AND expires_us > :now_us
  UNION ALL
  SELECT line.place + 1, before.response_id, before.previous_id
  FROM responses AS before
  JOIN line ON before.response_id = line.previous_id
  WHERE before.tenant = :tenant AND before.expires_us > :now_us AND line.place < :most
)
SELECT responses.*
FROM line
JOIN responses ON responses.tenant = :tenant AND responses.response_id = line.response_id
ORDER BY line.place;

-- name: holder_of_item
SELECT responses.*
FROM response_items AS items
JOIN responses ON responses.tenant = items.tenant AND responses.response_id = items.response_id
WHERE items.tenant = :tenant AND items.item_id = :item_id AND responses.expires_us > :now_us
ORDER BY responses.created_us DESC
LIMIT 1;

-- name: forget_response
DELETE FROM responses WHERE tenant = :tenant AND response_id = :response_id;

-- name: forget_response_items
DELETE FROM response_items WHERE tenant = :tenant AND response_id = :response_id;

-- name: size_of_responses
SELECT CAST(COALESCE(SUM(size_bytes), 0) AS BIGINT) FROM responses;

-- name: oldest_responses
SELECT tenant, response_id, size_bytes FROM responses ORDER BY expires_us LIMIT :count;

-- name: expire_response_items
DELETE FROM response_items
WHERE (tenant, item_id, response_id) IN (
  SELECT items.tenant, items.item_id, items.response_id
  FROM response_items AS items
  JOIN responses ON responses.tenant = items.tenant AND responses.response_id = items.response_id
  WHERE responses.expires_us < :before
  LIMIT :count
);

-- name: expire_responses
DELETE FROM responses
WHERE (tenant, response_id) IN (
  SELECT tenant, response_id FROM responses WHERE expires_us < :before ORDER BY expires_us LIMIT :count
);

-- name: forget_users_response_items
DELETE FROM response_items
WHERE (tenant, response_id) IN (
  SELECT tenant, response_id
  FROM responses
  WHERE "user" = :user AND (CAST(:tenant AS TEXT) IS NULL OR tenant = :tenant)
);

-- name: forget_users_responses
DELETE FROM responses WHERE "user" = :user AND (CAST(:tenant AS TEXT) IS NULL OR tenant = :tenant);

-- name: expire_later_verdicts
DELETE FROM later_verdicts
WHERE (run_id, at_us, verifier) IN (
  SELECT run_id, at_us, verifier FROM later_verdicts WHERE at_us < :before ORDER BY at_us LIMIT :count
);

-- name: keep_day
-- What was spent on a day; of one that was added up before it was over, by a clock that was wrong, whatever is greater.
INSERT INTO spending (day, tenant, key_id, "user", feature, lane, nanousd, tokens, thinking_tokens, late_nanousd, late_tokens, late_thinking_tokens)
VALUES (:day, :tenant, :key_id, :user, :feature, :lane, :nanousd, :tokens, :thinking_tokens, :late_nanousd, :late_tokens, :late_thinking_tokens)
ON CONFLICT (day, tenant, key_id, "user", feature, lane) DO UPDATE SET
  nanousd = CASE WHEN excluded.nanousd > spending.nanousd THEN excluded.nanousd ELSE spending.nanousd END,
  tokens = CASE WHEN excluded.tokens > spending.tokens THEN excluded.tokens ELSE spending.tokens END,
  thinking_tokens = CASE WHEN excluded.thinking_tokens > spending.thinking_tokens THEN excluded.thinking_tokens ELSE spending.thinking_tokens END,
  late_nanousd = CASE WHEN excluded.late_nanousd > spending.late_nanousd THEN excluded.late_nanousd ELSE spending.late_nanousd END,
  late_tokens = CASE WHEN excluded.late_tokens > spending.late_tokens THEN excluded.late_tokens ELSE spending.late_tokens END,
  late_thinking_tokens = CASE WHEN excluded.late_thinking_tokens > spending.late_thinking_tokens THEN excluded.late_thinking_tokens ELSE spending.late_thinking_tokens END;

-- name: renew_leases
-- Every lease of a process that holds anything, at once. One that was taken for lost stays so until its process has said what it spent.
UPDATE leases
SET expires_us = :expires_us
WHERE process = :process AND expires_us > 0;

-- name: open_book
-- What was spent of a cap before anybody leased of it.
INSERT INTO budget_books (tally, period, settled, unaccounted, ends_us)
VALUES (:tally, :period, :settled, :unaccounted, :ends_us)
ON CONFLICT DO NOTHING;

-- name: raise_book
-- Rows tell of more than the book and all leases of its cap can: it was not counted for a while. What is leased may be told once more:
-- counting too much cannot overspend a cap.
UPDATE budget_books
SET settled = CAST(:settled AS BIGINT) + unaccounted
WHERE tally = :tally AND period = :period
  AND CAST(:settled AS BIGINT) > settled - unaccounted + (
    SELECT COALESCE(SUM(amount), 0) FROM leases
    WHERE leases.tally = budget_books.tally AND leases.period = budget_books.period AND amount > 0
  );

-- name: keep_book
INSERT INTO budget_books (tally, period, settled, unaccounted, ends_us)
VALUES (:tally, :period, :settled, :unaccounted, :ends_us)
ON CONFLICT (tally, period) DO UPDATE SET settled = excluded.settled, unaccounted = excluded.unaccounted;

-- name: keep_lease
INSERT INTO leases (lease_id, tally, period, process, amount, reported, unrecorded, begun_us, expires_us)
VALUES (:lease_id, :tally, :period, :process, :amount, :reported, :unrecorded, :begun_us, :expires_us)
ON CONFLICT (lease_id) DO UPDATE SET
  amount = excluded.amount,
  reported = excluded.reported,
  unrecorded = excluded.unrecorded,
  begun_us = excluded.begun_us,
  expires_us = excluded.expires_us;

-- name: count_lost
-- What a lost lease may have spent.
UPDATE budget_books
SET settled = settled + :settled, unaccounted = unaccounted + :unaccounted
WHERE tally = :tally AND period = :period;

-- name: expire_books
-- A book is kept for one period longer than its own, since what is left over may be carried to that; and two days more.
DELETE FROM budget_books
WHERE ends_us + CASE
  WHEN tally LIKE '%/daily' THEN 259200000000
  WHEN tally LIKE '%/weekly' THEN 777600000000
  ELSE 2851200000000
END < :now;

-- name: expire_leases_of_books
DELETE FROM leases
WHERE NOT EXISTS (
  SELECT 1 FROM budget_books WHERE budget_books.tally = leases.tally AND budget_books.period = leases.period
);

-- name: expire_leases
-- Leases that were given back days ago, of processes that have none any more. A process uses none again that was idle for a day.
DELETE FROM leases
WHERE expires_us = 0 AND unrecorded = 0 AND begun_us + 172800000000 < :now
  AND NOT EXISTS (SELECT 1 FROM leases AS other WHERE other.process = leases.process AND other.expires_us <> 0);

-- name: bury_process
-- One that is heard of no more, unless it was heard of since. Of those who try, one deletes the row.
DELETE FROM processes WHERE process = :process AND (CAST(:seen_us AS BIGINT) IS NULL OR seen_us = :seen_us);

-- name: forget_claims_of
-- What it was about to answer is anybody's.
DELETE FROM claims WHERE owner = :process;

-- name: living_processes
-- Every gateway that lives on the store, the eldest first.
SELECT process, host, url, version, policy, seal, pid, begun_us, seen_us
FROM processes
ORDER BY begun_us, process;

-- name: claim
-- Of those who try, the first one has it.
INSERT INTO claims (name, asked, owner, until_us) VALUES (:name, :asked, :owner, :until_us) ON CONFLICT (name) DO NOTHING;

-- name: claim_by_name
SELECT asked, until_us FROM claims WHERE name = :name;

-- name: end_claim
-- One that nobody gave back or took over for so long that it is nobody's.
DELETE FROM claims WHERE name = :name AND until_us <= :now_us;

-- name: count_of_changes
-- How often what is called so was changed.
SELECT revision
FROM revisions
WHERE name = :changed;

-- name: cached_answers_since
-- Answers that were kept after a moment, by name with when they end.
SELECT name, expires_us
FROM cached_answers
WHERE created_us > :seen_us AND expires_us > :now_us;
