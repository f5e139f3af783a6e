"""Responses that later requests may name, and the items in them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add both tables. The version before can go on with such a store: it knows neither and needs neither."""
    op.create_table(
        "responses",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("response_id", sa.Text, primary_key=True),
        sa.Column("user", sa.Text),
        sa.Column("created_us", sa.BigInteger, nullable=False),
        sa.Column("expires_us", sa.BigInteger, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("previous_id", sa.Text),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("asked", sa.LargeBinary, nullable=False),
    )
    op.create_index("responses_by_expiry", "responses", ["expires_us"])
    op.create_index("responses_by_user", "responses", ["user", "tenant"], sqlite_where=sa.text('"user" IS NOT NULL'))
    op.create_table(
        "response_items",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("item_id", sa.Text, primary_key=True),
        sa.Column("response_id", sa.Text, primary_key=True),
    )
    op.create_index("response_items_by_response", "response_items", ["tenant", "response_id"])
