"""The demo: a workload through a gateway and simulated vendors in processes of their own, with an outage half way, and what came of it.

Read `run_demo` first. Questions are asked in `demo_asking`, judged in `demo_checks`, added up in `demo_figures`, shown in `demo_view`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lanewise.core.record import RunRecord
from lanewise.lab.asking import Answered, Asker, Outage, Question
from lanewise.lab.checks import Check
from lanewise.lab.demo_checked import CheckedPart, checked_part, every_proof_is_true
from lanewise.lab.demo_checks import (
    every_answer_is_in_the_ledger,
    every_answer_of_the_outage_is_marked,
    every_request_was_answered,
    lanes_led_by,
    ledger_equals_books,
)
from lanewise.lab.demo_figures import Failover, LaneFigures, by_lane, failovers, figures
from lanewise.lab.rig import GatewayPlan, Rig, gateway_beside, vendors_running
from lanewise.lab.screen import Tell, Watch
from lanewise.operations.books import reconcile

CONCURRENCY = 16
OUTAGE_STATUS = 503


@dataclass(frozen=True, kw_only=True, slots=True)
class DemoPlan:
    """What a demo asks, and of whom.

    `compared_lane` answers everything in the second part. The first vendor of `failing_lane` fails half way through the first; None:
    nobody fails.
    """

    gateway: GatewayPlan
    questions: tuple[Question, ...]
    checked: tuple[Question, ...] = ()  # asked in a third part, with their right answers, on the lane that checks
    compared_lane: str
    failing_lane: str | None
    time_scale: float
    seed: int
    recorded: Path | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One pass over the workload. `total` adds up all lanes, without percentiles: one number for all hides the lane that hurts."""

    title: str
    model: str
    lanes: tuple[LaneFigures, ...]
    total: LaneFigures
    failovers: tuple[Failover, ...]
    elapsed_s: float


@dataclass(frozen=True, kw_only=True, slots=True)
class OutageSeen:
    """The fault that was set, and whom it hit."""

    vendor: str
    status: int
    after_requests: int
    lanes: tuple[str, ...]
    answers: int


@dataclass(frozen=True, kw_only=True, slots=True)
class DemoResult:
    """What a demo found. `example_run` is a run worth looking at: one that failed over, where there is one."""

    parts: tuple[Part, Part]
    checked: CheckedPart | None
    outage: OutageSeen | None
    checks: tuple[Check, ...]
    example_run: str
    elapsed_s: float

    @property
    def passed(self) -> bool:
        """Whether everything held."""
        return all(check.passed for check in self.checks)


async def run_demo(plan: DemoPlan, watch: Watch, tell: Tell) -> DemoResult:
    """Start everything, ask everything twice, stop everything. Raises RehearsalError when it cannot run at all."""
    begun_s = time.perf_counter()
    tell("Starting simulated vendors and the gateway, each a process of its own on 127.0.0.1")
    vendors = vendors_running(plan.gateway.folder, time_scale=plan.time_scale, seed=plan.seed, recorded=plan.recorded)
    async with vendors as vendors_url, gateway_beside(vendors_url, plan.gateway) as rig:
        return await _Stage(plan, rig).play(watch, tell, begun_s)


class _Stage:
    """Both parts, on a gateway and vendors that run."""

    def __init__(self, plan: DemoPlan, rig: Rig) -> None:
        self._plan = plan
        self._rig = rig
        self._policy = rig.policy
        self._outage = Outage()
        self._asker = Asker(rig.session, rig.gateway_url, self._outage)

    async def play(self, watch: Watch, tell: Tell, begun_s: float) -> DemoResult:
        """Ask everything twice, then compare what was answered, what is in the ledger and what the vendors were paid."""
        plan = self._plan
        vendor = self._first_vendor()

        async def fail() -> None:
            if vendor is not None:
                await self._fail(vendor)
                tell(f"Half way: {vendor} now answers HTTP {OUTAGE_STATUS} to everything")

        routed, first_s = await self._ask_all("auto", "Part 1, routed", watch, half_way=fail)
        if vendor is not None:
            await self._mend()
            tell(f"{vendor} works again")
        whole = f"lane:{plan.compared_lane}"
        compared, second_s = await self._ask_all(whole, f"Part 2, all to {plan.compared_lane}", watch)
        checked: tuple[Answered, ...] = ()
        if plan.checked:
            checked, _ = await self._ask_all("auto", "Part 3, checked", watch, questions=plan.checked)
        runs = await self._rig.runs()
        parts = (
            self._part("routed", "auto", routed, first_s),
            self._part(f"everything to {plan.compared_lane}", whole, compared, second_s),
        )
        lanes = lanes_led_by(vendor, self._policy) if vendor is not None else frozenset()
        return DemoResult(
            parts=parts,
            checked=checked_part(checked, runs) if checked else None,
            outage=self._seen(vendor, lanes, routed),
            checks=await self._checks(routed, compared, checked, lanes),
            example_run=next((each for each in routed if each.switches), routed[-1]).run_id,
            elapsed_s=time.perf_counter() - begun_s,
        )

    def _first_vendor(self) -> str | None:
        lane = self._plan.failing_lane
        return None if lane is None else self._policy.lanes[lane].deployments[0].provider.name

    async def _ask_all(
        self,
        model: str,
        title: str,
        watch: Watch,
        *,
        half_way: Callable[[], Awaitable[None]] | None = None,
        questions: tuple[Question, ...] | None = None,
    ) -> tuple[tuple[Answered, ...], float]:
        """Ask every question, a bounded number at a time, every other one as a stream. The second half waits for `half_way` to be over."""
        tells = questions is not None  # the right answers, which only the third part has the gateway know
        questions, begun_s = self._plan.questions if questions is None else questions, time.perf_counter()
        room, answers = asyncio.Semaphore(CONCURRENCY), dict[int, Answered]()

        async def ask(number: int) -> None:
            try:
                asked = questions[number]
                right = str(asked.expected["value" if asked.schema is None else "answer"]) if tells else None
                answers[number] = await self._asker.ask(asked, model=model, stream=number % 2 == 0, expected=right)
                watch(title, len(answers), len(questions))
            finally:
                room.release()

        watch(title, 0, len(questions))
        async with asyncio.TaskGroup() as group:
            for number in range(len(questions)):
                if half_way is not None and number == len(questions) // 2:
                    await half_way()
                await room.acquire()
                group.create_task(ask(number))
        return tuple(answers[number] for number in range(len(questions))), time.perf_counter() - begun_s

    async def _fail(self, vendor: str) -> None:
        await self._rig.in_force({"kind": "status", "vendor": vendor, "code": OUTAGE_STATUS})
        self._outage.vendor = vendor

    async def _mend(self) -> None:
        self._outage.vendor = None
        await self._rig.in_force()

    def _part(self, title: str, model: str, answers: Sequence[Answered], elapsed_s: float) -> Part:
        return Part(
            title=title,
            model=model,
            lanes=by_lane(answers, tuple(self._policy.lanes)),
            total=figures(answers, lane="", of=len(answers)),
            failovers=failovers(answers),
            elapsed_s=elapsed_s,
        )

    def _seen(self, vendor: str | None, lanes: frozenset[str], answers: Sequence[Answered]) -> OutageSeen | None:
        if vendor is None:
            return None
        return OutageSeen(
            vendor=vendor,
            status=OUTAGE_STATUS,
            after_requests=len(self._plan.questions) // 2,
            lanes=tuple(lane for lane in self._policy.lanes if lane in lanes),
            answers=sum(each.in_outage and each.lane in lanes for each in answers),
        )

    async def _checks(
        self,
        routed: Sequence[Answered],
        compared: Sequence[Answered],
        checked: Sequence[Answered],
        lanes: frozenset[str],
    ) -> tuple[Check, ...]:
        answers = (*routed, *compared)
        runs = await self._rig.runs()
        books = await self._rig.books()
        differences = await reconcile(_each(runs), books)
        checks = [every_request_was_answered(2 * len(self._plan.questions), answers)]
        if lanes:
            checks.append(every_answer_of_the_outage_is_marked(routed, lanes))
        if checked:
            checks.append(every_proof_is_true(checked, runs))
        checks += [
            every_answer_is_in_the_ledger((*answers, *checked), runs),
            ledger_equals_books(differences, int(books["total"]["charged_calls"])),
        ]
        return tuple(checks)


async def _each(runs: Sequence[RunRecord]) -> AsyncIterator[RunRecord]:
    for run in runs:
        yield run
