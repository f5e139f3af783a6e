"""`python -m bench.routing`: CPU of one routing decision, by size and kind of prompt; ends non-zero where it is too much.

All routers, twenty rules of which none holds (`bench/routing.yaml`), the heuristic on: the longest way a decision can take without a call.
The goal is for what is typed, prose and code; typographic quotes and other scripts stand beside it. The last row is the way of a policy
without rules and classifier. A figure is that of the quickest of many short rounds: what neighbours on the same core add is not ours.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from lanewise.bootstrap.policies import load_text, router
from lanewise.core.clock import SystemClock
from lanewise.core.policy import Policy, Routing
from lanewise.core.protocols.router import Question
from lanewise.core.request import Caller, Dialect, Request
from lanewise.telemetry.history import MemoryHistory
from lanewise.wire import INBOUND

GOAL_BYTES, GOAL_US = 4_096, 100.0
SIZES = {"1 KB": 1_024, "4 KB": GOAL_BYTES, "16 KB": 16_384, "100 KB": 102_400}
CALLER = Caller(tenant="basic", key_id="bench")
POLICY = Path(__file__).with_suffix(".yaml")

PROSE = (
    "We moved the nightly import to the new queue last week, and since then some orders arrive twice. The worker logs say that a message "
    'is acknowledged before the transaction commits; "at least once" was promised, not "exactly once". Compare the three ways we spoke '
    "about (an outbox table, an idempotency key per order, or a lock held by the consumer), with what each costs at 1,200 messages per "
    "second, and say which of them survives a crash between commit and acknowledgement. Assume PostgreSQL 16 and two data centres. "
)
CODE = (
    "def settle(rows, books):\n    total = 0\n    for row in rows:\n        if row.state != 'open' and row.cost > books.limit:\n"
    "            raise ValueError(f'{row.id}: {row.cost} > {books.limit}')\n        total += row.cost * (1 + row.tax / 100)\n"
    "    return {'total': total, 'rows': len(rows)}\n\n# Why is the total off by one cent for some inputs? Find the mistake.\n"
)
TYPOGRAPHY = PROSE.replace('"', "\u201d").replace("'", "\u2019").replace("; ", " \u2014 ")
# ruff: noqa: RUF001 - other scripts have letters that look like ours
CYRILLIC = (
    "Мы перенесли ночной импорт в новую очередь, и с тех пор некоторые заказы приходят дважды. В журнале видно, что сообщение "
    "подтверждается раньше, чем завершается транзакция. Сравни три способа, о которых мы говорили, и скажи, какой из них переживёт сбой. "
)
CHINESE = (
    "上周我们把夜间导入迁移到新的队列，此后有些订单会重复到达。日志显示消息在事务提交之前就被确认。"
    "请比较我们讨论过的三种方法，并说明哪一种能够承受崩溃。"
)
KINDS = {"prose": PROSE, "code": CODE, "typography": TYPOGRAPHY, "Cyrillic": CYRILLIC, "Chinese": CHINESE}
TYPED = ("prose", "code")


@dataclass(frozen=True, kw_only=True)
class Figure:
    """CPU per decision: the quickest round, and the median one, which tells how busy the machine was."""

    kind: str
    size: str
    us: float
    median_us: float


async def ask_nobody(question: Question) -> str | None:
    raise AssertionError(f"a decision that is measured asks nobody: {question.purpose}")


def prompt(kind: str, size: int) -> Request:
    """A request whose message has so many bytes (a character less at most), read as it would be from the wire."""
    text = KINDS[kind]
    content = (text * (size // len(text) + 1)).encode()[:size].decode(errors="ignore")
    message = {"role": "user", "content": content}
    body = msgspec.json.encode({"model": "auto", "messages": [message]})
    return INBOUND[Dialect.OPENAI_CHAT].read_request(body)


async def cpu_us(policy: Policy, asked: Request, *, rounds: int, round_s: float) -> list[float]:
    """CPU per decision of each round. Every decision is about a request of its own, so that nothing is remembered."""
    route = router(SystemClock(), MemoryHistory()).route
    plan = await route(asked, CALLER, policy, ask_nobody)
    assert not plan.reason.startswith("rule:"), f"{plan.reason} holds: the rules after it are not measured"
    found = []
    for _ in range(rounds):
        made, spent_ns = 0, 0
        while spent_ns < round_s * 1e9:
            requests = [msgspec.structs.replace(asked) for _ in range(50)]
            began_ns = time.process_time_ns()
            for each in requests:
                await route(each, CALLER, policy, ask_nobody)
            spent_ns += time.process_time_ns() - began_ns
            made += len(requests)
        found.append(spent_ns / made / 1e3)
    return found


def measured(*, rounds: int, round_s: float, tell: Callable[[str], None]) -> list[Figure]:
    """Every size and kind under the policy of this benchmark, and the shortest way there is."""
    policy = load_text(POLICY.read_text(encoding="utf-8"), file=POLICY.name).policy
    plain = replace(policy, routing=Routing(default=policy.routing.default))
    ways = [(kind, size, policy) for kind in KINDS for size in SIZES] + [
        ("prose, no rules, no classifier", "1 KB", plain)
    ]
    figures = []
    for kind, size, of in ways:
        tell(f"{kind}, {size}")
        asked = prompt(kind.partition(",")[0], SIZES[size])
        times = asyncio.run(cpu_us(of, asked, rounds=rounds, round_s=round_s))
        figures.append(Figure(kind=kind, size=size, us=min(times), median_us=statistics.median(times)))
    return figures


def table(figures: list[Figure]) -> Table:
    drawn = Table("prompt", "size", "µs", "µs, median round", title="CPU of one routing decision")
    for each in figures:
        drawn.add_row(each.kind, each.size, f"{each.us:.1f}", f"{each.median_us:.1f}")
    return drawn


def verdict(figures: list[Figure]) -> tuple[bool, str]:
    """Whether a decision on what is typed is quick enough at the goal's size; in words too."""
    worst = max(
        (each for each in figures if SIZES[each.size] == GOAL_BYTES and each.kind in TYPED), key=lambda each: each.us
    )
    met = worst.us < GOAL_US
    return met, f"{worst.size} ({worst.kind}): {worst.us:.1f} µs, goal < {GOAL_US:.0f} µs: {'met' if met else 'MISSED'}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.routing", description=__doc__)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=0.01, help="CPU of one round")
    asked = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 100)
    with console.status("measuring") as status:
        figures = measured(
            rounds=asked.rounds, round_s=asked.seconds, tell=lambda what: status.update(f"measuring {what}")
        )
    met, words = verdict(figures)
    console.print(table(figures))
    console.print(words, style="green" if met else "red")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
