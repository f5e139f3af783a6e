"""A number and what it counts, as people write it."""

from __future__ import annotations


def counted(count: int, one: str, several: str | None = None) -> str:
    """`1 call`, `2 calls`, `1,200 calls`; `several` where the plural is no mere s: `counted(n, "reply", "replies")`."""
    return f"{count:,} {one if count == 1 else several or f'{one}s'}"
