"""The sections `limits` and `redis` of `lanewise.yaml`, and what tenants and keys may take at once and in a minute."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lanewise.config.fields import (
    Burst,
    Count,
    CountOrZero,
    Dollars,
    PerMinute,
    RedisUrl,
    Seconds,
    Text,
    TokensPerMinute,
)
from lanewise.config.section import Section


class RatesSection(Section):
    """How much at once and how much in a minute, at most."""

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


class KeyLimitsSection(RatesSection):
    """How much a key may take at once and in a minute, at most."""


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


class RedisSection(Section):
    """A Redis or Valkey server on which gateways share what was taken of rates and concurrency. Read at start only."""

    url: RedisUrl = Field(
        repr=False,
        description="Its address: `redis://`, `rediss://` or `unix://`, with the password from a `${VARIABLE}`.",
    )
    timeout: Seconds = Field(
        default=0.25,
        description="How long it is waited for. After that, and until it answers again, each process holds its share of every limit by "
        "itself, and says so.",
    )
    prefix: Text = Field(
        default="lanewise", description="What its keys begin with: gateways with another one share nothing."
    )
    processes: Count = Field(
        default=2,
        description="How many processes are expected: what limits are divided by while it is out of reach and was not asked before.",
    )
