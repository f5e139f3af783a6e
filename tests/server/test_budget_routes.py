from __future__ import annotations

from collections.abc import Sequence

import msgspec
from fastapi import FastAPI

from asgi_calls import Caller, called, scope
from lanewise.core.caps import Cap, Tally
from lanewise.core.periods import ALL_TIME
from lanewise.core.protocols.budget import Standing
from lanewise.server.budget_routes import tell_of_budgets


async def test_caps_are_told_with_what_every_process_has_spent_and_holds_of_one_tenant_or_all() -> None:
    async def standings() -> Sequence[Standing]:
        return [
            Standing(
                cap=Cap(scope="tenant", period="total", amount=100),
                tally=Tally("tenant", name, "", "dollars", "total"),
                span=ALL_TIME,
                amount=100,
                carried=0,
                spent=30,
                held=5,
                leased=8,
                unaccounted=2,
            )
            for name in ("acme", "globex")
        ]

    app = FastAPI()
    tell_of_budgets(app, standings)
    every = msgspec.json.decode((await called(app, scope("/budgets"), Caller())).body)["budgets"]
    one = msgspec.json.decode((await called(app, scope("/budgets?tenant=globex"), Caller())).body)["budgets"]
    assert [each["tenant"] for each in every] == ["acme", "globex"]
    assert one == every[1:]
    assert {name: one[0][name] for name in ("spent", "unaccounted", "held", "leased", "left")} == {
        "spent": 30,
        "unaccounted": 2,
        "held": 5,
        "leased": 8,
        "left": 65,
    }
