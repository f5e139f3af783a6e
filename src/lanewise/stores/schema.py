"""The tables of the store of record, as they are after the last migration (`migrations/versions` says how they came to be).

Times are microseconds since the Unix epoch, money is nano-dollars; both need 64 bits on PostgreSQL too, hence BigInteger.
"""

from __future__ import annotations

import sqlalchemy as sa

from lanewise.stores import schema_similar
from lanewise.stores.columns import flag as _flag
from lanewise.stores.columns import number as _number
from lanewise.stores.columns import text as _text

#: The last migration. Known without importing alembic, so that a start with nothing to do stays fast; a test compares the two.
HEAD = "0015"

#: Of this page and of the one beside it.
metadata = schema_similar.metadata

#: One row per run; columns are those of `core.record.RunRecord`, whose trace is in `traces`.
#: SQLite keeps it as one B-tree ordered by run id (ids sort by time), which spares a page per commit.
runs = sa.Table(
    "runs",
    metadata,
    sa.Column("run_id", sa.Text, primary_key=True),
    _number("started_us"),
    _text("tenant"),
    _text("key_id"),
    sa.Column("user", sa.Text),
    sa.Column("feature", sa.Text),
    sa.Column("task", sa.Text),
    _text("request_id"),
    _text("requested_model"),
    _flag("stream"),
    _text("lane"),
    _text("deployment"),
    _text("served_model"),
    _text("outcome"),
    sa.Column("failure", sa.Text),
    _number("status"),
    _number("latency_us"),
    sa.Column("first_token_us", sa.BigInteger),
    _number("calls"),
    _number("input_tokens"),
    _number("cached_tokens"),
    _number("cache_write_tokens"),
    _number("reasoning_tokens"),
    _number("output_tokens"),
    _number("cost_input"),
    _number("cost_cached"),
    _number("cost_cache_write"),
    _number("cost_reasoning"),
    _number("cost_output"),
    _number("cost_nanousd"),
    _flag("estimated"),
    _number("unpriced_calls"),
    _flag("degraded"),
    _text("verdict"),
    _text("reason"),
    _text("policy_version"),
    # The version before writes rows without it.
    sa.Column("waited_us", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("verdict_kind", sa.Text, nullable=False, server_default=""),
    sa.Column("escalated", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("attempts", sa.BigInteger, nullable=False, server_default="1"),
    sa.Column("cache_saved", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("recalled", sa.Text, nullable=False, server_default=""),
    sa.Column("saved_nanousd", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("held_nanousd", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("process", sa.Text, nullable=False, server_default=""),
    sa.Column("cost_tools", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("held_tokens", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("held_thinking_tokens", sa.BigInteger, nullable=False, server_default="0"),
    sa.Index("runs_by_time", "started_us"),
    sa.Index("runs_by_tenant", "tenant", "started_us"),
    sa.Index("runs_by_user", "user", "tenant", sqlite_where=sa.text('"user" IS NOT NULL')),
    sa.Index(
        "runs_by_process",
        "process",
        "started_us",
        sqlite_where=sa.text("process <> ''"),
        postgresql_where=sa.text("process <> ''"),
    ),
    sqlite_with_rowid=False,
)

#: How each run went, as the JSON of `core.record.Trace`. Time leads the key, so that retention deletes a range of it.
traces = sa.Table(
    "traces",
    metadata,
    sa.Column("started_us", sa.BigInteger, primary_key=True),
    sa.Column("run_id", sa.Text, primary_key=True),
    sa.Column("trace", sa.LargeBinary, nullable=False),
)

#: The words of runs, only where the policy says `record.content`.
contents = sa.Table(
    "contents",
    metadata,
    sa.Column("started_us", sa.BigInteger, primary_key=True),
    sa.Column("run_id", sa.Text, primary_key=True),
    sa.Column("request", sa.LargeBinary, nullable=False),
    sa.Column("answer", sa.LargeBinary, nullable=False),
)

#: Every change of a circuit breaker's position. A breaker's times never repeat, so the latest row of one is where it stands.
breaker_events = sa.Table(
    "breaker_events",
    metadata,
    sa.Column("at_us", sa.BigInteger, primary_key=True),
    sa.Column("lane", sa.Text, primary_key=True),
    sa.Column("deployment", sa.Text, primary_key=True),
    _text("position"),
    sa.Column("process", sa.Text, nullable=False, server_default=""),  # each has breakers of its own
)

AWAITED = "awaited"
"""The verdict of a row that waits for one."""

#: Verdicts that came after the run was over, a row each, never changed: who said what of which run, and what stood there before.
later_verdicts = sa.Table(
    "later_verdicts",
    metadata,
    sa.Column("run_id", sa.Text, primary_key=True),
    sa.Column("at_us", sa.BigInteger, primary_key=True),
    sa.Column("verifier", sa.Text, primary_key=True),
    _text("tenant"),
    _text("key_id"),
    _text("verdict"),
    _text("kind"),
    sa.Column("score", sa.Float),
    _text("reason"),
    _text("before"),
    _text("before_kind"),
    # The digest of the name that it waits for, or came under; the version before writes rows without it.
    sa.Column("name", sa.Text, nullable=False, server_default=""),
    sa.Index(
        "later_verdicts_by_name", "name", sqlite_where=sa.text("name <> ''"), postgresql_where=sa.text("name <> ''")
    ),
)

#: Proofs of thinking between the turns of tool conversations, encrypted. `name` is a digest of the tenant and of what it is found by.
reasoning_states = sa.Table(
    "reasoning_states",
    metadata,
    sa.Column("name", sa.LargeBinary, primary_key=True),
    sa.Column("expires_us", sa.BigInteger, nullable=False, index=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
)

#: Responses that later requests may name, with the items they were asked with, as the JSON of their dialect.
responses = sa.Table(
    "responses",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("response_id", sa.Text, primary_key=True),
    sa.Column("user", sa.Text),
    _number("created_us"),
    _number("expires_us"),
    _text("account"),
    sa.Column("previous_id", sa.Text),
    _number("size_bytes"),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("asked", sa.LargeBinary, nullable=False),
    sa.Index("responses_by_expiry", "expires_us"),
    sa.Index("responses_by_user", "user", "tenant", sqlite_where=sa.text('"user" IS NOT NULL')),
)

#: Which response an item belongs to that a later request names by its id.
response_items = sa.Table(
    "response_items",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("item_id", sa.Text, primary_key=True),
    sa.Column("response_id", sa.Text, primary_key=True),
    sa.Index("response_items_by_response", "tenant", "response_id"),
)

#: Answers that are given again to whoever asks by the same idempotency key. `size_bytes` is that of body and headers.
kept_answers = sa.Table(
    "kept_answers",
    metadata,
    sa.Column("name", sa.LargeBinary, primary_key=True),
    sa.Column("asked", sa.LargeBinary, nullable=False),
    _text("run_id"),
    _number("created_us"),
    _number("expires_us"),
    _number("status"),
    _number("size_bytes"),
    sa.Column("headers", sa.LargeBinary, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Index("kept_answers_by_expiry", "expires_us"),
    sa.Index("kept_answers_by_run", "run_id"),
)

#: Answers that are given again to whoever asks the same, encrypted. `name` is a digest that only this store could make.
cached_answers = sa.Table(
    "cached_answers",
    metadata,
    sa.Column("name", sa.LargeBinary, primary_key=True),
    _text("tenant"),
    _text("run_id"),
    _number("created_us"),
    _number("expires_us"),
    _number("cost_nanousd"),
    _number("size_bytes"),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Index("cached_answers_by_age", "created_us"),
    sa.Index("cached_answers_by_expiry", "expires_us"),
    sa.Index("cached_answers_by_run", "run_id"),
)

#: Which process answers an idempotency key, of several that share the store. A claim that nobody gave back ends by itself.
claims = sa.Table(
    "claims",
    metadata,
    sa.Column("name", sa.LargeBinary, primary_key=True),
    sa.Column("asked", sa.LargeBinary, nullable=False),
    _text("owner"),
    _number("until_us"),
    sa.Index("claims_by_end", "until_us"),
    sa.Index("claims_by_owner", "owner"),
)

#: The gateways that live on a database, each with when it was last heard of by the database's clock; a file has one, and no row.
processes = sa.Table(
    "processes",
    metadata,
    sa.Column("process", sa.Text, primary_key=True),
    _text("host"),
    _text("url"),  # where it takes requests; empty until it does
    _text("version"),
    _text("policy"),
    _text("seal"),  # tells keys apart that what is kept is sealed with
    _number("pid"),
    _number("begun_us"),
    _number("seen_us"),
)

#: Application and admin keys. The key itself is never kept, only its SHA-256.
keys = sa.Table(
    "keys",
    metadata,
    sa.Column("key_id", sa.Text, primary_key=True),
    sa.Column("digest", sa.LargeBinary, nullable=False, unique=True),
    _text("tenant"),
    _text("name"),
    _flag("admin"),
    _number("created_us"),
    sa.Column("expires_us", sa.BigInteger),
    sa.Column("revoked_us", sa.BigInteger),
    sa.Column("scope", sa.Text, nullable=False, server_default=""),  # the JSON of `core.scope.KeyScope`; empty: none
    sa.Column("rotated_us", sa.BigInteger),
    sa.Column("previous_digest", sa.LargeBinary),  # the secret before the last rotation, good until `previous_until_us`
    sa.Column("previous_until_us", sa.BigInteger),
)

#: Who did what, from where: rows that a trigger keeps from being changed, each with the digest of the one before.
#: Only the oldest may go, up to the row that `revisions` names as `audit_expired`.
audit = sa.Table(
    "audit",
    metadata,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    _number("at_us"),
    _text("who"),
    _text("origin"),
    _text("act"),
    _text("tenant"),
    _text("subject"),
    _text("detail"),
    sa.Column("previous", sa.LargeBinary, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Index("audit_by_time", "at_us"),
)

#: What a run of several calls cost, by who was asked for what. A run of one call has all of it in its own row.
run_costs = sa.Table(
    "run_costs",
    metadata,
    sa.Column("started_us", sa.BigInteger, primary_key=True),
    sa.Column("run_id", sa.Text, primary_key=True),
    sa.Column("purpose", sa.Text, primary_key=True),  # empty: to answer; else what was asked beside: classify, judge
    sa.Column("deployment", sa.Text, primary_key=True),
    sa.Column("model", sa.Text, primary_key=True),
    _number("calls"),
    _number("cost_input"),
    _number("cost_cached"),
    _number("cost_cache_write"),
    _number("cost_reasoning"),
    _number("cost_output"),
    _number("cache_saved"),
    sa.Column("cost_tools", sa.BigInteger, nullable=False, server_default="0"),
)

#: Counters that say whether something changed: `keys` whenever a key is made, rotated or revoked, `cache` when answers are withdrawn,
#: `probe` when a lost store answers again, `audit` with every row of the audit log, `audit_expired` with the last row of it that is
#: kept no longer.
#: No counters are `runs_from`, the schema of the oldest release that runs on this one, and `store_id`, by which a database is known.
revisions = sa.Table(
    "revisions",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    _number("revision"),
)

#: What was spent on the days that are over, so that a start need not add up every run; kept after the runs are deleted. A run stands
#: on the day it began; of those that ended on the next, `late_*` of that day says again what they spent, since some calls may be of it.
spending = sa.Table(
    "spending",
    metadata,
    sa.Column("day", sa.BigInteger, primary_key=True, autoincrement=False),  # since the Unix epoch
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("key_id", sa.Text, primary_key=True),
    sa.Column("user", sa.Text, primary_key=True),  # empty where a request named none
    sa.Column("feature", sa.Text, primary_key=True),
    sa.Column("lane", sa.Text, primary_key=True),  # that asked for the calls
    _number("nanousd"),  # with what calls of unknown price are held to
    _number("tokens"),
    _number("thinking_tokens"),
    _number("late_nanousd"),
    _number("late_tokens"),
    _number("late_thinking_tokens"),
    sa.Index("spending_by_user", "user", "tenant"),
)

#: Alarms of caps, each share once in a period; a share of 1 is a refusal.
budget_events = sa.Table(
    "budget_events",
    metadata,
    sa.Column("at_us", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("tally", sa.Text, primary_key=True),
    _text("period"),
    _text("tenant"),
    _text("subject"),
    _text("cap"),  # as a refusal names it: `tenant.daily`
    sa.Column("share", sa.Float, nullable=False),
    _number("taken"),
    _number("amount"),
)

#: What is spent of a cap in one period, as far as its processes have said; what they hold beside it is in `leases`.
budget_books = sa.Table(
    "budget_books",
    metadata,
    sa.Column("tally", sa.Text, primary_key=True),
    sa.Column("period", sa.Text, primary_key=True),
    _number("settled"),
    _number("unaccounted"),  # of `settled`: what a dead process may have spent, and no ledger row tells
    _number("ends_us"),
)

#: What one process may spend of a cap. Of the amount, `unrecorded` is set aside for calls under way; of a lease that was lost, that is what
#: it was counted with beyond what rows tell. It expires at 0 when it was given back, at -1 when it was lost.
leases = sa.Table(
    "leases",
    metadata,
    sa.Column("lease_id", sa.Text, primary_key=True),
    _text("tally"),
    _text("period"),
    _text("process"),
    _number("amount"),  # that may still be spent, with what is set aside
    _number("reported"),  # what its process has spent of it before, which is in the book
    _number("unrecorded"),
    _number("begun_us"),  # or given back
    _number("expires_us"),
    sa.Index("leases_by_tally", "tally", "period"),
    sa.Index("leases_by_expiry", "expires_us"),
)
