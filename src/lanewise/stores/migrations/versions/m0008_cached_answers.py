"""Answers given again to whoever asks the same, and what of it stands in a run's row."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0010"


def upgrade() -> None:
    """Add the table, its counter, and two columns. The version before can go on with such a store: it writes rows without them."""
    op.create_table(
        "cached_answers",
        sa.Column("name", sa.LargeBinary, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("created_us", sa.BigInteger, nullable=False),
        sa.Column("expires_us", sa.BigInteger, nullable=False),
        sa.Column("cost_nanousd", sa.BigInteger, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_index("cached_answers_by_age", "cached_answers", ["created_us"])
    op.create_index("cached_answers_by_expiry", "cached_answers", ["expires_us"])
    op.create_index("cached_answers_by_run", "cached_answers", ["run_id"])
    op.execute("INSERT INTO revisions (name, revision) VALUES ('cache', 0)")
    op.add_column("runs", sa.Column("recalled", sa.Text, nullable=False, server_default=""))
    op.add_column("runs", sa.Column("saved_nanousd", sa.BigInteger, nullable=False, server_default="0"))
