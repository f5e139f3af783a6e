"""Answers to similar questions over the admin API: what is in force for whom, and what audits tell of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from fastapi import FastAPI

from lanewise.core.similar import SimilarState


def tell_of_similar(app: FastAPI, state: Callable[[], SimilarState]) -> FastAPI:
    """The admin application with the route added to it."""

    @app.get("/similar")
    async def similar() -> dict[str, Any]:
        """What is certified and in force by tenant, what audits tell of it, and what came of questions since the start."""
        now = state()
        return {
            "questions": now.questions,
            "events": [
                {"tenant": tenant, "event": event, "count": count}
                for (tenant, event), count in sorted(now.events.items())
            ],
            "lookups": [
                {"asked": asked, "outcome": outcome, "count": count}
                for (asked, outcome), count in sorted(now.lookups.items())
            ],
            "tenants": [msgspec.to_builtins(each) for each in now.standings],
        }

    return app
