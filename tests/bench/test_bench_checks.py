"""The benchmark of checks compares like with like, and fails where checks cost others too much."""

from __future__ import annotations

import asyncio

import pytest
from bench.checks import CASE, MODES, Figure, asked, table, verdict
from bench.checks_server import HEAVY, Watch
from rich.console import Console

from lanewise.verifiers.maths.worker import told_of


def figures(*, burner_ms: float, checks_ms: float, lag_ms: float = 1.0, checks: int = 500) -> list[Figure]:
    added = dict(zip(MODES, (burner_ms, checks_ms), strict=True))
    return [
        Figure(
            mode=mode, p99_ms=2.0 + ms, direct_p99_ms=2.0, lag_p99_ms=lag_ms, checks=checks if mode == "checks" else 0
        )
        for mode, ms in added.items()
    ]


@pytest.mark.parametrize(
    ("of", "met"),
    [
        (figures(burner_ms=4.0, checks_ms=4.7), True),
        (figures(burner_ms=4.0, checks_ms=4.9), False),
        (figures(burner_ms=4.0, checks_ms=4.0, lag_ms=5.1), False),
        (figures(burner_ms=4.0, checks_ms=4.0, checks=0), False),
    ],
)
def test_both_goals_must_be_met_and_checks_must_have_run(of: list[Figure], met: bool) -> None:
    assert verdict(of)[0] is met


def test_figures_are_shown() -> None:
    console = Console(width=110, record=True)
    console.print(table(figures(burner_ms=4.0, checks_ms=4.5)))
    assert "6.50" in console.export_text()


def test_the_check_is_one_that_takes_work_and_is_right() -> None:
    assert told_of(HEAVY).right


def test_every_request_is_another_one() -> None:
    assert asked(["k"], 1, CASE, 1.0, first_number=7).first_number == 7


async def test_a_loop_that_is_held_up_is_seen() -> None:
    watch = Watch()
    watch.lags_ms = [0.1] * 98 + [9.0, 9.5]
    assert watch.seen.lag_p99_ms == 9.5
    watching = asyncio.create_task(watch.watch())
    await asyncio.sleep(0)
    watching.cancel()
