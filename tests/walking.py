"""Small parts to walk with: a policy in values, a scripted vendor, a ledger that remembers, a clock that is set."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
from collections.abc import Awaitable, Callable, Coroutine
from random import Random
from typing import Any, TypeVar

import msgspec

from book_in_memory import Taken, budget_alone
from lanewise.core.answer import Delta, Finish, Generation, Meter
from lanewise.core.cached_answer import CachedAnswer
from lanewise.core.caps import Tally
from lanewise.core.clock import Clock
from lanewise.core.events import Event
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.ids import RandomIds
from lanewise.core.periods import span_at
from lanewise.core.policy import (
    Check,
    Deployment,
    Lane,
    ModelName,
    Policy,
    ProviderPolicy,
    Routing,
    TenantPolicy,
)
from lanewise.core.protocols.budget import Payer
from lanewise.core.protocols.history import History
from lanewise.core.protocols.provider import Call, DeltaSink
from lanewise.core.protocols.router import Question, Router
from lanewise.core.protocols.verifier import Verifier
from lanewise.core.record import CapturedContent, KeptAnswer, RunRecord
from lanewise.core.request import Caller, Dialect, Request
from lanewise.core.usage import RateCard, Usage
from lanewise.limits.admission import FairLimiter
from lanewise.limits.affinity import MemoryAffinity
from lanewise.limits.breaker import MemoryBreaker
from lanewise.limits.hot_memory import MemoryHotState
from lanewise.limits.pace import MemoryPace
from lanewise.limits.waiting import MemoryWaitingRoom
from lanewise.pipeline.gateway import Gateway
from lanewise.pipeline.journal import TransientJournal
from lanewise.pipeline.parts import Parts
from lanewise.routers.graded import GradedOnce
from lanewise.routers.heuristic import HeuristicRouter
from lanewise.routers.ladder import LadderRouter
from lanewise.routers.names import NameRouter
from lanewise.routers.profiles import ProfileRouter
from lanewise.routers.rules import RuleRouter
from lanewise.routers.small_model import SmallModelRouter
from lanewise.strategies.best_of_n import BestOfN
from lanewise.strategies.draft import DraftFirst
from lanewise.strategies.search import SearchSteps
from lanewise.strategies.vote import Vote
from lanewise.telemetry.history import MemoryHistory
from lanewise.wire.openai_chat import OpenAIChat

PRICES = RateCard(input=1_000_000_000, output=4_000_000_000)  # $1 and $4 per million tokens
T = TypeVar("T")
CALLER = Caller(tenant="acme", key_id="key-1")


def payer(tenant: TenantPolicy, **who: Any) -> Payer:
    """Somebody of a tenant."""
    return Payer(tenant=tenant, **who)


def taken_today(clock: Clock, **nanousd: int) -> Taken:
    """What a ledger says that tenants have spent today."""
    span = span_at("daily", clock.now_s())
    return {(Tally("tenant", tenant, "", "dollars", "daily"), span.name): taken for tenant, taken in nanousd.items()}


def still_running() -> set[str]:
    """The tasks that somebody left behind, beside whoever asks and the budget's own."""
    return {task.get_name() for task in asyncio.all_tasks() - {asyncio.current_task()}} - {"leases"}


class SetClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now_s: float = 1_790_000_000.0) -> None:
        self.time_s = now_s

    def now_s(self) -> float:
        return self.time_s

    def monotonic_s(self) -> float:
        return self.time_s


def provider(name: str, dialect: Dialect = Dialect.OPENAI_CHAT) -> ProviderPolicy:
    return ProviderPolicy(name=name, dialect=dialect, base_url=f"http://127.0.0.1:1/{name}/v1")


def deployment(name: str, prices: RateCard | None = PRICES) -> Deployment:
    vendor, model = name.split("/", 1)
    return Deployment(provider=provider(vendor), model=model, prices=prices)


def lane(name: str, *deployments: str, **settings: object) -> Lane:
    made = Lane(name=name, deployments=tuple(deployment(each) for each in deployments))
    return dataclasses.replace(made, **settings)  # type: ignore[arg-type]


def policy(*lanes: Lane, tenant: TenantPolicy | None = None, **settings: object) -> Policy:
    made = Policy(
        version="test",
        lanes={each.name: each for each in lanes},
        models={"gpt-5": ModelName(meaning="auto"), "*": ModelName(meaning="pin")},
        routing=Routing(default=lanes[0].name),
        tenants={} if tenant is None else {tenant.name: tenant},
        default_tenant=TenantPolicy(name="acme", daily_cap_nanousd=50_000_000_000, budget_defaulted=True),
        deployments={each.name: each for one in lanes for each in one.deployments},
    )
    return dataclasses.replace(made, **settings)  # type: ignore[arg-type]


def request(model: str = "auto", text: str = "How many legs has a spider?", **settings: object) -> Request:
    body = msgspec.json.encode({"model": model, "messages": [{"role": "user", "content": text}]})
    made = Request(
        dialect=Dialect.OPENAI_CHAT,
        body=body,
        model=model,
        stream=False,
        input_chars=len(text),
        last_user_text=text,
    )
    return msgspec.structs.replace(made, **settings)


async def ask_nobody(question: Question) -> str | None:
    """For routers that are not to ask a model."""
    raise AssertionError(f"no model is to be asked: {question}")


def at_once(step: Coroutine[Any, Any, T]) -> T:
    """The result of a step that waits for nothing."""
    try:
        step.send(None)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]
    raise AssertionError("it waits")


Script = Callable[[Call, Meter, DeltaSink], Awaitable[Generation]]


def answers(text: str = "Eight.", *, input_tokens: int = 10, output_tokens: int = 5, served: str = "") -> Script:
    """A vendor that answers at once, streaming where it is asked to."""

    async def script(call: Call, meter: Meter, on_deltas: DeltaSink) -> Generation:
        usage = Usage(input_tokens=input_tokens, output_tokens=output_tokens)
        if call.stream:
            await on_deltas([Delta(raw=b'data: {"role":"assistant"}\n\n'), Delta(text=text)])
        meter.first_output_s = 0.0
        meter.output_chars = len(text)
        return Generation(
            dialect=call.deployment.provider.dialect,
            body=text.encode(),
            finish=Finish.STOP,
            usage=usage,
            served_model=served or call.deployment.model,
        )

    return script


def fails(kind: FailureKind, *, retry_after_s: float | None = None, after_text: str = "") -> Script:
    """A vendor that fails, after it has shown some text or before."""

    async def script(call: Call, meter: Meter, on_deltas: DeltaSink) -> Generation:
        if after_text:
            meter.first_output_s = 0.0
            meter.output_chars = len(after_text)
            await on_deltas([Delta(text=after_text)])
        failure = Failure(kind=kind, message=f"scripted {kind}", retry_after_s=retry_after_s)
        return Generation(dialect=call.deployment.provider.dialect, failure=failure)

    return script


async def hangs(call: Call, meter: Meter, on_deltas: DeltaSink) -> Generation:
    """A vendor that never answers."""
    await asyncio.get_running_loop().create_future()
    raise AssertionError


class ScriptedProvider:
    """Answers each call by the next script of its deployment; the last one repeats."""

    def __init__(self, scripts: dict[str, list[Script]]) -> None:
        self.scripts = scripts
        self.calls: list[Call] = []

    async def generate(self, call: Call, meter: Meter, on_deltas: DeltaSink) -> Generation:
        self.calls.append(call)
        scripts = self.scripts[call.deployment.name]
        script = scripts.pop(0) if len(scripts) > 1 else scripts[0]
        return await script(call, meter, on_deltas)

    def asked(self) -> list[str]:
        return [call.deployment.name for call in self.calls]


class RememberingLedger:
    """Keeps rows in a list, durable at once."""

    def __init__(self) -> None:
        self.records: list[RunRecord] = []
        self.contents: list[CapturedContent | None] = []
        self.kept: list[KeptAnswer | None] = []
        self.healthy = True

    def append(
        self, record: RunRecord, content: CapturedContent | None = None, kept: KeptAnswer | None = None
    ) -> asyncio.Future[None]:
        self.records.append(record)
        self.contents.append(content)
        self.kept.append(kept)
        durable = asyncio.get_running_loop().create_future()
        durable.set_result(None)
        return durable


class RememberingCache:
    """Keeps answers in a dict, whatever they are and however long ago."""

    def __init__(self) -> None:
        self.answers: dict[bytes, CachedAnswer] = {}

    def name(self, partition: bytes, asked: bytes) -> bytes:
        return hashlib.sha256(hashlib.sha256(partition).digest() + asked).digest()

    async def find(self, name: bytes) -> CachedAnswer | None:
        return self.answers.get(name)

    def keep(self, answer: CachedAnswer) -> None:
        self.answers[answer.name] = answer

    async def withdraw(self, run_id: str) -> int:
        names = [name for name, answer in self.answers.items() if answer.run_id == run_id]
        for name in names:
            del self.answers[name]
        return len(names)


def ladder(clock: SetClock | None = None, history: History | None = None) -> LadderRouter:
    """Every router, in the order of the composition root."""
    graded = GradedOnce()
    small = SmallModelRouter(clock or SetClock(), graded)
    routers: list[Router] = [NameRouter(), RuleRouter(graded), ProfileRouter(), small, HeuristicRouter(graded)]
    return LadderRouter(routers, history or MemoryHistory(), graded)


class Walk:
    """A gateway over scripted vendors, and everything it said."""

    def __init__(self, of: Policy, scripts: dict[str, list[Script]], *, clock: SetClock | None = None) -> None:
        self.clock = clock or SetClock()
        self.provider = ScriptedProvider(scripts)
        self.ledger = RememberingLedger()
        self.budget = budget_alone(self.clock)
        self.limiter = FairLimiter(self.clock, MemoryHotState(self.clock))
        self.breaker = MemoryBreaker(self.clock)
        self.pace = MemoryPace(self.clock)
        self.history = MemoryHistory()
        self.events: list[Event] = []
        self.verifiers: dict[Check, Verifier] = {}
        self.cache = RememberingCache()
        parts = Parts(
            router=ladder(self.clock, self.history),
            provider=self.provider,
            ledger=self.ledger,
            budget=self.budget,
            limiter=self.limiter,
            breaker=self.breaker,
            pace=self.pace,
            history=self.history,
            affinity=MemoryAffinity(self.clock),
            waiting_room=MemoryWaitingRoom(),
            journal=TransientJournal(),
            clock=self.clock,
            ids=RandomIds(),
            random=Random(7),
            verifiers=self.verifiers.__getitem__,
            strategies={"draft": DraftFirst(), "vote": Vote(), "best_of_n": BestOfN(), "search": SearchSteps()},
            read=lambda asked: OpenAIChat().read_conversation(asked).conversation,
            prices_of=lambda _, model: (
                RateCard(input=2_000_000_000, output=8_000_000_000) if "known" in model else None
            ),
            cache=self.cache,
            observers=(self.history.observe,),
        )
        self.gateway = Gateway(of, parts)

    async def emit(self, event: Event) -> None:
        self.events.append(event)
