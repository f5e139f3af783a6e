"""An early stop of the good kind: a stream whose answer is verified before its model has stopped, where its call asks for that."""

from __future__ import annotations

from lanewise.core.answer import Delta
from lanewise.core.closing import ClosingMarks
from lanewise.core.protocols.provider import Completion, DeltaSink
from lanewise.providers.gathered import Gathered

MOST_CHECKS = 4
"""Of one stream: an answer with many closing marks in it is none that stops at the first."""


class AnswerComplete(Exception):
    """What has come is a whole answer, verified. It passes from the sink to the call that reads the stream."""


class CompleteWatch:
    """Stands before a call's sink. The stream waits while what is there is checked, so that an answer ends where it was complete."""

    def __init__(self, on_deltas: DeltaSink, gathered: Gathered, completion: Completion) -> None:
        """`gathered` has everything of the deltas that are relayed."""
        self._on_deltas = on_deltas
        self._gathered = gathered
        self._completion = completion
        self._marks = ClosingMarks(completion.closings)
        self._left = MOST_CHECKS

    async def relay(self, deltas: list[Delta]) -> None:
        """Pass them on. Raises AnswerComplete after them where what has come until then is verified."""
        await self._on_deltas(deltas)
        if not self._left:
            return
        closed = False
        for delta in deltas:
            if delta.finish is not None or delta.tool_calls or delta.refusal or delta.media:
                self._left = 0  # it has ended, or is another kind of answer
                return
            if delta.text:
                closed = self._marks.take(delta.text) or closed
        if closed:
            self._left -= 1
            if await self._completion.is_verified(self._gathered.content()):
                raise AnswerComplete
