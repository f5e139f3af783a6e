"""How caps stand, for administrators."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from fastapi import FastAPI

from lanewise.core.protocols.budget import Standing
from lanewise.operations.budgets import rows_of

Standings = Callable[[], Awaitable[Sequence[Standing]]]
"""How every cap stands, with what every process has said."""


def tell_of_budgets(app: FastAPI, standings: Standings) -> None:
    """Add them to the admin application."""

    @app.get("/budgets")
    async def budgets(tenant: str | None = None) -> dict[str, Any]:
        """How every cap stands that something was spent of in its present period; where processes share it, with what all have said."""
        return {"budgets": rows_of(await standings(), tenant=tenant)}
