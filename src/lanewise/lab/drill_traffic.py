"""The callers of a drill: who asks what, when and how, and what came back. They arrive when they arrive, however slow the answers are.

A caller asks once. What an SDK's own retries would mend is not mended here, so every figure is the worst that an application sees.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from lanewise.core.policy import Policy
from lanewise.lab.asking import Answered, Asker, Question
from lanewise.lab.drill_incidents import Load
from lanewise.lab.workload import Item, make_workload

Outcome = Literal["answered", "broken", "refused", "unanswered"]
_DRAWN_PER_REQUEST = 12  # as many more are drawn, so that the rarer, harder questions suffice


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """One request to come: `at_s` after the pass begins. `lane` is where the policy's rules send it."""

    question: Question
    lane: str
    at_s: float
    stream: bool
    can_wait: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """What a caller got, and when it asked: `asked_s` since the pass began, `asked_us` on the clock of the ledger."""

    caller: Caller
    answered: Answered
    asked_s: float
    asked_us: int

    @property
    def outcome(self) -> Outcome:
        """How it ended.

        `answered`: in full. `broken`: the stream failed after its first words, and said so. `refused`: an HTTP error with when to come
        back. `unanswered`: everything else: neither an answer nor the truth about it.
        """
        answered = self.answered
        if not answered.problem:
            return "answered"
        if answered.status == 200 and answered.told_error and answered.text:
            return "broken"
        if answered.status in (429, 503) and answered.told_error and answered.retry_after_s is not None:
            return "refused"
        return "unanswered"


def callers(load: Load, policy: Policy, *, seed: int, stretch: float) -> tuple[Caller, ...]:
    """Who asks, in order of arrival; the same seed gives the same callers. Raises ValueError where no question fits a lane."""
    rng = random.Random(f"lanewise drill {seed}")  # noqa: S311 (reproducible, no secret)
    by_lane: dict[str, list[Item]] = {}
    for item in make_workload(load.requests * _DRAWN_PER_REQUEST, seed):
        by_lane.setdefault(lane_of(item.task, policy), []).append(item)
    lanes = [lane for lane, share in load.lanes.items() for _ in range(round(share * load.requests))]
    rng.shuffle(lanes)
    batches = -(-len(lanes) // load.at_once)
    found = []
    for number, lane in enumerate(lanes):
        if not by_lane.get(lane):
            raise ValueError(f"No question is left for the lane {lane!r}; draw more")
        item = by_lane[lane].pop()
        at_s = (number // load.at_once + rng.random() * 0.5) * load.over_s / batches
        found.append((at_s, lane, Question.of(item), rng.random() < load.can_wait))
    found.sort(key=lambda each: each[0])
    return tuple(
        Caller(question=question, lane=lane, at_s=at_s * stretch, stream=number % 2 == 0, can_wait=can_wait)
        for number, (at_s, lane, question, can_wait) in enumerate(found)
    )


def lane_of(task: str, policy: Policy) -> str:
    """Where the policy's rules send a task."""
    for rule in policy.routing.rules:
        if task in rule.when.task:
            return rule.lane
    return policy.routing.default


async def ask_all(
    asker: Asker, coming: Sequence[Caller], *, began_s: float, watch: Callable[[int], None]
) -> tuple[Reply, ...]:
    """Send everybody off at their time after `began_s` (monotonic), and wait for all; `watch` is told how many are back."""
    replies: list[Reply] = []

    async def ask(caller: Caller) -> None:
        asked_s, asked_us = time.monotonic() - began_s, time.time_ns() // 1000
        latency: Literal["can_wait"] | None = "can_wait" if caller.can_wait else None
        answered = await asker.ask(caller.question, model="auto", stream=caller.stream, latency=latency)
        replies.append(Reply(caller=caller, answered=answered, asked_s=asked_s, asked_us=asked_us))
        watch(len(replies))

    async with asyncio.TaskGroup() as group:
        for caller in coming:
            await asyncio.sleep(max(0.0, began_s + caller.at_s - time.monotonic()))
            group.create_task(ask(caller))
    return tuple(sorted(replies, key=lambda reply: reply.caller.at_s))
