"""Anthropic's usage, brought to the core's one meaning.

Its `input_tokens` leave out what the cache served or stored, so those are added. Thinking is part of `output_tokens`, and named only by
newer models. A compaction the vendor ran before the answer is billed but stands in `iterations` only, so it is added too; an advisor's or
a refused first model's tokens cost that model's price and stay in the raw usage.
"""

from __future__ import annotations

from typing import Any

import msgspec

from lanewise.core.usage import Usage
from lanewise.wire.rates import rate_in

_COUNTS = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "output_tokens")


def read_usage(told: dict[str, Any]) -> Usage:
    """The core's meaning of a usage object."""
    iterations = told.get("iterations")
    counts = [told] + [part for part in iterations if _is_compaction(part)] if isinstance(iterations, list) else [told]
    fresh, cached, written, output = (sum(_count(part.get(name)) for part in counts) for name in _COUNTS)
    hour = sum(_kept_for_an_hour(part) for part in counts)
    details = told.get("output_tokens_details")
    thought = _count(details.get("thinking_tokens")) if isinstance(details, dict) else 0
    return Usage(
        input_tokens=fresh + cached + written,
        cached_tokens=cached,
        cache_write_tokens=written,
        cache_write_1h_tokens=min(hour, written),
        output_tokens=output,
        reasoning_tokens=min(thought, output),
        tool_uses=_tool_uses(told.get("server_tool_use")),
        rate=rate_of(told.get("service_tier"), told.get("speed")),
        raw=msgspec.json.encode(told),
    )


def rate_of(service_tier: object, speed: object) -> str:
    """The rate by both words for it: the fast mode has one of its own."""
    return "fast" if speed == "fast" else rate_in(service_tier)


def _kept_for_an_hour(part: dict[str, Any]) -> int:
    created = part.get("cache_creation")
    return _count(created.get("ephemeral_1h_input_tokens")) if isinstance(created, dict) else 0


def _tool_uses(told: object) -> dict[str, int] | None:
    """Uses by kind; a page that is fetched costs its tokens and no fee."""
    if not isinstance(told, dict):
        return None
    uses = {kind.removesuffix("_requests"): _count(count) for kind, count in told.items() if isinstance(kind, str)}
    return {kind: count for kind, count in uses.items() if count and kind != "web_fetch"}


def _is_compaction(part: object) -> bool:
    return isinstance(part, dict) and part.get("type") == "compaction"


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
