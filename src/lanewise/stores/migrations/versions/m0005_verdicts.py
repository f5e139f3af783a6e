"""What kind of verdict a run has, how many answers were made and whether it climbed; and verdicts that come later."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add them. The version before can go on with such a store: it knows none of them and needs none."""
    op.add_column("runs", sa.Column("verdict_kind", sa.Text, nullable=False, server_default=""))
    op.add_column("runs", sa.Column("escalated", sa.SmallInteger, nullable=False, server_default="0"))
    op.add_column("runs", sa.Column("attempts", sa.BigInteger, nullable=False, server_default="1"))
    op.create_table(
        "later_verdicts",
        sa.Column("run_id", sa.Text, primary_key=True),
        sa.Column("at_us", sa.BigInteger, primary_key=True),
        sa.Column("verifier", sa.Text, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("score", sa.Float),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("before_kind", sa.Text, nullable=False),
    )
