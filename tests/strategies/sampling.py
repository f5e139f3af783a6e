"""Lanes whose samples are known."""

from __future__ import annotations

import asyncio
from typing import Any

from lanewise.core.answer import Content, Generation
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.judged import Judged
from lanewise.core.protocols.strategy import Draw
from lanewise.core.request import Dialect
from lanewise.core.verdict import Verdict


def said(text: str, word: Any = None, kind: Any = "proof", **more: Any) -> Judged:
    """An answer and its verdict."""
    verdict = None if word is None else Verdict(verifier="v", word=word, kind=kind, **more)
    return Judged(generation=Generation(dialect=Dialect.OPENAI_CHAT, content=Content(text=text)), verdict=verdict)


FAILED = Judged(
    generation=Generation(dialect=Dialect.OPENAI_CHAT, failure=Failure(kind=FailureKind.OVERLOADED, message="down"))
)


class Samples:
    """Gives each place its answer, after so many turns of the loop; None never ends."""

    def __init__(self, *answers: Judged | None, turns: tuple[int, ...] = ()) -> None:
        self._answers = answers
        self._turns = turns
        self.drawn: list[Draw] = []
        self.cancelled: list[int] = []

    async def __call__(self, draw: Draw) -> Judged:
        self.drawn.append(draw)
        answer = self._answers[min(draw.place, len(self._answers) - 1)]
        try:
            for _ in range(self._turns[draw.place] if draw.place < len(self._turns) else 0):
                await asyncio.sleep(0)
            if answer is None:
                await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled.append(draw.place)
            raise
        assert answer is not None
        return answer

    @property
    def places(self) -> list[int]:
        return sorted(draw.place for draw in self.drawn)
