"""Keys with scopes and rotation, the audit log, and what runs of several calls cost by whom."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0006"

#: The log is written to, and read; its oldest rows go by retention, which says first up to where.
_SQLITE_GUARDS = (
    "CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END",
    (
        "CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit "
        "WHEN OLD.number > (SELECT revision FROM revisions WHERE name = 'audit_expired') "
        "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
    ),
)
_POSTGRESQL_GUARDS = (
    (
        "CREATE FUNCTION audit_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF TG_OP = 'DELETE' AND OLD.number <= (SELECT revision FROM revisions WHERE name = 'audit_expired') THEN RETURN OLD; END IF; "
        "RAISE EXCEPTION 'the audit log is append-only'; END $$"
    ),
    "CREATE TRIGGER audit_is_kept BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_is_kept()",
)


def upgrade() -> None:
    """Add them. The version before can go on with such a store, but it knows no scopes: to it, every key is its tenant's whole."""
    op.add_column("keys", sa.Column("scope", sa.Text, nullable=False, server_default=""))
    op.add_column("keys", sa.Column("rotated_us", sa.BigInteger))
    op.add_column("keys", sa.Column("previous_digest", sa.LargeBinary))
    op.add_column("keys", sa.Column("previous_until_us", sa.BigInteger))
    op.add_column("runs", sa.Column("cache_saved", sa.BigInteger, nullable=False, server_default="0"))
    _make_run_costs()
    _make_audit()


def _make_run_costs() -> None:
    op.create_table(
        "run_costs",
        sa.Column("started_us", sa.BigInteger, primary_key=True),
        sa.Column("run_id", sa.Text, primary_key=True),
        sa.Column("purpose", sa.Text, primary_key=True),
        sa.Column("deployment", sa.Text, primary_key=True),
        sa.Column("model", sa.Text, primary_key=True),
        sa.Column("calls", sa.BigInteger, nullable=False),
        sa.Column("cost_input", sa.BigInteger, nullable=False),
        sa.Column("cost_cached", sa.BigInteger, nullable=False),
        sa.Column("cost_cache_write", sa.BigInteger, nullable=False),
        sa.Column("cost_reasoning", sa.BigInteger, nullable=False),
        sa.Column("cost_output", sa.BigInteger, nullable=False),
        sa.Column("cache_saved", sa.BigInteger, nullable=False),
    )


def _make_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at_us", sa.BigInteger, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("act", sa.Text, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("previous", sa.LargeBinary, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
    )
    op.create_index("audit_by_time", "audit", ["at_us"])
    op.execute("INSERT INTO revisions (name, revision) VALUES ('audit', 0), ('audit_expired', 0)")
    postgresql = op.get_bind().dialect.name == "postgresql"
    for guard in _POSTGRESQL_GUARDS if postgresql else _SQLITE_GUARDS:
        op.execute(guard)
