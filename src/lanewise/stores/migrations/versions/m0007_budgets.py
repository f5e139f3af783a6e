"""What budgets stand on: days added up, alarms, leases, and two more columns of runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0008"

_NAMES = ("tenant", "key_id", "user", "feature", "lane")
_SUMS = ("nanousd", "tokens", "thinking_tokens", "late_nanousd", "late_tokens", "late_thinking_tokens")


def upgrade() -> None:
    """Add them. The version before can go on with such a store: it knows none of them and needs none."""
    op.add_column("runs", sa.Column("held_nanousd", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("runs", sa.Column("process", sa.Text, nullable=False, server_default=""))
    shared = sa.text("process <> ''")
    op.create_index("runs_by_process", "runs", ["process", "started_us"], sqlite_where=shared, postgresql_where=shared)
    op.create_table(
        "spending",
        sa.Column("day", sa.BigInteger, primary_key=True, autoincrement=False),
        *(sa.Column(name, sa.Text, primary_key=True) for name in _NAMES),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in _SUMS),
    )
    op.create_index("spending_by_user", "spending", ["user", "tenant"])
    op.create_table(
        "budget_events",
        sa.Column("at_us", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("tally", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("period", "tenant", "subject", "cap")),
        sa.Column("share", sa.Float, nullable=False),
        sa.Column("taken", sa.BigInteger, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "budget_books",
        sa.Column("tally", sa.Text, primary_key=True),
        sa.Column("period", sa.Text, primary_key=True),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("settled", "unaccounted", "ends_us")),
    )
    _create_leases()
    op.execute("INSERT INTO revisions (name, revision) VALUES ('spending', -1)")


def _create_leases() -> None:
    numbers = ("amount", "reported", "unrecorded", "begun_us", "expires_us")
    op.create_table(
        "leases",
        sa.Column("lease_id", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("tally", "period", "process")),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in numbers),
    )
    op.create_index("leases_by_tally", "leases", ["tally", "period"])
    op.create_index("leases_by_expiry", "leases", ["expires_us"])
