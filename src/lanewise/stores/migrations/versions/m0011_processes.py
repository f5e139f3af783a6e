"""Which gateways live on a store, and whose breaker it was that moved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0009"


def upgrade() -> None:
    """Add both. The version before can go on with such a store: it knows neither and needs neither."""
    op.create_table(
        "processes",
        sa.Column("process", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("host", "url", "version", "policy", "seal")),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("pid", "begun_us", "seen_us")),
    )
    op.add_column("breaker_events", sa.Column("process", sa.Text, nullable=False, server_default=""))
    op.create_index("claims_by_owner", "claims", ["owner"])
