"""What the simulated OpenAI keeps of its responses: by account, so that another account's are as unknown as none."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

Item = dict[str, Any]
_MOST_KEPT = 5_000  # responses; the oldest goes first


@dataclass(kw_only=True, slots=True)
class ResponsesMemory:
    """Responses that were asked with `store`, with all that was said up to each."""

    _kept: OrderedDict[tuple[str, str], tuple[Item, ...]] = field(default_factory=OrderedDict)

    def keep(self, account: str, response_id: str, said: tuple[Item, ...]) -> None:
        """Remember a response: what was asked and what was answered, in order."""
        self._kept[account, response_id] = said
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)

    def said_before(self, account: str, response_id: str) -> tuple[Item, ...] | None:
        """All that was said up to a response; None where this account has no such one."""
        return self._kept.get((account, response_id))

    def item(self, account: str, item_id: str) -> Item | None:
        """One item of any response of this account."""
        for (owner, _), said in reversed(self._kept.items()):
            if owner == account:
                found = next((item for item in said if item.get("id") == item_id), None)
                if found is not None:
                    return found
        return None

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()
