"""The sections `providers`, `adaptations`, `prices` and `facts` of `lanewise.yaml`: vendors, and what their models take and cost."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lanewise.config.fields import Count, Day, Dollars, Flag, RateFactor, Seconds, Table, Text, TextsByName, Url
from lanewise.config.section import Section
from lanewise.core.policy import AuthHeader, Effort


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
