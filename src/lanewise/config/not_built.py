"""Keys of the design that this version does not have: refused with their own words. This table may only shrink."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lanewise.config.document import Document
from lanewise.config.mistakes import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class NotBuilt:
    """A key, or one value of it, that is designed and absent."""

    path: str  # dotted; `*` is any name
    what: str  # what it would do
    instead: str  # what to write now
    value: str | None = None  # only this value of the key
    drops: Literal["key", "parent"] = "key"  # what is left out of further checks


NOT_BUILT: tuple[NotBuilt, ...] = (
    NotBuilt(
        path="routing.classifier",
        value="segments",
        what="a classifier that picks the lane from past results",
        instead="Write `classifier: heuristic`, or route with `routing.rules` and `routing.default`.",
    ),
    NotBuilt(
        path="lanes.*.sla",
        what="the human lane, in which people answer within a time",
        instead="Remove this lane and what refers to it.",
        drops="parent",
    ),
    NotBuilt(
        path="lanes.*.banner",
        what="a notice in the answer's text when it is degraded",
        instead="Remove the line; the `lanewise` field and the X-Lanewise-Degraded header say it.",
    ),
    NotBuilt(
        path="tools", what="tools that the gateway runs", instead="Remove it; callers run their own tools as before."
    ),
    NotBuilt(path="retrieval", what="retrieval before an answer", instead="Remove it."),
    NotBuilt(path="guarantees", what="calibrated guarantees", instead="Remove it."),
    NotBuilt(path="jobs", what="durable jobs", instead="Remove it."),
)


def refuse_not_built(document: Document) -> None:
    """Note every such key as a mistake, and take it out of the data so that nothing else complains of it."""
    for row in NOT_BUILT:
        for path in _matches(document, row.path.split(".")):
            parent = document.table(*path[:-1])
            if row.value is not None and parent.get(path[-1]) != row.value:
                continue
            document.at_key(path, f"{row.what} is not available in this version", row.instead)
            if row.drops == "key":
                parent.pop(path[-1], None)
                document.dropped.add(path)
            else:
                document.table(*path[:-2]).pop(path[-2], None)
                document.dropped.add(path[:-1])


def _matches(document: Document, pattern: list[str]) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = [()]
    for part in pattern:
        found = [(*path, name) for path in found for name in document.table(*path) if part in ("*", name)]
    return found


def is_dropped(document: Document, path: Path) -> bool:
    """Whether the thing at this path was taken out above, so that what refers to it has been answered for."""
    return path in document.dropped
