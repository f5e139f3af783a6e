"""Answers kept for whoever asks again by the same idempotency key."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the table. The version before can go on with such a store: it does not know it."""
    op.create_table(
        "kept_answers",
        sa.Column("name", sa.LargeBinary, primary_key=True),
        sa.Column("asked", sa.LargeBinary, nullable=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("created_us", sa.BigInteger, nullable=False),
        sa.Column("expires_us", sa.BigInteger, nullable=False),
        sa.Column("status", sa.BigInteger, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("headers", sa.LargeBinary, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("kept_answers_by_expiry", "kept_answers", ["expires_us"])
    op.create_index("kept_answers_by_run", "kept_answers", ["run_id"])
