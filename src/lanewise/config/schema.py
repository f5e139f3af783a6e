"""`lanewise.yaml` as typed models, with `schema_lanes.py` and `schema_routing.py`: the one place that says which keys there are.

`json_schema.py` and the reference are made from them.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lanewise.config.fields import (
    Burst,
    Count,
    CountOrZero,
    Day,
    Days,
    Dollars,
    Flag,
    Folder,
    PerMinute,
    RateFactor,
    Seconds,
    Share,
    Size,
    StorePath,
    Table,
    Text,
    Texts,
    TextsByName,
    TokensPerMinute,
    Url,
)
from lanewise.config.schema_budgets import BudgetSection
from lanewise.config.schema_cache import CacheSection, TenantCacheSection
from lanewise.config.schema_checks import Verifiers, VerifyRuleSection
from lanewise.config.schema_lanes import BreakerSection, LaneSection
from lanewise.config.schema_limits import KeyLimitsSection, RedisSection
from lanewise.config.schema_routing import ProfileSection, RoutingSection, TaskSection
from lanewise.config.schema_tenants import NamesSection, PlanSection, ResidencySection
from lanewise.config.section import Section
from lanewise.core.policy import AuthHeader, Effort


class AdaptationSection(Section):
    """How requests of another dialect are put to a provider or a deployment; requests of its own dialect pass as they are."""

    cache_markers: Literal["auto", "off"] | None = Field(
        default=None,
        description="`auto`: cache markers are set after long prefixes, where the model takes them and the caller set none. "
        "Default: `auto`.",
    )
    system: Literal["system", "user"] | None = Field(
        default=None, description="`user`: the system prompt is said as the user's. Default: `system`."
    )
    summaries: Literal["auto", "off"] | None = Field(
        default=None,
        description="`auto`: a vendor that shows its thinking in summaries only (OpenAI's responses) is asked for them; `off` where "
        "your account may not have them. Default: `auto`.",
    )
    note: Text | None = Field(default=None, description="Words added to the system prompt.")


class ProviderSection(Section):
    """A vendor's account. For a vendor of the catalog its name alone is enough: `deepseek: {}`."""

    vendor: Text | None = Field(
        default=None,
        description="The catalog's vendor whose settings hold where this provider says nothing. Default: the provider's own name.",
    )
    dialect: Literal["openai", "openai_responses", "anthropic", "gemini"] | None = Field(
        default=None,
        description=(
            "The wire format it speaks: `openai` (chat completions), `openai_responses` (responses), `anthropic` (messages) "
            "or `gemini` (generateContent)."
        ),
    )
    base_url: Url | None = Field(
        default=None, description="Its address up to, and without, the operation's path: `https://api.example.com/v1`."
    )
    api_key: Text | None = Field(
        default=None,
        repr=False,
        description="Its secret, as `${NAME}`. Default: the vendor's usual environment variable, where it is set.",
    )
    auth_header: AuthHeader | None = Field(
        default=None, description="The header that carries the secret; `authorization` sends it as a bearer token."
    )
    headers: TextsByName = Field(default={}, repr=False, description="More headers for every call to it.")
    query: TextsByName = Field(
        default={}, description="Query parameters for every call to it, e.g. Azure's `api-version`."
    )
    connect_timeout: Seconds = Field(default=5.0, description="The longest wait for a connection.")
    local: Flag | None = Field(
        default=None,
        description="It runs on your own machine or network: its tokens cost nothing unless `prices` says otherwise. "
        "Default: true for a private address without `api_key`.",
    )
    simulated: Flag = Field(default=False, description="It is a simulated vendor; answers from it say so.")
    region: Text | None = Field(
        default=None,
        description="Where its vendor works on what it is sent, in your own words: residencies may name it.",
    )
    stream_usage: Flag | None = Field(
        default=None,
        description="It understands `stream_options.include_usage`. Default: the catalog's word, else true.",
    )


class TenantSection(Section):
    """Limits of one tenant. `"*"` holds for tenants that are not named, and wherever a named one says nothing."""

    budget: BudgetSection | None = Field(default=None, description="What it may spend.")
    plan: Text | None = Field(
        default=None, description="What it has bought: one of `plans`, where there are any; rules may match it."
    )
    users: NamesSection | None = Field(default=None, description="The users that its requests and keys may name.")
    features: NamesSection | None = Field(default=None, description="The features that its requests and keys may name.")
    residency: ResidencySection | None = Field(
        default=None, description="Where its words may go: to what is named here, and nowhere else."
    )
    profile: Text | None = Field(
        default=None, description="The kind of application it is, where a request names none: one of `profiles`."
    )
    rate: PerMinute | None = Field(default=None, description="Requests per time.")
    token_rate: TokensPerMinute | None = Field(
        default=None,
        description="Tokens per time, input and output together: estimated when a request comes, settled when it is over. What was "
        "estimated too low is worked off before the next one is let in.",
    )
    burst: Burst | None = Field(
        default=None,
        description="The share of a minute's rate that may come at once, one request at least; the rest as time goes by. Whatever it "
        "is, no minute has more than the rate in it. Default: `100%`.",
    )
    concurrency: Count | None = Field(default=None, description="Requests at the same time.")
    weight: Count | None = Field(
        default=None,
        description="Its share of the places of `limits.concurrency` when they are all taken, beside those of other tenants. Default: 1.",
    )
    per_key: KeyLimitsSection | None = Field(
        default=None, description="What each of its keys may have, beside what holds for the tenant."
    )
    keys: Table[KeyLimitsSection] = Field(
        default={},
        description="What single keys may have, over `per_key`, by id (`lanewise keys list` shows it).",
    )
    models: Table[Text] = Field(
        default={},
        description="What a model name means for this tenant, over the file's own `models`: `auto`, `pin` or `lane:NAME`.",
    )
    cache: TenantCacheSection = Field(
        default=TenantCacheSection(), description="What of its answers is given again, over the file's own `cache`."
    )


class LimitsSection(Section):
    """What one request may set in motion, retries, fallbacks and all; how many may wait; how many are answered at once."""

    max_calls: Count | None = Field(
        default=None,
        description="Calls to vendors; as many again after each wait of one who can wait. Default: 6, and what written "
        "samples, repairs and ladders need beside.",
    )
    max_retries: CountOrZero = Field(default=2, description="Of these, repeated calls to the same deployment.")
    max_cost: Dollars = Field(default=2_000_000_000, description="Dollars of one request, all its calls together.")
    max_output_tokens: Count = Field(
        default=400_000, description="Output tokens of one request, all its calls together."
    )
    max_vendor_tool_uses: CountOrZero = Field(
        default=10,
        description="Uses of a vendor's own tools (web search and the like) that are set aside for with each call that offers some, where "
        "the request itself has no bound (`max_uses`, `max_tool_calls`); beside them all that the model can read.",
    )
    vendor_tool_fee: Dollars = Field(
        default=35_000_000,
        description="What one such use counts for in budgets, over the tokens: vendors take $0.01 to $0.035 for a search.",
    )
    untold_usage: Literal["worst_case", "estimate"] = Field(
        default="worst_case",
        description="What a call counts for in budgets whose vendor has not told what it used, since it was hung up on or cut off: "
        "`worst_case`, so that no cap can be passed; or `estimate`, by what had come, and the vendor may bill more.",
    )
    max_wait: Seconds = Field(
        default=60.0,
        description="How long a request with `latency: can_wait` is kept, all in all, until a vendor is back, or until there is room "
        "for it within its tenant's limits and in the process.",
    )
    waiting: CountOrZero = Field(
        default=100,
        description="How many requests may be kept so at one time until a vendor is back; one more is told 503. As many again may wait "
        "for their limits, of one tenant half of them, and as many for a place; one more is told 429.",
    )
    concurrency: Count | None = Field(
        default=None,
        description="Requests that this process answers at the same time, of all tenants together. When all places are taken, tenants "
        "have turns by their `weight`, and interactive requests come before those that can wait. Default: any number.",
    )
    interactive_wait: Seconds = Field(
        default=5.0,
        description="How long a request that cannot wait is kept at most until one of these places is free.",
    )


class RetentionSection(Section):
    """How long rows are kept; `forever` keeps them for good."""

    runs: Days = Field(default=400, description="Days the ledger's rows are kept.")
    traces: Days = Field(default=30, description="Days traces are kept.")
    contents: Days = Field(default=7, description="Days captured words are kept.")
    audit: Days = Field(default=None, description="Days the audit log's rows are kept.")


class RecordSection(Section):
    """What is kept of each run besides its ledger row and its trace."""

    content: Literal["off", "sampled", "full"] = Field(
        default="off", description="Whether the words of requests and answers are kept: `off`, `sampled` or `full`."
    )
    sample: Share = Field(default=0.01, description="The share that is kept where `content` is `sampled`.")
    retention: RetentionSection = Field(default=RetentionSection(), description="How long rows are kept.")


class ResponsesSection(Section):
    """Answers of the Responses API that are kept, so that a later request may go on from them by their id."""

    keep: Flag = Field(
        default=True, description="Whether they are kept. Without, `previous_response_id` is answered with 404."
    )
    keep_for: Seconds = Field(default=86_400.0, description="How long, since they were last gone on from.")
    max_size: Size = Field(
        default=1024 * 1024 * 1024, description="How much is kept of all tenants; beyond it, the first to expire go."
    )
    unknown: Literal["refuse", "send_on"] = Field(
        default="refuse",
        description="What becomes of a `previous_response_id` that is not kept: `refuse` it with 404, or `send_on` to vendors that speak "
        "Responses, for a single tenant whose conversations began before Lanewise stood in front of its account.",
    )


class ServerSection(Section):
    """What the process itself takes on."""

    max_body: Size = Field(
        default=32 * 1024 * 1024, description="The largest request body; a larger one is answered with 413."
    )
    max_bytes_in_flight: Size = Field(default=512 * 1024 * 1024, description="Bytes of all bodies held at one time.")
    drain: Seconds = Field(default=30.0, description="How long requests in flight may take after SIGTERM.")


class PriceSection(Section):
    """Prices of a deployment in dollars per million tokens, over the built-in price list."""

    input: Dollars = Field(description="A million input tokens.")
    output: Dollars = Field(description="A million output tokens.")
    cached: Dollars | None = Field(
        default=None, description="A million input tokens read from the vendor's cache. Default: `input`."
    )
    cache_write: Dollars | None = Field(
        default=None, description="A million input tokens written to the vendor's cache. Default: `input`."
    )
    cache_write_1h: Dollars | None = Field(
        default=None,
        description="A million input tokens written to the vendor's cache for an hour. Default: `cache_write`.",
    )
    reasoning: Dollars | None = Field(default=None, description="A million thinking tokens. Default: `output`.")
    tool_fees: Table[Dollars] = Field(
        default={},
        description="One use of the vendor's own tools, by kind: `web_search`, `file_search`, `x_search`, `maps`, "
        "`code_interpreter`. One that is not named counts in budgets with `limits.vendor_tool_fee`.",
    )
    rates: Table[RateFactor] = Field(
        default={},
        description="What its tokens cost where the vendor says that it served a call at another rate (`service_tier`), as a factor of "
        "these prices: `{flex: 0.5, priority: 2}`. A call at one that is not named counts in budgets with its worst case.",
    )


class FactsSection(Section):
    """What a deployment's model can take, over the built-in facts: write only what differs."""

    thinking: Literal["none", "effort", "budget", "adaptive"] | None = Field(
        default=None, description="How its thinking is steered."
    )
    efforts: list[Effort] | None = Field(default=None, description="The effort levels it knows, weakest first.")
    min_thinking_tokens: Count | None = Field(default=None, description="The least thinking budget it takes.")
    max_thinking_tokens: Count | None = Field(default=None, description="The most thinking budget it takes.")
    thinking_always: Flag | None = Field(default=None, description="Its thinking cannot be switched off.")
    sampling: Flag | None = Field(default=None, description="It takes temperature, top_p and penalties.")
    logprobs: Flag | None = Field(default=None, description="It gives log-probabilities.")
    json_schema: Flag | None = Field(default=None, description="It takes a JSON Schema as response format.")
    schema_with_tools: Flag | None = Field(
        default=None, description="It takes a JSON Schema beside tools; false: with tools the schema is left out."
    )
    signed_calls: Flag | None = Field(
        default=None,
        description="It refuses its own tool calls when they come back without their signature, as Gemini does from 3 on.",
    )
    tools: Flag | None = Field(default=None, description="It takes tools.")
    tools_with_thinking: Flag | None = Field(
        default=None, description="It takes tools while it thinks; false: with tools its effort is `none`."
    )
    forced_tools: Flag | None = Field(
        default=None, description="It can be made to call a tool; false: a forced `tool_choice` becomes `auto`."
    )
    refused_parameters: list[Text] | None = Field(
        default=None, description="Parameters of a chat completion it refuses, `stop` for example: they are left out."
    )
    images: Flag | None = Field(default=None, description="It takes images.")
    embeddings: Flag | None = Field(default=None, description="It gives vectors of texts, and no answers.")
    documents: Flag | None = Field(default=None, description="It takes PDF files to read.")
    sound: Flag | None = Field(default=None, description="It takes sound to hear (`input_audio` of a chat completion).")
    cache_markers: Flag | None = Field(default=None, description="It takes cache markers.")
    output_cap: Literal["max_tokens", "max_completion_tokens"] | None = Field(
        default=None, description="The name of its output cap in the openai dialect."
    )
    context_tokens: Count | None = Field(default=None, description="Its context window.")
    max_output_tokens: Count | None = Field(default=None, description="The most it writes in one answer.")
    min_output_tokens: Count | None = Field(
        default=None, description="The least output cap it takes; a caller's smaller one is raised, visibly."
    )
    shutdown: Day | None = Field(default=None, description="The day its vendor switches it off.")
    reasoning_field: Text | None = Field(
        default=None,
        description="Where an OpenAI-compatible vendor streams thinking: `reasoning_content` or `reasoning`.",
    )


class PolicyFile(Section):
    """The whole file. `${NAME}` and `${NAME:-default}` stand for environment variables in any value."""

    providers: Table[ProviderSection] = Field(description="Vendors' accounts, by the name used in `lanes`.")
    lanes: Table[LaneSection] = Field(
        description="Ways to answer, by name: small, standard, frontier, reasoning_low, reasoning, or your own. Write the weakest first: "
        "an interactive request that a lane would keep too long goes to one that is written before it."
    )
    models: Table[Text] | None = Field(
        default=None,
        description="What a model name in a request means: `auto` (routed), `pin` (only deployments of that model) or `lane:NAME`; "
        '`"*"` is every other name. `auto` itself is always routed, and so is a request that names no model. Default: `{"*": pin}`.',
    )
    routing: RoutingSection = Field(default=RoutingSection(), description="How a routed request finds its lane.")
    verify: list[VerifyRuleSection] = Field(
        default=[],
        description="Which answers are checked. Where neither a rule nor the lane has a check, the task's is made, else a thinking "
        "lane's default (`loops`); neither holds a stream back.",
    )
    verifiers: Verifiers = Field(default={}, description="How verifiers are used, by name.")
    irreversible_tools: Texts = Field(
        default=(),
        description="Tools whose calls cannot be taken back; `*` at the end: all that begin so. A call of one is handed out only after a "
        "check has accepted it, streams included. Default check: `json_schema`.",
    )
    breaker: BreakerSection = Field(
        default=BreakerSection(),
        description="When a deployment is left alone for a while, for every lane that says nothing else.",
    )
    profiles: Table[ProfileSection] = Field(
        default={}, description="Kinds of applications: changes of the shipped ones, and your own."
    )
    tasks: Table[TaskSection] = Field(
        default={}, description="Kinds of work: changes of the shipped ones, and your own."
    )
    tenants: Table[TenantSection] = Field(
        default={}, description='Limits by tenant; `"*"` holds for all that are not named.'
    )
    plans: Table[PlanSection] = Field(
        default={},
        description="What tenants (`tenants.NAME.plan`) and keys (`lanewise keys create --plan`) may use, by plan.",
    )
    limits: LimitsSection = Field(default=LimitsSection(), description="What one request may set in motion.")
    record: RecordSection = Field(default=RecordSection(), description="What is kept of each run.")
    cache: CacheSection = Field(default=CacheSection(), description="Answers that are given again.")
    responses: ResponsesSection = Field(
        default=ResponsesSection(), description="Answers that a later request may go on from by their id."
    )
    server: ServerSection = Field(
        default=ServerSection(), description="How much the process itself takes on, and how it ends."
    )
    prices: Table[PriceSection] = Field(
        default={}, description="Prices by `provider/model`, in dollars per million tokens."
    )
    facts: Table[FactsSection] = Field(default={}, description="What models can take, by `provider/model`.")
    adaptations: Table[AdaptationSection] = Field(
        default={},
        description="How requests of other dialects are put to vendors, by provider or `provider/model`; the latter's word counts first.",
    )
    store: StorePath | None = Field(
        default=None,
        description="The record: a SQLite file, or a PostgreSQL database's address. Default: `lanewise.db` where `serve` is started.",
    )
    redis: RedisSection | None = Field(
        default=None, description="Where several gateways share what was taken of rates and concurrency."
    )
    spool: Folder | None = Field(
        default=None,
        description="With PostgreSQL: the folder on this machine where rows wait for it. Default: `lanewise-spool` where it is started.",
    )
