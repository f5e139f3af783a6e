"""Edits to a caller's body as they gather: new values, removals, and what is lost by them. `splice` carries them out."""

from __future__ import annotations

from collections.abc import Mapping

from lanewise.wire.splice import Member

_NOTHING = frozenset({b"null", b"false", b"{}", b"[]"})


class Edits:
    """What shall become of the members of one body."""

    __slots__ = ("_body", "changes", "dropped", "found")

    def __init__(self, body: bytes, found: dict[str, Member]) -> None:
        self._body = body
        self.found = found
        self.changes: dict[str, bytes | None] = {}
        self.dropped: list[str] = []

    def value(self, key: str) -> bytes | None:
        """The caller's own JSON for this key."""
        place = self.found.get(key)
        return None if place is None else self._body[place[1] : place[2]]

    def set(self, key: str, value: bytes) -> None:
        """Say this, unless the caller's bytes say it already."""
        if self.value(key) != value:
            self.changes[key] = value

    def remove(self, key: str, reason: str = "") -> None:
        """Leave this out; with a reason, the loss is told unless the value asked for nothing."""
        if key not in self.found:
            return
        self.changes[key] = None
        if reason and self.value(key) not in _NOTHING:
            self.dropped.append(f"{key}: {reason}")

    def remove_each(self, neutral: Mapping[str, float | None], reason: str) -> None:
        """Leave these out; the loss is told unless the value is the one that changes nothing."""
        for key, value in neutral.items():
            self.remove(key, "" if is_number(self.value(key), value) else reason)


def is_number(value: bytes | None, number: float | None) -> bool:
    """Whether JSON says this number, however it is written."""
    if value is None or number is None:
        return False
    try:
        return float(value) == number
    except ValueError:
        return False
