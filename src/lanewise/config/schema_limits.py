"""Rates and concurrency in a policy file: of tenants and keys. Those of the process are in `limits`."""

from __future__ import annotations

from pydantic import Field

from lanewise.config.fields import Burst, Count, PerMinute, RedisUrl, Seconds, Text, TokensPerMinute
from lanewise.config.section import Section


class KeyLimitsSection(Section):
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
