"""Verdicts that come later are found by a digest of the name that they come under, and keep it: nobody reads the name anywhere."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add it. The version before can go on with such a store: it finds what waits by the name itself, and needs nothing of this.

    What it leaves waiting from now on only a process of that version finds.
    """
    op.add_column("later_verdicts", sa.Column("name", sa.Text, nullable=False, server_default=""))
    op.create_index(
        "later_verdicts_by_name",
        "later_verdicts",
        ["name"],
        sqlite_where=sa.text("name <> ''"),
        postgresql_where=sa.text("name <> ''"),
    )
    store = op.get_bind()
    waiting = store.execute(sa.text("SELECT DISTINCT reason FROM later_verdicts WHERE verdict = 'awaited'")).scalars()
    for name in list(waiting):
        digest = f"sha256:{hashlib.sha256(name.encode()).hexdigest()}"
        named = sa.text("UPDATE later_verdicts SET name = :digest WHERE verdict = 'awaited' AND reason = :name")
        store.execute(named, {"digest": digest, "name": name})
