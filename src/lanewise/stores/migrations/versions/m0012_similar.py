"""Answers to similar questions: the questions, what was learned, what audits have told, and what they have ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add them. The version before can go on with such a store: it knows none of it and needs none of it."""
    op.create_table(
        "similar_questions",
        sa.Column("name", sa.LargeBinary, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("place", sa.LargeBinary, nullable=False),
        sa.Column("embedding", sa.Text, nullable=False),
        sa.Column("created_us", sa.BigInteger, nullable=False),
        sa.Column("expires_us", sa.BigInteger, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_index("similar_questions_by_age", "similar_questions", ["created_us"])
    op.create_index("similar_questions_by_run", "similar_questions", ["run_id"])
    op.create_table(
        "similar_thresholds",
        sa.Column("threshold_id", sa.Text, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("learned_us", sa.BigInteger, nullable=False),
        sa.Column("certificate", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "similar_audits",
        sa.Column("run_id", sa.Text, primary_key=True),
        sa.Column("given_run_id", sa.Text, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("threshold_id", sa.Text, nullable=False),
        sa.Column("correct", sa.SmallInteger),
        sa.Column("told_by", sa.Text, nullable=False),
        sa.Column("at_us", sa.BigInteger, nullable=False),
    )
    op.create_index("similar_audits_by_threshold", "similar_audits", ["tenant", "threshold_id"])
    op.create_table(
        "similar_ends",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("threshold_id", sa.Text, primary_key=True),
        sa.Column("at_us", sa.BigInteger, nullable=False),
        sa.Column("audited", sa.BigInteger, nullable=False),
        sa.Column("wrong", sa.BigInteger, nullable=False),
    )
    op.execute("INSERT INTO revisions (name, revision) VALUES ('similar', 0)")
