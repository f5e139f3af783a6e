"""Fees of vendors' own tools as a part of costs, what caps count of untold tokens; and no older release that knows no scopes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add them. The version before can go on with such a store: it knows none of them and needs none.

    One from before 0010 could too, but would take a key that is one user's for its whole tenant's: it may not start any more.
    """
    for name in ("cost_tools", "held_tokens", "held_thinking_tokens"):
        op.add_column("runs", sa.Column(name, sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("run_costs", sa.Column("cost_tools", sa.BigInteger, nullable=False, server_default="0"))
    op.execute("UPDATE revisions SET revision = 10 WHERE name = 'runs_from'")
