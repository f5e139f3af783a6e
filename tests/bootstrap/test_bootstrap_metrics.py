from __future__ import annotations

from typing import ClassVar

from lanewise import bootstrap
from lanewise.bootstrap import ServeOptions
from lanewise.bootstrap.metrics import metrics_of


async def test_what_every_part_tells_is_in_the_metrics(options: ServeOptions) -> None:
    async with bootstrap.opened(options) as application:
        parts = application.gateway.parts

        class Shared:
            counts: ClassVar = {"first": 3}

        class Figures:
            def alarms(self) -> dict[tuple[str, str, str], int]:
                return {("acme", "tenant.daily", "0.8"): 2}

            def over_nanousd(self) -> dict[str, int]:
                return {}

            def standings(self) -> tuple[()]:
                return ()

        metrics = metrics_of(
            parts,
            ledger=parts.ledger,  # type: ignore[arg-type]
            cache=parts.cache,  # type: ignore[arg-type]
            shared=Shared(),  # type: ignore[arg-type]
            budgets=Figures(),  # type: ignore[arg-type]
            similar=parts.similar,  # type: ignore[arg-type]
        )
        text = metrics.render().decode()
    for line in (
        "lanewise_ledger_healthy 1.0",
        'lanewise_idempotent_requests_total{result="first"} 3.0',
        'lanewise_budget_alarms_total{cap="tenant.daily",share="0.8",tenant="acme"} 2.0',
        'lanewise_cache_answers{where="memory"} 0.0',
        "lanewise_similar_questions 0.0",
        "lanewise_requests_waiting 0.0",
    ):
        assert line in text
