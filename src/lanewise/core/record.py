"""What is kept of a run: the ledger row (money, outcome, time) and the trace (every call, decision and check)."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import structs

from lanewise.core.events import Degraded, Escalated
from lanewise.core.refusal import Refusal
from lanewise.core.similar import Similarity
from lanewise.core.usage import NO_COST, Cost

Outcome = Literal["success", "fallback", "failure", "refused", "cancelled", "human"]


class CallRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One provider call, failed or not."""

    name: str  # its path in the run: `standard/call-0`, `reasoning/sample-2/repair-1/call-0`
    lane: str
    deployment: str
    model: str  # as asked for
    served_model: str = ""  # as the vendor says it answered with
    effort: str | None = None
    thinking_budget_tokens: int | None = None
    iteration: int = 0  # 0 is the first call of the run, or of the part of it that makes one answer
    #: first, hedge, classify, sample, search, or a verifier's name; after what had happened: `retry: KIND`, `fallback: KIND`,
    #: `degraded: KIND`, `waited: KIND`, `wider: length`, `repair: VERIFIER`, `escalated: WHY`; of a search's steps `step: PLACE`
    reason: str = "first"
    started_us: int = 0  # after the run's start
    latency_us: int = 0
    first_token_us: int | None = None
    input_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0
    output_tokens: int = 0
    estimated: bool = False  # usage counted by us: the vendor told nothing
    priced: bool = True  # False: nobody knows this model's price
    held_nanousd: int = 0  # what it counts for in budgets beside its cost: what its vendor may bill and has not told
    held_tokens: int = 0  # and beside its tokens
    held_thinking_tokens: int = 0  # of these
    over_nanousd: int = 0  # billed beyond what was set aside for it
    in_lane: str = ""  # the lane that asked, where it is not `lane`: a question of our own
    cost: Cost = NO_COST
    price_source: str = ""
    finish: str | None = None
    status: int | None = None
    failure: str | None = None  # a FailureKind
    message: str | None = None
    vendor_request_id: str = ""
    dropped: tuple[str, ...] = ()
    another_model: bool = False  # the vendor served another one than was asked for
    repriced: bool = False  # and it is billed at that one's prices; else at the asked one's, which `price_source` says
    ended_early: bool = False  # because its answer was verified before its model had stopped
    spared_tokens: int = 0  # at most: what a call that was cut off in a loop, or ended early, could have gone on to generate under its cap
    spared_nanousd: int = 0  # what these would have cost
    # Nano-dollars that the vendor's prompt cache spared, writing to it deducted; may be below zero.
    cache_saved: int = 0
    tool_uses: dict[str, int] | None = None  # of its vendor's own tools that have a fee; None where it told nothing
    rate: str = ""  # at which its vendor says it was served, where that is not the usual one: flex, batch, priority
    rate_unknown: bool = False  # nobody knows what it is of the usual prices, at which its cost stands
    usage_raw: str = ""  # the vendor's own usage JSON

    @property
    def kind(self) -> str:
        """Why it was made, without what had happened before: `fallback` of `fallback: overloaded`."""
        return self.reason.partition(":")[0]


class CheckRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One verifier's word on an answer."""

    verifier: str
    kind: str
    verdict: str
    score: float | None = None
    passed: bool = False
    reason: str = ""
    latency_us: int = 0
    of: str = ""  # the answer that was judged, by the path that its calls' names begin with
    lane: str = ""
    cost_nanousd: int = 0  # of the questions it put to models; these calls are in the trace by themselves
    changed: tuple[str, ...] = ()  # what had to be mended to read the answer
    stands_in_for: str = ""  # the verifier that was down
    deferred: str = ""  # the digest of the name under which its verdict comes later
    why: str = ""  # what asked for it: `verify[0]`, `task:math_problem`, `expected`
    partial: bool = False  # it judged the first steps of an answer, on the way to one


class Recalled(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where an answer came from that nobody was asked for: a part of the trace."""

    kind: str  # exact, or similar
    run_id: str  # the run that paid for it
    age_us: int
    saved_nanousd: int
    dropped: tuple[str, ...] = ()
    similarity: Similarity | None = None  # where it was given to another question


class Audited(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Of a run that asked again for an answer that was given to a similar question: which one, and whether it was right."""

    run_id: str
    correct: bool | None = None  # None: nobody could tell
    told_by: str = ""


class Trace(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a run went, in order."""

    reason: str
    features: dict[str, str | int | bool] = {}
    propensity: float = 1.0
    policy_version: str = ""
    calls: tuple[CallRecord, ...] = ()
    checks: tuple[CheckRecord, ...] = ()
    degraded: tuple[Degraded, ...] = ()
    escalated: tuple[Escalated, ...] = ()
    attempts: int = 1  # answers that were made, of which one was given
    confidence: float | None = None  # in the first rung's answer
    strategy: str = ""  # of the lane that answered, where it is more than one answer
    answer: str = ""  # the path of the answer that was given, where there were several
    note: str = ""  # what the caller was told of the choice of lane
    refusal: Refusal | None = None
    recalled: Recalled | None = None  # the answer was given before
    audited: Audited | None = None  # this run asked again for an answer that was given to a similar question

    def last_whole(self, lane: str) -> CallRecord | None:
        """The last call of a lane that gave a whole answer; of several answers, the one that was given."""
        for call in reversed(self.calls):
            if call.failure is None and call.lane == lane and call.name.startswith(self.answer):
                return call
        return None


class RunRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The ledger row of one run. Columns of the same names; money in nano-dollars, times in microseconds."""

    run_id: str
    started_us: int  # since the Unix epoch
    tenant: str
    key_id: str
    user: str | None
    feature: str | None
    task: str | None
    request_id: str
    requested_model: str
    stream: bool
    lane: str
    deployment: str
    served_model: str
    outcome: Outcome
    failure: str | None
    status: int  # what the caller saw, or would have seen
    latency_us: int
    first_token_us: int | None
    calls: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0
    output_tokens: int = 0
    cost_input: int = 0
    cost_cached: int = 0
    cost_cache_write: int = 0
    cost_reasoning: int = 0
    cost_output: int = 0
    cost_nanousd: int = 0  # the sum of these, and of `cost_tools`
    estimated: bool = False
    unpriced_calls: int = 0
    degraded: bool
    verdict: str  # accept, reject, unverifiable, or unchecked where no check was asked for
    reason: str  # of the routing decision
    policy_version: str
    waited_us: int = 0  # of the latency: in the waiting room, until a vendor might be back
    verdict_kind: str = ""  # proof, evidence or form; empty where the verdict is unchecked
    escalated: bool = False  # a later lane of the plan was asked
    attempts: int = 1  # answers that were made, of which one was given
    cache_saved: int = 0  # nano-dollars that vendors' prompt caches spared, writing to them deducted
    recalled: str = ""  # how the answer was found where nobody was asked for it: exact, similar
    saved_nanousd: int = 0  # what it cost when it was made
    # What its calls count for in budgets beside their cost: what vendors may bill and have not told.
    held_nanousd: int = 0
    # Whose calls they are, of processes that share budgets, by the name of its leases; empty where one process has them all.
    process: str = ""
    cost_tools: int = 0  # fees of vendors' own tools
    held_tokens: int = 0  # what its calls count for in budgets beside their tokens
    held_thinking_tokens: int = 0
    trace: Trace

    @property
    def answered_by(self) -> CallRecord | None:
        """The call that gave the answer: of the lane that answered the last whole one. None where nobody did, or the trace is gone."""
        return None if self.failure is not None else self.trace.last_whole(self.lane)


GONE = 410
"""The HTTP status of an answer that was given and paid, and is not there to be given again."""


class KeptAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer as it was sent, kept so that whoever asks again by the same idempotency key is sent the same bytes.

    Where there is no room for it, that it was given is kept: whoever asks again must not pay twice unawares.
    """

    name: bytes  # SHA-256 of tenant, route and key: the key itself is not kept
    asked: bytes  # SHA-256 of what was asked
    run_id: str
    created_us: int  # since the Unix epoch
    expires_us: int
    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes  # of a stream: all its events

    def without_words(self) -> KeptAnswer:
        """That it was given, and which run it was."""
        return structs.replace(self, status=GONE, headers=(), body=b"")


class CapturedContent(msgspec.Struct, frozen=True, kw_only=True):
    """The words of a run, kept only where the policy says so."""

    request: bytes
    answer: bytes
