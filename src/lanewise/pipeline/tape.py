"""What a caller was shown of a stream, taken down so that it can be shown again."""

from __future__ import annotations

from lanewise.core.events import Deltas, Event, Sink

MOST_PIECES = 20_000


class Tape:
    """A sink that hands everything on and remembers the pieces of the answer."""

    __slots__ = ("_emit", "_events", "_pieces")

    def __init__(self, emit: Sink) -> None:
        self._emit = emit
        self._events: list[Deltas] | None = []
        self._pieces = 0

    async def __call__(self, event: Event) -> None:
        """Remember a piece, and hand it on."""
        if self._events is not None and isinstance(event, Deltas):
            self._events.append(event)
            self._pieces += len(event.deltas)
            if self._pieces > MOST_PIECES:
                self._events = None
        await self._emit(event)

    def shown(self) -> tuple[Deltas, ...] | None:
        """All of it as one piece of its dialect; None where it was too much, or is of several dialects."""
        events = self._events
        if not events or any(event.dialect is not events[0].dialect for event in events):
            return None
        return (Deltas(dialect=events[0].dialect, deltas=[delta for event in events for delta in event.deltas]),)
