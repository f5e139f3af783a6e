"""The policy as frozen values: what `config` makes of `lanewise.yaml`, and what a request is decided by from its first byte to its last."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from lanewise.core.bounds import NO_BOUNDS, Bound, Bounds, Known
from lanewise.core.caching import NO_CACHING, USUAL_ROOM, CacheRoom, Caching
from lanewise.core.caps import DEFAULT_TERMS, Cap, Terms
from lanewise.core.closing import Closing
from lanewise.core.keeping import USUAL_RECORD, USUAL_RESPONSES, KeptResponses, Record
from lanewise.core.limiting import NO_KEY_LIMITS, UNLIMITED, USUAL_CROWD, Crowd, KeyLimits, Limits
from lanewise.core.request import Dialect, LatencyClass
from lanewise.core.searching import USUAL_SEARCH, Search
from lanewise.core.usage import RateCard

ThinkingControl = Literal["none", "effort", "budget", "adaptive"]
Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
NameMeaning = Literal["auto", "pin", "lane"]
Classifier = Literal["none", "heuristic", "small_model"]
Strategy = Literal["single", "draft", "vote", "best_of_n", "search"]
Showing = Literal["held", "released"]
Grade = Literal["trivial", "easy", "moderate", "hard", "expert"]
Gain = Literal["wins", "helps", "wasted"]
AuthHeader = Literal["authorization", "x-api-key", "api-key", "x-goog-api-key"]

GRADES: tuple[Grade, ...] = get_args(Grade)
"""Every grade of difficulty, the easiest first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelFacts:
    """What a model can take. What it cannot is mapped or dropped visibly, never sent to a 400."""

    thinking: ThinkingControl = "none"
    efforts: tuple[Effort, ...] = ()  # the levels it knows, weakest first
    thinking_budget_tokens: tuple[int, int] | None = None  # least and most, where thinking is or may be by budget
    thinking_always: bool = False  # cannot be switched off
    sampling: bool = True  # takes temperature, top_p and the penalties
    logprobs: bool = True
    json_schema: bool = True
    schema_with_tools: bool = True  # takes a schema for its answer beside tools
    signed_calls: bool = False  # refuses tool calls of the current turn that come back without their proof of thinking
    tools: bool = True
    tools_with_thinking: bool = True  # takes tools while it thinks; if not, tools win and its effort is `none`
    forced_tools: bool = True  # can be made to call a tool; if not, a forced choice becomes `auto`
    refused_parameters: tuple[str, ...] = ()  # of a chat completion, beside what the flags above say
    images: bool = True
    embeddings: bool = False  # gives vectors of texts, and no answers
    documents: bool = True  # takes files to read (PDF) by their bytes
    sound: bool = False  # takes sound to hear, in dialects where that is a model's own matter
    cache_markers: bool = False
    output_cap: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    context_tokens: int | None = None
    max_output_tokens: int | None = None
    min_output_tokens: int = 1  # an output cap below it is refused
    shutdown: dt.date | None = None
    reasoning_field: str | None = None  # where thinking is streamed: reasoning_content, reasoning


@dataclass(frozen=True, kw_only=True, slots=True)
class ProviderPolicy:
    """A vendor's account: where it is and how it is spoken to. Two providers that are equal share one connection pool."""

    name: str
    dialect: Dialect
    base_url: str  # up to and without the operation's path, e.g. https://host/v1
    api_key: str = field(default="", repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    query: tuple[tuple[str, str], ...] = ()  # e.g. Azure's api-version
    auth_header: AuthHeader = "authorization"
    connect_timeout_s: float = 5.0
    simulated: bool = False
    local: bool = False  # on this machine or network: costs nothing per token
    stream_usage: bool = True  # understands stream_options.include_usage

    @property
    def account(self) -> str:
        """Names the account at its vendor, whatever the policy calls it: what one account keeps or signs, no other knows."""
        told = "\0".join((self.dialect, self.base_url, self.api_key))
        return hashlib.sha256(told.encode()).hexdigest()[:32]


@dataclass(frozen=True, kw_only=True, slots=True)
class Adaptation:
    """How conversations of another dialect are put to a deployment, beyond what its dialect and its model's facts ask for."""

    cache_markers: Literal["auto", "off"] = "auto"  # auto: after long prefixes, where the model takes markers
    system: Literal["system", "user"] = "system"  # user: the model knows no system role
    summaries: Literal["auto", "off"] = "auto"  # auto: thinking that is only shown in summaries is asked for in them
    note: str = ""  # added to the system prompt


@dataclass(frozen=True, kw_only=True, slots=True)
class Deployment:
    """A model at a provider, with what it can take and what it costs. `prices` is None where nobody knows them: flagged, never zero."""

    provider: ProviderPolicy
    model: str
    facts: ModelFacts = ModelFacts()
    prices: RateCard | None = None
    adaptation: Adaptation = Adaptation()
    name: str = field(init=False, repr=False, compare=False)  # `provider/model`, as the policy file writes it

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", f"{self.provider.name}/{self.model}")  # asked for a dozen times per request


@dataclass(frozen=True, kw_only=True, slots=True)
class BreakerPolicy:
    """When a deployment is left alone for a while, and for how long."""

    error_rate: float = 0.5  # of the calls in the window, from which on it opens
    window_s: float = 60.0
    min_calls: int = 10  # fewer calls in the window decide nothing
    open_s: float = 30.0  # then one probe is let through


@dataclass(frozen=True, kw_only=True, slots=True, weakref_slot=True)
class Check:
    """One use of a verifier, with the options of its own kind."""

    verifier: str
    options: object = None  # a value of the type that the verifier declares
    timeout_s: float = 10.0
    stand_in: Check | None = None  # asked instead while this one is down
    why: str = ""  # which words of the policy or the request ask for it: `verify[0]`, `task:math_problem`, `expected`
    # The mark from which on an unfinished answer may pass it; None: only a whole one does.
    closes: Closing | None = None
    written: bool = True  # somebody asked for it; else it is a default, which holds no stream back
    cost: int = 0  # its verifier's place in `core.protocols.verifier.COSTS`: the cheapest is asked first

    def __hash__(self) -> int:
        return hash((self.verifier, self.why, self.timeout_s))  # options need not be hashable


@dataclass(frozen=True, kw_only=True, slots=True)
class Lane:
    """A way to answer: deployments in order of preference, with the limits of one request in it."""

    name: str
    deployments: tuple[Deployment, ...]
    weights: tuple[float, ...] = ()  # how traffic is spread over the deployments; empty: always the first that can
    degrade_to: str | None = None  # the lane that answers, marked, when this one cannot
    first_token_timeout_s: float | None = None  # streams; None: `slow_after` times the measured P95
    slow_after: float | None = 3.0  # times the measured P95, after which a call is given up for a faster lane
    hedge_after: float | None = None  # times the measured P95, after which a second deployment is asked as well
    breaker: BreakerPolicy = BreakerPolicy()
    effort: Effort | None = None
    thinking_budget_tokens: int | None = None
    timeout_s: float = 60.0  # one run's deadline in this lane
    idle_timeout_s: float | None = None  # the longest silence of a vendor; None: only the timeout ends it
    max_cost_nanousd: int | None = None  # one request's dollars
    max_output_tokens: int = 16_384  # sent when the caller names no cap, so that a reservation is a true worst case
    heartbeat_after_s: float = 10.0
    strategy: Strategy = "single"  # how one answer is made of several generations
    samples: int = 1  # at most, of one answer; of a search its steps as well
    search: Search = USUAL_SEARCH
    repairs: int = 2  # at most, of one sample
    all_checks: bool = False  # all are asked, so that a repair hears every reason; else the first that rejects ends it
    stream: Showing | None = None  # None: held where somebody wrote a check for it
    checks: tuple[Check, ...] = ()  # of every answer in it
    early_stop: bool = False  # a stream that only repeats itself is cut off
    stop_when_verified: bool = False  # a stream is ended once its answer is verified
    caps: tuple[Cap, ...] = ()  # on what all tenants together spend in it
    thinks: bool = field(init=False, repr=False, compare=False)  # its models are asked to, or one always does
    makes_sure: bool = field(init=False, repr=False, compare=False)  # one answer may not be enough

    def __post_init__(self) -> None:
        asked = self.thinking_budget_tokens is not None or self.effort not in (None, "none")
        thinks = asked or any(each.facts.thinking_always for each in self.deployments)
        object.__setattr__(self, "thinks", thinks)  # looked at for every request
        object.__setattr__(self, "makes_sure", thinks or bool(self.checks) or self.strategy != "single")


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """When a rule holds: every field that is set must match; within a field any value may."""

    task: tuple[str, ...] = ()
    feature: tuple[str, ...] = ()
    tenant: tuple[str, ...] = ()
    model: tuple[str, ...] = ()
    plan: tuple[str, ...] = ()  # of the caller's tenant
    profile: tuple[str, ...] = ()  # of the application: the caller's word, else its tenant's
    difficulty: tuple[Grade, ...] = ()  # by the heuristic scorer
    keywords: tuple[str, ...] = ()  # whole words of the last user message, case folded
    regex: tuple[str, ...] = ()  # searched in the last user message, case folded
    min_chars: int | None = None
    max_chars: int | None = None
    tools: bool | None = None
    images: bool | None = None
    response_format: tuple[str, ...] = ()
    latency: tuple[str, ...] = ()
    risk: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """The first rule whose condition holds names the lane."""

    when: Condition
    lane: str
    number: int  # its place in the file, from 1: what the trace shows


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelName:
    """What a model name in a request means: routed, a lane, or only deployments of that model."""

    meaning: NameMeaning
    lane: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """A kind of application: how long it may take, and which lanes answer it."""

    name: str
    max_latency_s: float
    lanes: tuple[str, ...]  # the preferred one first; those a policy does not have are passed over
    latency: LatencyClass
    review: bool = False  # a person signs it off


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """A kind of work: what thinking is worth for it, the lane it goes to where nothing else is said, and how it can be checked."""

    name: str
    gain: Gain
    grade: Grade
    check: str  # the verifier that suits it; `none` where nothing can be checked


@dataclass(frozen=True, kw_only=True, slots=True)
class VerifyRule:
    """Checks for the answers to requests of which the condition holds; every rule that holds adds its own."""

    when: Condition
    checks: tuple[Check, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Verification:
    """Which answers are checked by what. What a request gets is decided by `routers/checks.py`."""

    rules: tuple[VerifyRule, ...] = ()
    of_tasks: dict[str, tuple[Check, ...]] = field(default_factory=dict)  # where no rule and no lane has a check
    of_thinking: tuple[Check, ...] = ()  # the same for lanes that think
    expected: Check | None = None  # where the caller sends the right answer
    tests: Check | None = None  # where the caller sends tests
    tool_calls: Check | None = None  # where an irreversible tool is offered
    irreversible_tools: tuple[str, ...] = ()  # names; `*` at the end: all that begin so


@dataclass(frozen=True, kw_only=True, slots=True)
class Thresholds:
    """Below which confidence an answer that nothing has proven goes on to the next rung. Starting values, not calibrated."""

    usual: float = 0.75
    mathematics: float = 0.80
    writing: float = 0.40


@dataclass(frozen=True, kw_only=True, slots=True)
class SmallModel:
    """The cheap deployment that grades requests, and its bounds."""

    deployment: Deployment
    timeout_s: float = 2.0
    max_chars: int = 4_000  # of the last user message; a longer one loses its middle
    cache_entries: int = 10_000
    cache_s: float = 3_600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Routing:
    """Rules in order, then the classifier, then the default lane."""

    rules: tuple[Rule, ...] = ()
    default: str = "standard"
    classifier: Classifier = "none"
    grades: dict[Grade, str] = field(default_factory=dict)  # the lane of each grade; a grade without one: the default
    small_model: SmallModel | None = None
    interactive_s: float = 10.0  # the deadline of an interactive request that names none
    escalate: tuple[str, ...] = ()  # lanes in climbing order; `human` at the end: a person decides
    thresholds: Thresholds = Thresholds()


@dataclass(frozen=True, kw_only=True, slots=True)
class TenantPolicy:
    """Limits of one tenant; None means none. `budget_defaulted` marks the cap nobody wrote."""

    name: str
    daily_cap_nanousd: int | None
    plan: str | None = None  # what it has bought: rules may look at it
    profile: str | None = None  # the kind of application it is, where a request says nothing
    budget_defaulted: bool = False
    daily_terms: Terms = DEFAULT_TERMS  # of the daily cap
    caps: tuple[Cap, ...] = ()  # every other cap: its own, and those of its keys, users and features
    limits: Limits = UNLIMITED
    key_limits: KeyLimits = NO_KEY_LIMITS
    weight: float = 1.0  # its share of a process that is full, beside those of others
    models: dict[str, ModelName] = field(default_factory=dict)  # overrides the policy's own `models`
    bounds: Bounds = NO_BOUNDS  # its plan, where `plans` has it, and its residency
    known: Known | None = None  # None: any user and feature may be named
    caching: Caching = NO_CACHING


UntoldUsage = Literal["worst_case", "estimate"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Amplification:
    """What one request may set in motion, whatever retries, fallbacks and later steps want."""

    max_calls: int = 6
    max_retries: int = 2  # of these, repeated calls to the same deployment
    max_cost_nanousd: int = 2_000_000_000
    max_output_tokens: int = 400_000
    max_vendor_tool_uses: int = 10  # set aside for, where a request offers a vendor's own tools without a bound
    vendor_tool_fee_nanousd: int = 35_000_000  # of one use: the dearest in wide use
    untold_usage: UntoldUsage = "worst_case"  # what a call counts for in budgets whose vendor has not told what it used


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """The room for requests that can wait until a vendor is back."""

    max_wait_s: float = 60.0
    places: int = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerLimits:
    """What the process itself takes on."""

    max_body_bytes: int = 32 * 1024 * 1024
    max_bytes_in_flight: int = 512 * 1024 * 1024
    drain_s: float = 30.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """Everything a request is decided by. Replaced whole on reload: a run keeps the one it started with."""

    version: str  # a short hash of the file's text, shown by /ready
    lanes: dict[str, Lane]
    models: dict[str, ModelName]
    routing: Routing
    tenants: dict[str, TenantPolicy]
    default_tenant: TenantPolicy  # holds for tenants the file does not name
    amplification: Amplification = Amplification()
    waiting: Waiting = Waiting()
    crowd: Crowd = USUAL_CROWD
    profiles: dict[str, Profile] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    plans: dict[str, Bound] = field(default_factory=dict)  # what may be used, by plan
    verification: Verification = Verification()
    record: Record = USUAL_RECORD
    responses: KeptResponses = USUAL_RESPONSES
    cache_room: CacheRoom = USUAL_ROOM
    server: ServerLimits = ServerLimits()
    deployments: dict[str, Deployment] = field(default_factory=dict)  # by `provider/model`: all that can be reached
    warnings: tuple[str, ...] = ()  # what the policy doctor says about it

    def tenant(self, name: str) -> TenantPolicy:
        """The limits that hold for a tenant, named in the file or not."""
        return self.tenants.get(name) or replace(self.default_tenant, name=name)
