"""Uses of a vendor's own tools, counted in the items of a response's output: the vendor bills them beside tokens."""

from __future__ import annotations

from typing import Any

import msgspec

#: Items that are calls for the caller to make, or that cost their tokens only.
_FREE = frozenset(
    {
        *("function_call", "custom_tool_call", "computer_call", "local_shell_call", "shell_call", "apply_patch_call"),
        *("mcp_call", "image_generation_call", "tool_search_call"),
    }
)
_FREE_OF_TOLD = frozenset({"mcp_calls"})  # calls of servers that the caller named, which cost their tokens only
_LOOKS = frozenset({"open_page", "find_in_page", "find"})  # at what a search found: only the search has a fee


class _Item(msgspec.Struct, gc=False):
    type: Any = ""
    action: Any = None


_ITEMS = msgspec.json.Decoder(list[_Item])


def told_uses(told: object) -> dict[str, int]:
    """How often each kind was used, as a vendor counts it itself: `{"web_search_calls": 2}` says two of `web_search`."""
    if not isinstance(told, dict):
        return {}
    counts = {kind: count for kind, count in told.items() if isinstance(count, int) and count > 0}
    return {kind.removesuffix("_calls"): count for kind, count in counts.items() if kind not in _FREE_OF_TOLD}


def tool_uses(output: msgspec.Raw | bytes) -> dict[str, int] | None:
    """How often each kind was used: `{"web_search": 2}`. None where there are no items, or they cannot be read."""
    if b"_call" not in bytes(output):
        return {} if b"{" in bytes(output) else None
    try:
        items = _ITEMS.decode(output)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    uses: dict[str, int] = {}
    for item in items:
        kind = item.type
        if not isinstance(kind, str) or not kind.endswith("_call") or kind in _FREE:
            continue
        if isinstance(item.action, dict) and item.action.get("type") in _LOOKS:
            continue
        name = kind.removesuffix("_call")
        uses[name] = uses.get(name, 0) + 1
    return uses
