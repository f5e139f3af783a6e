"""Items that Lanewise wrote itself, for answers of vendors that speak otherwise: how they are called, and known again."""

from __future__ import annotations

from typing import Any

import msgspec

from lanewise.wire.splice import elements

#: Begins the id of a reasoning item that no vendor of this dialect knows: it carries words and no proof.
OWN_THINKING = "rs_lanewise_"


def own_thinking_id(run_id: str, place: int) -> str:
    """The id of such an item."""
    return f"{OWN_THINKING}{run_id}_{place}"


def is_own_thinking(item_id: object) -> bool:
    """Whether an item's id says that Lanewise wrote it."""
    return isinstance(item_id, str) and item_id.startswith(OWN_THINKING)


class _Item(msgspec.Struct, gc=False):
    type: Any = None
    id: Any = None


_ITEM = msgspec.json.Decoder(_Item)


def without_own_thinking(items: bytes) -> bytes:
    """The JSON list of items without those; all that stay are as they were."""
    if OWN_THINKING.encode() not in items or not items.startswith(b"["):
        return items
    kept = [item for item in elements(items) if not _is_own(item)]
    return b"[" + b",".join(kept) + b"]"


def _is_own(item: bytes) -> bool:
    try:
        told = _ITEM.decode(item)
    except msgspec.ValidationError:
        return False
    return told.type in ("reasoning", "item_reference") and is_own_thinking(told.id)
