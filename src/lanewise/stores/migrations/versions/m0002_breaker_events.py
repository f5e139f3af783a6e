"""When breakers opened and closed, and how long each run waited for a vendor to be back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add both. The version before can go on with such a store: it knows neither and needs neither."""
    op.create_table(
        "breaker_events",
        sa.Column("at_us", sa.BigInteger, primary_key=True),
        sa.Column("lane", sa.Text, primary_key=True),
        sa.Column("deployment", sa.Text, primary_key=True),
        sa.Column("position", sa.Text, nullable=False),
    )
    op.add_column("runs", sa.Column("waited_us", sa.BigInteger, nullable=False, server_default="0"))
