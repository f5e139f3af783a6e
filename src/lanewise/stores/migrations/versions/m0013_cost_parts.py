"""Fees of vendors' own tools as a part of what runs cost, and what caps count of tokens that no vendor has told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add them. The version before can go on with such a store: it knows none of them and needs none."""
    for name in ("cost_tools", "held_tokens", "held_thinking_tokens"):
        op.add_column("runs", sa.Column(name, sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("run_costs", sa.Column("cost_tools", sa.BigInteger, nullable=False, server_default="0"))
