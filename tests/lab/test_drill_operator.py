"""What an operator sees: breakers in the log, and /ready as it changes."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
from aiohttp import web

from lab.drilled import BEGAN_US
from lanewise.lab.drill_operator import BreakerStory, Moved, Readiness, moves, stories, watching
from patience import PATIENCE_S


def moved(at_s: float, position: str, deployment: str = "a/x") -> Moved:
    return Moved(at_s=at_s, lane="small", deployment=deployment, position=position)


def test_moves_are_read_from_the_log_since_a_moment(tmp_path: Path) -> None:
    def line(timestamp: str, position: str) -> str:
        told = {"event": "breaker", "lane": "small", "deployment": "a/x", "position": position, "timestamp": timestamp}
        return json.dumps(told)

    lines = [
        line("2026-09-21T14:13:19.900000Z", "open"),
        "not JSON",
        json.dumps({"event": "serving", "timestamp": "2026-09-21T14:13:21Z"}),
        json.dumps(["breaker"]),
        line("2026-09-21T14:13:20.250000Z", "closed"),
    ]
    log = tmp_path / "gateway.log"
    log.write_text("\n".join(lines))
    assert moves(log, began_us=BEGAN_US) == (moved(0.25, "closed"),)


def test_a_breaker_s_moves_are_one_line() -> None:
    steps = [
        moved(1.0, "open"),
        moved(1.5, "half_open"),
        moved(1.6, "open"),
        moved(2.0, "half_open"),
        moved(2.5, "closed"),
    ]
    again = [moved(0.5, "open", "b/y"), moved(0.75, "closed", "b/y"), moved(3.0, "open", "b/y")]
    assert stories([*steps, *again], until_s=4.0) == (
        BreakerStory(lane="small", deployment="b/y", opened_s=0.5, probes=0, closed_s=None, open_in_all_s=1.25),
        BreakerStory(lane="small", deployment="a/x", opened_s=1.0, probes=2, closed_s=2.5, open_in_all_s=1.5),
    )


async def test_ready_is_looked_at_and_kept_where_it_changed() -> None:
    states: list[dict[str, Any]] = [
        {"status": "ready", "breakers": [], "held": [], "degraded": [], "in_flight": number} for number in range(2)
    ]
    opened = {"lane": "small", "deployment": "a/x", "position": "open"}
    states += [{**states[0], "breakers": [{**opened, "retry_after_s": left}], "degraded": ["small"]} for left in (2, 1)]
    states.append({**states[0], "held": [{"deployment": "b/y", "held_s": 1.0}]})
    all_seen = asyncio.Event()
    waiting = list(states)

    async def ready(_: web.Request) -> web.Response:
        if len(waiting) == 1:
            all_seen.set()
        said = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return web.Response(text=json.dumps(said), content_type="application/json")

    app = web.Application()
    app.router.add_get("/ready", ready)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with aiohttp.ClientSession() as session, asyncio.timeout(PATIENCE_S):
            rig: Any = SimpleNamespace(session=session, gateway_url=f"http://127.0.0.1:{runner.addresses[0][1]}")
            async with watching(rig, began_s=time.monotonic()) as seen:
                await all_seen.wait()
                while len(seen) < 3:
                    await asyncio.sleep(0.01)
    finally:
        await runner.cleanup()
    assert [(look.status, look.degraded, look.resting, look.held) for look in seen] == [
        ("ready", (), (), ()),
        ("ready", ("small",), ("small: a/x open",), ()),
        ("ready", (), (), ("b/y",)),
    ]
    assert sorted(seen, key=lambda look: look.at_s) == seen
    assert all(isinstance(look, Readiness) for look in seen)
