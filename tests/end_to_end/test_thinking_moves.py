"""A tool conversation that changes its vendor with every request, over a restart: nobody is sent a proof that is not its own.

The simulated vendors check signatures as the real ones do, and want thinking back before an open tool call: one wrong block is a 400.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle, pairwise
from pathlib import Path
from typing import Any

import aiohttp

from end_to_end.four_vendors import SPOKEN, settings
from end_to_end.speaker import Called, Speaker, Told
from end_to_end.speakers import SPEAKERS
from end_to_end.stage import PATIENT, Vendors, ledger
from lanewise.core.request import Dialect
from lanewise.wire import INBOUND
from processes import GatewayProcess, gateway

TURNS = 10
VERSION = {"anthropic-version": "2023-06-01"}
CITIES = ("Paris", "Rome", "Oslo", "Lima", "Kyiv", "Quito", "Accra", "Hanoi", "Sofia", "Dakar")
#: A vendor without proofs, one that wants its thinking back, one that thinks as it likes, one that signs calls, and twins under
#: another account and of another model: no two requests in a row go to one of them.
MODELS = (
    "simopen/sim-standard",
    "simthropic/sim-haiku",
    "simthropic/sim-opus",
    "simini/sim-pro",
    "elsewhere/sim-haiku",
    "simini/sim-flash",
    *(["native/sim-reasoner"] if Dialect.OPENAI_RESPONSES in SPOKEN else []),
    "simthropic/sim-sonnet",
)


@contextmanager
def running(folder: Path, simulator_url: str) -> Iterator[GatewayProcess]:
    (folder / "lanewise.yaml").write_text(settings(simulator_url, *MODELS))
    with gateway("--dev", "--config", "lanewise.yaml", cwd=folder) as process:
        yield process


async def asked(speaker: Speaker, url: str, model: str) -> Told:
    async with (
        aiohttp.ClientSession(timeout=PATIENT) as http,
        http.post(url + speaker.path(model), json=speaker.body(model), headers=VERSION) as response,
    ):
        body: dict[str, Any] = await response.json()
        assert response.status == 200, (model, body)
    return speaker.hear(body)


def results(told: Told) -> list[tuple[Called, str]]:
    assert told.calls, told.raw
    return [(call, f"{number + 18} degrees") for number, call in enumerate(told.calls)]


async def some_turns(speaker: Speaker, url: str, models: Iterator[str], cities: tuple[str, ...]) -> None:
    for city in cities:
        speaker.ask(f"What is the weather in {city}, in celsius?")
        speaker.give(results(await asked(speaker, url, next(models))))
        told = await asked(speaker, url, next(models))
        assert not told.calls


async def test_ten_turns_with_a_switch_at_every_request_and_a_restart_half_way(
    tmp_path: Path, simulator_url: str, vendors: Vendors
) -> None:
    """One conversation in each dialect that callers speak, all at once."""
    talks = [(SPEAKERS[dialect](), cycle(MODELS)) for dialect in INBOUND]
    for cities in (CITIES[: TURNS // 2], CITIES[TURNS // 2 :]):
        with running(tmp_path, simulator_url) as process:
            await asyncio.gather(*(some_turns(speaker, process.url, models, cities) for speaker, models in talks))

    requests = 2 * TURNS * len(talks)
    rows = ledger(tmp_path / "lanewise.db")
    assert Counter(row["outcome"] for row in rows) == {"success": requests}
    assert {row["deployment"] for row in rows} == set(MODELS)
    assert all(one != other for one, other in pairwise((*MODELS, MODELS[0])))
    assert Counter(row["status"] for row in await vendors.calls()) == {200: requests}
