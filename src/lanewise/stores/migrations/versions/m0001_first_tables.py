"""The first tables: runs, traces, contents, keys, revisions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the first tables, and the counters they start with."""
    _make_runs()
    _make_traces()
    _make_contents()
    _make_keys()
    _make_revisions()
    op.execute("INSERT INTO revisions (name, revision) VALUES ('keys', 0), ('probe', 0)")


def _make_runs() -> None:
    op.create_table(
        "runs",
        sa.Column("run_id", sa.Text, primary_key=True),
        sa.Column("started_us", sa.BigInteger, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("user", sa.Text),
        sa.Column("feature", sa.Text),
        sa.Column("task", sa.Text),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("requested_model", sa.Text, nullable=False),
        sa.Column("stream", sa.SmallInteger, nullable=False),
        sa.Column("lane", sa.Text, nullable=False),
        sa.Column("deployment", sa.Text, nullable=False),
        sa.Column("served_model", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("failure", sa.Text),
        sa.Column("status", sa.BigInteger, nullable=False),
        sa.Column("latency_us", sa.BigInteger, nullable=False),
        sa.Column("first_token_us", sa.BigInteger),
        sa.Column("calls", sa.BigInteger, nullable=False),
        sa.Column("input_tokens", sa.BigInteger, nullable=False),
        sa.Column("cached_tokens", sa.BigInteger, nullable=False),
        sa.Column("cache_write_tokens", sa.BigInteger, nullable=False),
        sa.Column("reasoning_tokens", sa.BigInteger, nullable=False),
        sa.Column("output_tokens", sa.BigInteger, nullable=False),
        sa.Column("cost_input", sa.BigInteger, nullable=False),
        sa.Column("cost_cached", sa.BigInteger, nullable=False),
        sa.Column("cost_cache_write", sa.BigInteger, nullable=False),
        sa.Column("cost_reasoning", sa.BigInteger, nullable=False),
        sa.Column("cost_output", sa.BigInteger, nullable=False),
        sa.Column("cost_nanousd", sa.BigInteger, nullable=False),
        sa.Column("estimated", sa.SmallInteger, nullable=False),
        sa.Column("unpriced_calls", sa.BigInteger, nullable=False),
        sa.Column("degraded", sa.SmallInteger, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("policy_version", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("runs_by_time", "runs", ["started_us"])
    op.create_index("runs_by_tenant", "runs", ["tenant", "started_us"])
    op.create_index("runs_by_user", "runs", ["user", "tenant"], sqlite_where=sa.text('"user" IS NOT NULL'))


def _make_traces() -> None:
    op.create_table(
        "traces",
        sa.Column("started_us", sa.BigInteger, primary_key=True),
        sa.Column("run_id", sa.Text, primary_key=True),
        sa.Column("trace", sa.LargeBinary, nullable=False),
    )


def _make_contents() -> None:
    op.create_table(
        "contents",
        sa.Column("started_us", sa.BigInteger, primary_key=True),
        sa.Column("run_id", sa.Text, primary_key=True),
        sa.Column("request", sa.LargeBinary, nullable=False),
        sa.Column("answer", sa.LargeBinary, nullable=False),
    )


def _make_keys() -> None:
    op.create_table(
        "keys",
        sa.Column("key_id", sa.Text, primary_key=True),
        sa.Column("digest", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("admin", sa.SmallInteger, nullable=False),
        sa.Column("created_us", sa.BigInteger, nullable=False),
        sa.Column("expires_us", sa.BigInteger),
        sa.Column("revoked_us", sa.BigInteger),
    )


def _make_revisions() -> None:
    op.create_table(
        "revisions",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("revision", sa.BigInteger, nullable=False),
    )
