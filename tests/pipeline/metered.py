"""A gateway of real parts over vendors that keep books of their own. Only HTTP is left out, so that time can be virtual."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any, Literal

import msgspec

from book_in_memory import budget_alone
from lanewise.bootstrap.checking import Verifiers, strategies
from lanewise.bootstrap.policies import load_text, router
from lanewise.bootstrap.workers import Workers
from lanewise.core.answer import Content, Delta, Finish, Generation, Meter, ToolCall
from lanewise.core.caps import Cap
from lanewise.core.clock import Clock
from lanewise.core.events import Event
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.ids import RandomIds
from lanewise.core.policy import Amplification, Policy
from lanewise.core.protocols.provider import Call, DeltaSink
from lanewise.core.record import CallRecord
from lanewise.core.request import Dialect, Request
from lanewise.core.usage import RateCard, Usage
from lanewise.limits.admission import FairLimiter
from lanewise.limits.affinity import MemoryAffinity
from lanewise.limits.breaker import MemoryBreaker
from lanewise.limits.hot_memory import MemoryHotState
from lanewise.limits.pace import MemoryPace
from lanewise.limits.waiting import MemoryWaitingRoom
from lanewise.pipeline.gateway import Answer, Gateway
from lanewise.pipeline.journal import TransientJournal
from lanewise.pipeline.parts import Parts
from lanewise.telemetry.history import MemoryHistory
from lanewise.wire import EMBEDDINGS, INBOUND
from stores.samples import a_call, a_record, a_trace
from virtual_time import LoopClock
from walking import CALLER, RememberingCache, RememberingLedger

INPUT_NANOUSD, OUTPUT_NANOUSD = 1_000, 4_000  # of a token
CARD = RateCard(input=INPUT_NANOUSD * 1_000_000, output=OUTPUT_NANOUSD * 1_000_000, rates=(("priority", 2_500),))
CAP_TOKENS = 100  # of every answer that is asked for
TOOLS_PROMPT_TOKENS = 1_024  # what a vendor may add to a request with tools

Outcome = Literal["answers", "tells nothing", "runs out", "is slow", "refuses", "drops", "hangs", "cuts"]


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What a vendor does with one call. `share` is how much of the worst case it bills where it is free to bill anything."""

    outcome: Outcome = "answers"
    text: str = "Answer: 391"
    share: float = 1.0
    takes_s: float = 1.0


@dataclass(kw_only=True, eq=False)
class Entry:
    """A call in a vendor's books."""

    call: Call
    worst: Usage
    billed: Usage | None = None  # None while it is under way
    told: bool = False  # the bill stood in the answer

    @property
    def most_nanousd(self) -> int:
        """What it costs, and what it may come to while nobody knows."""
        return CARD.cost(self.worst if self.billed is None else self.billed).total_nanousd


class Vendors:
    """Does with each call what its turn says, and bills for it. `most_nanousd` is the cap that their books must never pass."""

    def __init__(self, turns: Callable[[Call], Turn], *, most_nanousd: int | None = None) -> None:
        self._turns = turns
        self._most_nanousd = most_nanousd
        self.books: list[Entry] = []

    @property
    def nanousd(self) -> int:
        """What they have billed; what is under way counts with its worst case."""
        return sum(entry.most_nanousd for entry in self.books)

    @property
    def tokens(self) -> int:
        """Input and output that they have billed."""
        return sum(each.billed.input_tokens + each.billed.output_tokens for each in self.books if each.billed)

    async def generate(self, call: Call, meter: Meter, on_deltas: DeltaSink) -> Generation:
        """One call, billed however it ends."""
        entry = Entry(call=call, worst=worst_of(call))
        self.books.append(entry)
        if self._most_nanousd is not None:
            assert self.nanousd <= self._most_nanousd, "it was sent though the cap does not hold its worst case"
        turn = self._turns(call)
        try:
            return await self._answer(entry, turn, meter, on_deltas)
        finally:
            if entry.billed is None:  # hung up on: it bills what it likes of what it may have made
                entry.billed = _part(entry.worst, turn.share)

    async def _answer(self, entry: Entry, turn: Turn, meter: Meter, on_deltas: DeltaSink) -> Generation:
        call = entry.call
        await asyncio.sleep(turn.takes_s / 2)
        if turn.outcome == "refuses":
            entry.billed = Usage()
            return _failed(call, FailureKind.OVERLOADED)
        if turn.outcome == "drops":
            if call.stream:  # its headers would have come with its first token
                entry.billed = Usage()
            return _failed(call, FailureKind.CONNECTION_LOST)
        if turn.outcome == "hangs" and not call.stream:
            await asyncio.get_running_loop().create_future()
        meter.accepted = True
        if call.stream:
            await self._show(turn, meter, on_deltas)
        await asyncio.sleep(turn.takes_s * (60 if turn.outcome == "is slow" else 0.5))
        if turn.outcome == "hangs":
            await asyncio.get_running_loop().create_future()
        if turn.outcome == "cuts":
            return _failed(call, FailureKind.CUT_STREAM)
        return self._whole(entry, turn, meter)

    async def _show(self, turn: Turn, meter: Meter, on_deltas: DeltaSink) -> None:
        if turn.outcome in ("is slow", "runs out"):
            return
        meter.first_output_s = asyncio.get_running_loop().time()
        meter.output_chars = len(turn.text)
        await on_deltas([Delta(raw=b"text;", text=turn.text)])

    def _whole(self, entry: Entry, turn: Turn, meter: Meter) -> Generation:
        call = entry.call
        out = turn.outcome == "runs out"
        tokens = entry.worst.output_tokens if out else int(entry.worst.output_tokens * turn.share)
        usage = Usage(
            input_tokens=int(entry.worst.input_tokens * turn.share),
            output_tokens=tokens,
            reasoning_tokens=tokens if out else 0,
            rate=entry.worst.rate,
        )
        entry.billed, entry.told = usage, turn.outcome != "tells nothing"
        text = "" if out else turn.text
        if turn.outcome == "tells nothing":  # no tokenizer makes more tokens than bytes
            entry.billed = msgspec.structs.replace(usage, output_tokens=min(tokens, len(text.encode())))
        meter.output_chars = len(text)
        meter.first_output_s = meter.first_output_s or asyncio.get_running_loop().time()
        calls: tuple[ToolCall, ...] = ()
        if text.startswith("call "):
            calls = (ToolCall(id="call_1", name=text.removeprefix("call "), arguments="{}"),)
        return Generation(
            dialect=call.deployment.provider.dialect,
            body=text.encode(),
            content=Content(text="" if calls else text, tool_calls=calls) if call.want_content else None,
            finish=Finish.LENGTH if out else Finish.TOOL_CALLS if calls else Finish.STOP,
            empty=out,
            usage=usage if entry.told else None,
            served_model=call.deployment.model,
        )


def worst_of(call: Call) -> Usage:
    """The most that a vendor of the usual kind can bill: a token for each byte that it was sent, and all that it was allowed to say."""
    request = call.request
    input_tokens = len(request.body) + request.has_tools * TOOLS_PROMPT_TOKENS
    return Usage(input_tokens=input_tokens, output_tokens=call.max_output_tokens * request.choices, rate=request.rate)


def _part(worst: Usage, share: float) -> Usage:
    return msgspec.structs.replace(
        worst, input_tokens=int(worst.input_tokens * share), output_tokens=int(worst.output_tokens * share)
    )


def _failed(call: Call, kind: FailureKind) -> Generation:
    return Generation(dialect=call.deployment.provider.dialect, failure=Failure(kind=kind, message=f"it {kind}"))


POLICY = """
providers:
  alpha: {dialect: openai, base_url: "http://127.0.0.1:9/alpha/v1", api_key: any}
  beta: {dialect: openai, base_url: "http://127.0.0.1:9/beta/v1", api_key: any}
  gamma: {dialect: openai, base_url: "http://127.0.0.1:9/gamma/v1", api_key: any}
prices:
  alpha/maker: {input: $1, output: $4, rates: {priority: 2.5}}
  beta/other: {input: $1, output: $4}
  gamma/critic: {input: $1, output: $4}
  gamma/grader: {input: $1, output: $4}
  gamma/vectors: {input: $1, output: $4}
facts:
  gamma/vectors: {embeddings: true}
lanes:
  plain: {deployments: [alpha/maker], degrade_to: none}
  spare: {deployments: [alpha/maker, beta/other]}
  hedged: {deployments: [alpha/maker, beta/other], hedge_after: 1.5, slow_after: none}
  faster: {deployments: [beta/other], degrade_to: plain, timeout: 20s}
  mended: {deployments: [alpha/maker], repairs: 2, verify: {form: {match: ["391"]}}}
  voted: {deployments: [alpha/maker, beta/other], strategy: vote, samples: 5}
  raced: {deployments: [alpha/maker], strategy: best_of_n, samples: 3, verify: {form: {match: ["391"]}}}
  drafted: {deployments: [alpha/maker], strategy: draft}
  searched:
    deployments: [alpha/maker]
    strategy: search
    verify: {form: {match: ["392"]}}
    search: {width: 2, beam: 1, depth: 2, step_tokens: 60, judge: {judge: {deployment: gamma/critic}}}
  judged: {deployments: [alpha/maker], repairs: 1, verify: {judge: {deployment: gamma/critic}}}
  agreed: {deployments: [alpha/maker], repairs: 1, verify: {agreement: {deployment: gamma/critic}}}
  climbed: {deployments: [alpha/maker], verify: {form: {match: ["392"]}}, repairs: 0}
  guarded:
    deployments: [alpha/maker]
    repairs: 1
    verify: {business_rules: {tools: [refund], rules: [{name: amount, check: "amount > 0"}]}}
  wide: {deployments: [alpha/maker], max_output_tokens: 100}
  vectors: {deployments: [gamma/vectors]}
models: {"*": pin}
routing:
  default: plain
  rules: [{when: {feature: ladder}, lane: climbed}]
  escalate: [climbed, plain]
  classifier: small_model
  small_model: {deployment: gamma/grader}
limits: {max_calls: 30, max_cost: $100, max_retries: 2}
irreversible_tools: [refund]
tenants:
  acme: {budget: {daily: none}}
"""


@functools.cache
def policy() -> Policy:
    """A lane for each way in which one request becomes several calls, and no cap on anything."""
    return load_text(POLICY, file="lanewise.yaml").policy


def chat(lane: str, text: str = "What is 17 * 23?", **more: Any) -> Request:
    """A request for an answer, as it is read from a body."""
    model = lane if lane == "auto" else f"lane:{lane}"
    body = {"model": model, "messages": [{"role": "user", "content": text}], "max_tokens": CAP_TOKENS, **more}
    body = {name: value for name, value in body.items() if value is not None}
    return INBOUND[Dialect.OPENAI_CHAT].read_request(msgspec.json.encode(body))


def vectors(text: str = "a spider") -> Request:
    """A request for vectors."""
    return EMBEDDINGS.read_request(msgspec.json.encode({"model": "lane:vectors", "input": [text, "eight legs"]}))


class Metered:
    """A gateway whose spending is compared with its vendors' books."""

    def __init__(self, vendors: Vendors, *caps: Cap, limits: Amplification | None = None) -> None:
        """`caps` are the tenant's."""
        of = policy()
        acme = dataclasses.replace(of.tenant("acme"), caps=caps)
        of = dataclasses.replace(of, tenants={"acme": acme}, amplification=limits or of.amplification)
        clock: Clock = LoopClock()
        self.vendors = vendors
        self.ledger = RememberingLedger()
        self.budget = budget_alone(clock)
        self.history = _known_history()
        self.gateway = Gateway(
            of,
            Parts(
                router=router(clock, self.history),
                provider=vendors,
                ledger=self.ledger,
                budget=self.budget,
                limiter=FairLimiter(clock, MemoryHotState(clock)),
                breaker=MemoryBreaker(clock),
                pace=MemoryPace(clock),
                history=self.history,
                affinity=MemoryAffinity(clock),
                waiting_room=MemoryWaitingRoom(),
                journal=TransientJournal(),
                clock=clock,
                ids=RandomIds(),
                random=Random(7),
                verifiers=Verifiers(Workers(clock)),
                strategies=strategies(),
                read=lambda request: INBOUND[request.dialect].read_conversation(request).conversation,
                prices_of=lambda _, __: None,
                cache=RememberingCache(),
            ),
        )

    async def ask(self, request: Request) -> Answer:
        """An answer, for somebody who listens to its end."""
        return await self.gateway.answer(request, CALLER, _heard)

    @property
    def calls(self) -> Iterator[CallRecord]:
        """Every call that stands in the ledger."""
        return (call for record in self.ledger.records for call in record.trace.calls)

    @property
    def counted_nanousd(self) -> int:
        """What the ledger says that caps have to count."""
        return sum(record.cost_nanousd + record.held_nanousd for record in self.ledger.records)


def _known_history() -> MemoryHistory:
    """The first deployment of `hedged` usually answers within two seconds."""
    history = MemoryHistory()
    call = a_call(lane="hedged", deployment="alpha/maker", latency_us=2_000_000, first_token_us=2_000_000)
    for number in range(60):
        history.observe(a_record(f"run_{number}", stream=bool(number % 2), trace=a_trace(call)))
    return history


async def _heard(event: Event) -> None:
    await asyncio.sleep(0)
