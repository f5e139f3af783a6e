"""The benchmark of checks compares like with like, and fails where checks cost others too much."""

from __future__ import annotations

import asyncio
import math

import psutil
import pytest
from bench.checks import CASE, MODES, Figure, asked, checks_of, interval, show
from bench.checks_server import HEAVY, MANY, Beside, standing_of
from bench.lag import Watch
from bench.rounds import Schedule
from rich.console import Console

from bench import results
from lanewise.bootstrap.workers import Workers
from lanewise.core.clock import SystemClock
from lanewise.verifiers.math_answer import MathAnswerVerifier
from lanewise.verifiers.maths.task import MathTask, MathTold
from lanewise.verifiers.maths.worker import told_of
from patience import PATIENCE_S

ADDED_MS = {"rest": 2.0, "burner": 4.0}


def figures(*, checks_ms: float, lag_ms: float = 1.0, checks: int = 500, turns: int = 3) -> list[Figure]:
    added = {**ADDED_MS, "checks": checks_ms}
    return [
        Figure(
            mode=mode,
            p99_ms=2.0 + added[mode],
            direct_p99_ms=2.0,
            lag_p99_ms=lag_ms,
            idle_lag_p99_ms=0.1,
            checks=checks if mode == "checks" else 0,
            beside_cpu_s=0.0 if mode == "rest" else 2.0,
        )
        for _ in range(turns)
        for mode in MODES
    ]


@pytest.mark.parametrize(
    ("of", "met"),
    [
        (figures(checks_ms=4.7), True),
        (figures(checks_ms=4.9), False),
        (figures(checks_ms=4.0, lag_ms=5.1), False),
        (figures(checks_ms=4.0, checks=0), False),
    ],
)
def test_both_goals_must_be_met_and_checks_must_have_run(of: list[Figure], met: bool) -> None:
    found = checks_of(of)
    assert all(goal.met for goal in found.goals) is met


def test_a_burst_of_noise_in_one_turn_decides_nothing() -> None:
    noisy = figures(checks_ms=400.0, lag_ms=90.0, turns=1)
    assert all(goal.met for goal in checks_of([*figures(checks_ms=4.0), *noisy, *figures(checks_ms=4.1)]).goals)


def test_a_run_without_checks_has_no_figure_to_meet_a_goal_with() -> None:
    assert [goal.met for goal in checks_of(figures(checks_ms=4.0, checks=0)).goals] == [None, None]


def test_the_goals_are_among_those_a_bench_run_is_judged_by() -> None:
    found = results.results(
        (), (), Schedule(rounds=1, seconds=1, warm_up_s=0), {}, checks=checks_of(figures(checks_ms=9.0))
    )
    assert [goal["met"] for goal in found.goals] == [False, True]
    assert found.beside_checks["checks"]["added_ms"] == 9.0


def test_figures_are_shown() -> None:
    console = Console(width=110, record=True)
    assert show(console, checks_of(figures(checks_ms=4.5)))
    assert "6.50" in console.export_text()


async def test_the_check_is_one_that_takes_work_and_is_right() -> None:
    asked_of: list[MathTask] = []

    async def calculate(task: MathTask) -> MathTold:
        asked_of.append(task)
        return told_of(task)

    verdict = await MathAnswerVerifier(calculate=calculate).verify(HEAVY, _nobody)
    assert verdict.word == "accept"
    assert len(asked_of[0].text) > 20_000


async def test_modes_are_entered_and_left_and_checks_are_counted() -> None:
    workers = Workers(SystemClock())
    beside = Beside(workers)
    try:
        await beside.enter("checks")
        assert await beside.enter("checks") >= 1
        await beside.enter("rest")
        assert await beside.enter("rest") == 0
    finally:
        await beside.close()
        await workers.close()


async def test_burners_are_to_the_scheduler_what_maths_workers_are_and_burn_when_told() -> None:
    workers = Workers(SystemClock())
    beside = Beside(workers)
    before = psutil.Process().children()
    try:
        await beside.open()
        began = [each for each in psutil.Process().children() if each not in before]
        assert len({standing_of(each.pid) for each in began}) == 1
        assert len(began) == 2 * MANY
        beside.cpu_s()
        await beside.enter("burner")
        burnt_s = 0.0
        async with asyncio.timeout(PATIENCE_S):
            while burnt_s < 0.05:
                await asyncio.sleep(0.05)
                burnt_s += beside.cpu_s()
        await beside.enter("rest")
    finally:
        await beside.close()
        await workers.close()
    assert not any(each.is_running() for each in began)


def test_every_request_is_another_one() -> None:
    assert asked(["k"], 1, CASE, 1.0, first_number=7).first_number == 7


async def test_a_loop_that_is_held_up_is_seen() -> None:
    watch = Watch()
    watch.lags_ms = [0.1] * 98 + [9.0, 9.5]
    assert watch.take().p99_ms == 9.5
    assert watch.take().turns == 0
    watching = asyncio.create_task(watch.watch())
    await asyncio.sleep(0)
    watching.cancel()
    assert math.isclose(watch.take().p99_ms, 0.0)


async def _nobody(_: object) -> str | None:
    return None


def test_the_median_s_interval_lies_between_the_turns_that_the_sign_test_leaves() -> None:
    """Of 16 values the 4th and the 13th: fewer than four heads of 16 have a chance of 1.06 %, fewer than five one of 3.8 %."""
    assert interval([float(each) for each in range(16, 0, -1)]) == (4.0, 13.0)
    assert interval([1.0] * 5) is None
    assert checks_of(figures(checks_ms=4.0, turns=6)).times_interval == (1.0, 1.0)
