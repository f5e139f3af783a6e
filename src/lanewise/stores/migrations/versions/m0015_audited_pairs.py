"""What an audit says of two questions beside whether one answer does: how alike they are, and how likely it was to be made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add them. The version before can go on with such a store: its audits say none of it, and no bound is fitted to them."""
    for name in ("score", "share"):
        op.add_column("similar_audits", sa.Column(name, sa.Float(53), nullable=False, server_default="0"))
    op.add_column("similar_audits", sa.Column("pair", sa.LargeBinary))
