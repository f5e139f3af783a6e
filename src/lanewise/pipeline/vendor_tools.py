"""Tools that a vendor runs itself, its web search for example: what they may add to a call's bill, and what nobody tells of it."""

from __future__ import annotations

from lanewise.core.policy import Amplification
from lanewise.core.protocols.provider import Call


def most_fees_nanousd(call: Call, limits: Amplification) -> int:
    """The most that the vendor may charge for uses of its tools: as many as the request allows, else as many as the policy reckons with.

    A model that always searches may charge for it though nobody asked.
    """
    if not call.request.vendor_tools or call.deployment.provider.local:
        return _fees_always(call)
    allowed = call.request.vendor_tool_uses
    uses = limits.max_vendor_tool_uses if allowed is None else allowed
    return max(uses * max(limits.vendor_tool_fee_nanousd, *_known_fees(call), 0), _fees_always(call))


def untold_fees_nanousd(call: Call, limits: Amplification, tool_uses: dict[str, int] | None) -> int:
    """What uses are held to that are no part of the call's cost: all that were set aside for where the vendor tells none, else those of
    a tool whose fee nobody knows.
    """
    if not call.request.vendor_tools or call.deployment.provider.local:
        return 0
    if tool_uses is None:
        return most_fees_nanousd(call, limits) - _fees_always(call)
    prices = call.deployment.prices
    unpriced = sum(tool_uses.values()) if prices is None else prices.unpriced_uses(tool_uses)
    return unpriced * limits.vendor_tool_fee_nanousd


def finds_more(call: Call) -> bool:
    """Whether the vendor's own tools may add to what the model reads, asked for or not."""
    return call.request.vendor_tools or _fees_always(call) > 0


def _fees_always(call: Call) -> int:
    prices = call.deployment.prices
    return 0 if prices is None else prices.untold_fees


def _known_fees(call: Call) -> list[int]:
    prices = call.deployment.prices
    return [] if prices is None else [fee for _, fee in prices.tool_fees]
