"""Alembic's entrance: runs the pending steps on the connection that `stores.migrate` hands over, all in its one transaction."""

from __future__ import annotations

from alembic import context

context.configure(
    connection=context.config.attributes["connection"], transactional_ddl=True, transaction_per_migration=False
)
context.run_migrations()
