"""Proofs of thinking, encrypted, between the turns of tool conversations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the table. The version before can go on with such a store: it knows no states and needs none."""
    op.create_table(
        "reasoning_states",
        sa.Column("name", sa.LargeBinary, primary_key=True),
        sa.Column("expires_us", sa.BigInteger, nullable=False, index=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
