"""An answer that is kept back until its verdict: its stream is collected, everything else is told at once."""

from __future__ import annotations

from lanewise.core.answer import Delta
from lanewise.core.events import Deltas, Event, Sink
from lanewise.core.request import Dialect

#: A dialect that is not the caller's own: a writer then makes its own bytes of a delta instead of passing on a vendor's.
ANOTHER = {each: next(other for other in Dialect if other is not each) for each in Dialect}


class Held:
    """The sink of one answer. An answer has at most as many bytes as a provider reads of one."""

    def __init__(self, emit: Sink) -> None:
        self._emit = emit
        self._events: list[Deltas] = []

    async def __call__(self, event: Event) -> None:
        """Keep a piece of the answer; tell anything else."""
        if isinstance(event, Deltas):
            self._events.append(event)
        else:
            await self._emit(event)

    async def release(self, instead: str | None, caller: Dialect) -> None:
        """Show all of it, in order; with `instead`, these words in place of the answer's own.

        The pieces around the words stay as they came: thinking, and why the model stopped.
        """
        events, self._events = self._events, []
        if instead is None:
            for event in events:
                await self._emit(event)
            return
        await self._emit(Deltas(dialect=ANOTHER[caller], deltas=_reworded(events, instead)))


def _reworded(events: list[Deltas], instead: str) -> list[Delta]:
    """The same pieces without their words, and the other words before the piece that says why the model stopped."""
    said = Delta(text=instead)
    pieces = [delta for event in events for delta in event.deltas if delta.finish is not None or not delta.text]
    place = next((at for at, each in enumerate(pieces) if each.finish is not None), len(pieces))
    return [*pieces[:place], said, *pieces[place:]]
