"""Promise 1 on every path: whatever makes a call, a cap holds its worst case before it is sent, by the books of those who bill."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanewise.core.caps import Cap
from lanewise.core.policy import Amplification, UntoldUsage
from lanewise.core.protocols.counting import Counted
from lanewise.core.protocols.provider import Call
from lanewise.core.request import Request
from lanewise.pipeline.count import count_tokens
from pipeline.metered import CARD, Metered, Outcome, Turn, Vendors, chat, vectors
from serving import Abacus
from virtual_time import in_virtual_time
from walking import CALLER

ANSWER, WRONG = "Answer: 391", "Answer: 390"
GOOD, BAD = '{"reason": "none", "grade": 9}', '{"reason": "it is wrong", "grade": 2}'
REFUND: dict[str, Any] = {
    "tools": [{"type": "function", "function": {"name": "refund", "parameters": {"type": "object"}}}]
}

Turns = Callable[[int, Call], Turn]


def always(turn: Turn) -> Turns:
    return lambda number, call: turn


def in_turn(*turns: Turn) -> Turns:
    """One after the other; the last one stays."""
    return lambda number, call: turns[min(number, len(turns) - 1)]


def by_model(maker: str, critic: str, step: str = "") -> Turns:
    """What is said by those who answer, and by those who are asked aside."""

    def turn(number: int, call: Call) -> Turn:
        if call.deployment.model in ("critic", "grader"):
            return Turn(text=critic)
        return Turn(text=step if step and b"next step" in call.request.body else maker)

    return turn


@dataclass(frozen=True, kw_only=True)
class Path:
    """A way to more calls than one: who asks, what the vendors do, and the reasons of the calls that come of it."""

    asked: Request
    turns: Turns = lambda number, call: Turn()
    makes: tuple[str, ...] = ("first",)


SEARCHED = ("first", "step: 0", "step: 1", "judge", "judge", "step: 0.0", "step: 0.1", "judge", "judge", "search")
DOWN = Turn(outcome="refuses")
RIGHT, MENDS = Turn(text=ANSWER), in_turn(Turn(text=WRONG), Turn(text=ANSWER))
PATHS: dict[str, Path] = {
    "plain": Path(asked=chat("plain")),
    "several answers": Path(asked=chat("plain", n=3)),
    "tools": Path(asked=chat("plain", **REFUND)),
    "dearer rate": Path(asked=chat("plain", service_tier="priority")),
    "vectors": Path(asked=vectors()),
    "retry": Path(asked=chat("plain"), turns=in_turn(DOWN, RIGHT), makes=("first", "retry: overloaded")),
    "fallback": Path(asked=chat("spare"), turns=in_turn(DOWN, RIGHT), makes=("first", "fallback: overloaded")),
    "faster lane": Path(
        asked=chat("faster"),
        turns=in_turn(DOWN, DOWN, DOWN, RIGHT),
        makes=("first", "retry: overloaded", "retry: overloaded", "degraded: overloaded"),
    ),
    "wider": Path(
        asked=chat("wide", max_tokens=None),
        turns=in_turn(Turn(outcome="runs out"), RIGHT),
        makes=("first", "wider: length"),
    ),
    "hedge": Path(asked=chat("hedged"), turns=always(Turn(takes_s=30.0)), makes=("first", "hedge")),
    "repair": Path(asked=chat("mended"), turns=MENDS, makes=("first", "repair: form")),
    "vote": Path(asked=chat("voted"), makes=("first", "sample", "sample")),
    "best of n": Path(asked=chat("raced"), makes=("first", "sample", "sample")),
    "draft": Path(asked=chat("drafted")),
    "search": Path(asked=chat("searched"), turns=by_model(WRONG, BAD, step="So far 1."), makes=SEARCHED),
    "judge": Path(asked=chat("judged"), turns=by_model(ANSWER, GOOD), makes=("first", "judge")),
    "judge, and repair": Path(
        asked=chat("judged"), turns=by_model(ANSWER, BAD), makes=("first", "judge", "repair: judge", "judge")
    ),
    "agreement": Path(asked=chat("agreed"), makes=("first", "agreement")),
    "small model": Path(asked=chat("auto"), turns=by_model(ANSWER, "easy"), makes=("classify", "first")),
    "climb": Path(
        asked=chat("auto", lanewise={"feature": "ladder"}), turns=always(RIGHT), makes=("first", "escalated: reject")
    ),
    "guarded call": Path(
        asked=chat("guarded", **REFUND),
        turns=always(Turn(text="call refund")),
        makes=("first", "repair: business_rules"),
    ),
}


async def asked(path: Path, *, cap_nanousd: int | None, stream: bool) -> Metered:
    """One request on a path, in a tenant with this cap."""
    numbers = itertools.count()
    vendors = Vendors(lambda call: path.turns(next(numbers), call), most_nanousd=cap_nanousd)
    caps = () if cap_nanousd is None else (Cap(scope="tenant", period="total", amount=cap_nanousd),)
    metered = Metered(vendors, *caps)
    await metered.ask(streamed(path.asked) if stream else path.asked)
    return metered


def streamed(request: Request) -> Request:
    return request if request.embeds else msgspec.structs.replace(request, stream=True)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
@in_virtual_time
async def test_a_cap_of_exactly_what_a_path_costs_holds_it_and_one_of_a_nano_dollar_less_refuses_a_call(
    path: Path, stream: bool
) -> None:
    """The vendors bill every call's worst case, so that nothing is given back."""
    free = await asked(path, cap_nanousd=None, stream=stream)
    assert [call.reason for call in free.calls] == list(path.makes)
    assert free.counted_nanousd == free.vendors.nanousd

    exact = await asked(path, cap_nanousd=free.vendors.nanousd, stream=stream)
    assert [call.reason for call in exact.calls] == list(path.makes)
    assert exact.counted_nanousd == exact.vendors.nanousd == free.vendors.nanousd

    short = await asked(path, cap_nanousd=free.vendors.nanousd - 1, stream=stream)
    assert len(short.vendors.books) < len(free.vendors.books)
    assert short.counted_nanousd == short.vendors.nanousd < free.vendors.nanousd
    for metered in (free, exact, short):
        settled(metered)


def settled(metered: Metered) -> None:
    """At rest nothing is set aside, every call that was made stands in the ledger, and at what its vendor told."""
    for standing in metered.budget.standings():
        assert standing.held == 0
        assert standing.spent <= standing.amount
        assert standing.cap.unit != "dollars" or standing.spent == metered.counted_nanousd
    told = [CARD.cost(entry.billed).total_nanousd for entry in metered.vendors.books if entry.told and entry.billed]
    written = [call for call in metered.calls if not call.estimated and call.failure is None]
    assert sorted(told) == sorted(call.cost.total_nanousd for call in written)
    assert len(metered.vendors.books) == sum(1 for _ in metered.calls)
    assert metered.vendors.nanousd <= metered.counted_nanousd
    assert not any(call.over_nanousd for call in metered.calls)


TURNS = st.builds(
    Turn,
    outcome=st.sampled_from(get_args(Outcome)),
    text=st.sampled_from([ANSWER, WRONG, GOOD, BAD, "So far 1.", "call refund", "easy"]),
    share=st.floats(0, 1),
    takes_s=st.sampled_from([0.0, 0.5, 2.0, 10.0]),
)
#: Which path, whole or streamed, when it is asked, and when its caller leaves.
CALLERS = st.lists(
    st.tuples(st.sampled_from(sorted(PATHS)), st.booleans(), st.floats(0, 5), st.one_of(st.none(), st.floats(0, 40))),
    min_size=1,
    max_size=6,
)


@settings(max_examples=600)
@given(CALLERS, st.lists(TURNS, min_size=1, max_size=12), st.integers(1, 60), st.integers(300, 30_000))
def test_whatever_vendors_and_callers_do_no_cap_is_passed_by_the_vendors_own_books(
    callers: list[tuple[str, bool, float, float | None]], turns: list[Turn], cap_worsts: int, cap_tokens: int
) -> None:
    """They fail, hang, cut streams, tell nothing and bill up to the worst case; callers come at once and leave."""
    cap_nanousd = cap_worsts * 250_000

    @in_virtual_time
    async def crowd() -> None:
        numbers = itertools.count()
        vendors = Vendors(lambda call: turns[next(numbers) % len(turns)], most_nanousd=cap_nanousd)
        caps = (
            Cap(scope="tenant", period="total", amount=cap_nanousd),
            Cap(scope="tenant", period="daily", amount=cap_tokens, unit="tokens"),
        )
        metered = Metered(vendors, *caps)

        async def caller(name: str, stream: bool, comes_s: float, leaves_s: float | None) -> None:
            await asyncio.sleep(comes_s)
            request = PATHS[name].asked
            async with asyncio.timeout(leaves_s):
                await metered.ask(streamed(request) if stream else request)

        ended = await asyncio.gather(*(caller(*each) for each in callers), return_exceptions=True)
        assert {type(each) for each in ended} <= {type(None), TimeoutError}
        settled(metered)
        assert vendors.nanousd <= cap_nanousd
        assert vendors.tokens <= cap_tokens

    crowd()


@pytest.mark.parametrize("counts", get_args(UntoldUsage))
@in_virtual_time
async def test_a_call_that_was_hung_up_on_counts_as_the_policy_says(counts: UntoldUsage) -> None:
    vendors = Vendors(lambda call: Turn(outcome="hangs"))
    metered = Metered(vendors, limits=Amplification(untold_usage=counts))
    await metered.ask(chat("plain"))
    (call,) = metered.calls
    assert call.estimated
    if counts == "estimate":
        assert (call.held_nanousd, call.held_tokens) == (0, 0)
    else:
        assert call.cost.total_nanousd + call.held_nanousd == vendors.nanousd
        assert call.input_tokens + call.output_tokens + call.held_tokens == vendors.tokens


@in_virtual_time
async def test_tokens_are_counted_for_nothing_and_by_no_call() -> None:
    metered = Metered(Vendors(always_down), Cap(scope="tenant", period="total", amount=1))
    counted = await count_tokens(metered.gateway, Abacus(alpha=12), chat("plain"), CALLER)
    assert counted == Counted(input_tokens=12)
    assert not metered.vendors.books
    settled(metered)


def always_down(call: Call) -> Turn:
    return DOWN
