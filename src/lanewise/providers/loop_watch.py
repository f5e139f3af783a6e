"""An early stop: a stream that only repeats itself is cut off, where its call asks for that."""

from __future__ import annotations

from lanewise.core.answer import Delta
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.protocols.provider import DeltaSink
from lanewise.core.repeated_calls import MOST_IN_ONE_ANSWER, CallsSeen
from lanewise.core.repetition import Repetition, RepetitionDetector


class LoopSeen(Exception):
    """A stream is in a loop; `failure` says where. It passes from the sink to the call that reads the stream."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class LoopWatch:
    """Stands before a call's sink. Text, thinking and tool calls are watched apart; a stream that says why it ended is not cut any more."""

    def __init__(self, on_deltas: DeltaSink) -> None:
        self._on_deltas = on_deltas
        self._text = RepetitionDetector()
        self._thinking = RepetitionDetector()
        self._calls = CallsSeen()

    async def relay(self, deltas: list[Delta]) -> None:
        """Pass them on. Raises LoopSeen instead where they end in a loop; the read in which it is seen is not shown."""
        what, last = "", None
        for delta in deltas:
            if delta.reasoning:
                what, last = "thinking", self._thinking
                last.take(delta.reasoning)
            if delta.text:
                what, last = "answer", self._text
                last.take(delta.text)
            if delta.finish is not None:
                last = None
                break
            for piece in delta.tool_calls:
                if self._calls.take(piece.index, piece.name or "", piece.arguments) >= MOST_IN_ONE_ANSWER:
                    raise LoopSeen(_CALLING)
        if last is not None and last.found is not None:
            raise LoopSeen(_looping(what, last.found, last.chars))
        await self._on_deltas(deltas)


def _looping(what: str, found: Repetition, chars: int) -> Failure:
    # Without the words themselves: a message is kept in the trace, where words are kept only if the policy says so.
    times = (chars - found.onset) // found.period
    message = (
        f"From character {found.onset} on the {what} only repeats the same {found.period} characters, {times} times "
        "so far, so it was cut off"
    )
    return Failure(kind=FailureKind.LOOPING, message=message)


_CALLING = Failure(
    kind=FailureKind.LOOPING,
    message=f"The answer makes the same call again and again, {MOST_IN_ONE_ANSWER} times so far, so it was cut off",
)
