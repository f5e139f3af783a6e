"""Tools that a vendor runs itself, its web search for example: what they may add to a call's bill, and what they have added."""

from __future__ import annotations

import msgspec

from lanewise.core.policy import Amplification
from lanewise.core.protocols.provider import Call


class _Uses(msgspec.Struct, frozen=True):
    """How often tools were used, as Anthropic tells it; other vendors tell nothing."""

    web_search_requests: int = 0
    web_fetch_requests: int = 0


class _Told(msgspec.Struct, frozen=True):
    server_tool_use: _Uses | None = None


_decode = msgspec.json.Decoder(_Told).decode


def most_fees_nanousd(call: Call, limits: Amplification) -> int:
    """The most that the vendor may charge for uses of its tools: as many as the request allows, else as many as the policy reckons with."""
    if not call.request.vendor_tools or call.deployment.provider.local:
        return 0
    allowed = call.request.vendor_tool_uses
    uses = limits.max_vendor_tool_uses if allowed is None else allowed
    return uses * limits.vendor_tool_fee_nanousd


def fees_nanousd(call: Call, limits: Amplification, usage_raw: str) -> int:
    """What its uses are held to: those that the vendor tells, where it does; else all that were set aside for."""
    most = most_fees_nanousd(call, limits)
    if not most:
        return 0
    try:
        told = _decode(usage_raw).server_tool_use if usage_raw else None
    except msgspec.DecodeError:
        told = None
    if told is None:
        return most
    return (told.web_search_requests + told.web_fetch_requests) * limits.vendor_tool_fee_nanousd
