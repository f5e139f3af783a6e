"""`lanewise.yaml` as typed models: the one place that says which keys there are. `json_schema.py` and the reference are made from it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lanewise.config.fields import (
    Cap,
    Count,
    CountOrZero,
    Day,
    Days,
    Dollars,
    Flag,
    PerMinute,
    Seconds,
    Share,
    Size,
    StorePath,
    Table,
    Text,
    Texts,
    TextsByName,
    Url,
)
from lanewise.core.policy import Effort


class Section(BaseModel):
    """A mapping of the file: unknown keys are mistakes, and an input is never repeated in an error (it may be a secret)."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, validate_default=False)

    @model_validator(mode="before")
    @classmethod
    def _nothing_is_empty(cls, data: object) -> object:
        return {} if data is None else data


class ProviderSection(Section):
    """A vendor's account. For a vendor of the catalog its name alone is enough: `deepseek: {}`."""

    vendor: Text | None = Field(
        default=None,
        description="The catalog's vendor whose settings hold where this provider says nothing. Default: the provider's own name.",
    )
    dialect: Literal["openai", "anthropic"] | None = Field(
        default=None, description="The wire format it speaks: `openai` (chat completions) or `anthropic` (messages)."
    )
    base_url: Url | None = Field(
        default=None, description="Its address up to, and without, the operation's path: `https://api.example.com/v1`."
    )
    api_key: Text | None = Field(
        default=None,
        repr=False,
        description="Its secret, as `${NAME}`. Default: the vendor's usual environment variable, where it is set.",
    )
    auth_header: Literal["authorization", "x-api-key", "api-key"] | None = Field(
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
    stream_usage: Flag | None = Field(
        default=None,
        description="It understands `stream_options.include_usage`. Default: the catalog's word, else true.",
    )


class LaneSection(Section):
    """A way to answer: deployments in order of preference, with the limits of one request in it."""

    deployments: list[Text] = Field(
        min_length=1, description="`provider/model`, the preferred one first; the next is asked where one fails."
    )
    effort: Effort | None = Field(
        default=None, description="How hard the model thinks. What a model cannot take is mapped or dropped, visibly."
    )
    thinking_budget: Count | None = Field(
        default=None, description="Thinking tokens, for models that take a budget; others get the nearest effort."
    )
    timeout: Seconds = Field(default=60.0, description="The deadline of one request in this lane.")
    idle_timeout: Seconds | None = Field(
        default=None, description="The longest silence of a vendor before the next one is asked. Default: `timeout`."
    )
    max_cost: Cap | None = Field(
        default=None, description="The most that one request may cost. Default: `limits.max_cost`."
    )
    max_output_tokens: Count = Field(
        default=16_384,
        description="The output cap that is sent where the caller names none, so that a reservation is a true worst case.",
    )
    heartbeat_after: Seconds = Field(
        default=10.0,
        description="Silence after which a stream begins its heartbeats; until then errors are HTTP errors.",
    )


class ConditionSection(Section):
    """When a rule holds: every key that is written must match; of several values any may."""

    task: Texts = Field(
        default=(), description="The task that the caller names (`lanewise.task` or `X-Lanewise-Task`)."
    )
    feature: Texts = Field(default=(), description="The feature that the caller names.")
    tenant: Texts = Field(default=(), description="The tenant of the caller's key.")
    model: Texts = Field(default=(), description="The model name in the request.")
    keywords: Texts = Field(default=(), description="Whole words of the last user message, in any case.")
    min_chars: CountOrZero | None = Field(
        default=None, description="At least so many characters of text in the request."
    )
    max_chars: CountOrZero | None = Field(
        default=None, description="At most so many characters of text in the request."
    )
    tools: Flag | None = Field(default=None, description="Whether the request offers tools.")
    images: Flag | None = Field(default=None, description="Whether the request holds images.")
    response_format: Texts = Field(default=(), description="`json_schema` or `json_object`, as the request asks for.")
    latency: Texts = Field(default=(), description="`interactive` or `can_wait`, as the caller says.")
    risk: Texts = Field(default=(), description="`low`, `normal` or `high`, as the caller says.")


class RuleSection(Section):
    """One rule; the first whose condition holds names the lane."""

    when: ConditionSection = Field(description="When the rule holds.")
    lane: Text = Field(description="The lane that answers then.")


class RoutingSection(Section):
    """How a routed request finds its lane: rules in order, then the default."""

    rules: list[RuleSection] = Field(default=[], description="Rules in order; the first that holds decides.")
    default: Text | None = Field(
        default=None, description="The lane where no rule holds. Default: `standard`, or the only lane there is."
    )


class BudgetSection(Section):
    """What a tenant may spend."""

    daily: Cap | None = Field(
        default=None,
        description="The cap of a UTC day, never exceeded; `none` for no cap. Default: $50, so that no one is uncapped unawares.",
    )
    alarm_at: Share = Field(default=0.8, description="The share of the cap at which a warning is raised.")


class TenantSection(Section):
    """Limits of one tenant. `"*"` holds for tenants that are not named, and wherever a named one says nothing."""

    budget: BudgetSection | None = Field(default=None, description="What it may spend.")
    rate: PerMinute | None = Field(default=None, description="Requests per time.")
    concurrency: Count | None = Field(default=None, description="Requests at the same time.")
    models: Table[Text] = Field(
        default={},
        description="What a model name means for this tenant, over the file's own `models`: `auto`, `pin` or `lane:NAME`.",
    )


class LimitsSection(Section):
    """What one request may set in motion, retries, fallbacks and all."""

    max_calls: Count = Field(default=6, description="Calls to vendors.")
    max_retries: CountOrZero = Field(default=2, description="Of these, repeated calls to the same deployment.")
    max_cost: Dollars = Field(default=2_000_000_000, description="Dollars of one request, all its calls together.")
    max_output_tokens: Count = Field(
        default=400_000, description="Output tokens of one request, all its calls together."
    )


class RetentionSection(Section):
    """How long rows are kept; `forever` keeps them for good."""

    runs: Days = Field(default=400, description="Days the ledger's rows are kept.")
    traces: Days = Field(default=30, description="Days traces are kept.")
    contents: Days = Field(default=7, description="Days captured words are kept.")


class RecordSection(Section):
    """What is kept of each run besides its ledger row and its trace."""

    content: Literal["off", "sampled", "full"] = Field(
        default="off", description="Whether the words of requests and answers are kept: `off`, `sampled` or `full`."
    )
    sample: Share = Field(default=0.01, description="The share that is kept where `content` is `sampled`.")
    retention: RetentionSection = Field(default=RetentionSection(), description="How long rows are kept.")


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
    cache_markers: Flag | None = Field(default=None, description="It takes cache markers.")
    output_cap: Literal["max_tokens", "max_completion_tokens"] | None = Field(
        default=None, description="The name of its output cap in the openai dialect."
    )
    context_tokens: Count | None = Field(default=None, description="Its context window.")
    max_output_tokens: Count | None = Field(default=None, description="The most it writes in one answer.")
    shutdown: Day | None = Field(default=None, description="The day its vendor switches it off.")
    reasoning_field: Text | None = Field(
        default=None,
        description="Where an OpenAI-compatible vendor streams thinking: `reasoning_content` or `reasoning`.",
    )


class PolicyFile(Section):
    """The whole file. `${NAME}` and `${NAME:-default}` stand for environment variables in any value."""

    providers: Table[ProviderSection] = Field(description="Vendors' accounts, by the name used in `lanes`.")
    lanes: Table[LaneSection] = Field(
        description="Ways to answer, by name: small, standard, frontier, reasoning_low, reasoning, or your own."
    )
    models: Table[Text] | None = Field(
        default=None,
        description="What a model name in a request means: `auto` (routed), `pin` (only deployments of that model) or `lane:NAME`; "
        '`"*"` is every other name. `auto` itself is always routed. Default: `{"*": pin}`.',
    )
    routing: RoutingSection = Field(default=RoutingSection(), description="How a routed request finds its lane.")
    tenants: Table[TenantSection] = Field(
        default={}, description='Limits by tenant; `"*"` holds for all that are not named.'
    )
    limits: LimitsSection = Field(default=LimitsSection(), description="What one request may set in motion.")
    record: RecordSection = Field(default=RecordSection(), description="What is kept of each run.")
    server: ServerSection = Field(
        default=ServerSection(), description="How much the process itself takes on, and how it ends."
    )
    prices: Table[PriceSection] = Field(
        default={}, description="Prices by `provider/model`, in dollars per million tokens."
    )
    facts: Table[FactsSection] = Field(default={}, description="What models can take, by `provider/model`.")
    store: StorePath | None = Field(
        default=None, description="The SQLite file of record. Default: `lanewise.db` where `serve` is started."
    )
