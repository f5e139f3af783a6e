"""Which process answers which idempotency key; and which release is the oldest that runs on the schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0007"


def upgrade() -> None:
    """Add both. The version before can go on with such a store: it knows neither and needs neither."""
    op.create_table(
        "claims",
        sa.Column("name", sa.LargeBinary, primary_key=True),
        sa.Column("asked", sa.LargeBinary, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("until_us", sa.BigInteger, nullable=False),
    )
    op.create_index("claims_by_end", "claims", ["until_us"])
    # A later step that takes something away says a later release; one that only adds leaves this as it is.
    op.execute("INSERT INTO revisions (name, revision) VALUES ('runs_from', 6)")
