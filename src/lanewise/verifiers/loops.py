"""Answers that end in a loop, the same piece again and again until the tokens are used up. Says `form`."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from lanewise.core.protocols.router import Ask
from lanewise.core.protocols.verifier import Candidate, Cost
from lanewise.core.repetition import Repetition, RepetitionDetector
from lanewise.core.verdict import Verdict, VerdictKind
from lanewise.verifiers.says import Says, quoted


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What can be set for `loops`."""

    max_period: Annotated[
        int, Meta(ge=1, le=10_000, description="characters of the longest piece whose repetition is found")
    ] = 1_000
    repeats: Annotated[int, Meta(ge=3, le=100, description="times that a piece stands there before it is a loop")] = 4
    min_chars: Annotated[int, Meta(ge=40, le=100_000, description="characters that a loop fills at least")] = 160
    max_chars: Annotated[int, Meta(ge=1_000, le=64 << 20, description="longer answers are not judged")] = 4 << 20


class LoopVerifier:
    """Rejects an answer, or its thinking, that ends in a loop. One that left its loop again is accepted, the more was wasted the lower."""

    name: ClassVar[str] = "loops"
    kinds: ClassVar[tuple[VerdictKind, ...]] = ("form",)
    options: ClassVar[type[Options]] = Options
    stand_in: ClassVar[str | None] = None  # nothing is cheaper
    cost: ClassVar[Cost] = "reading"
    quick_chars: ClassVar[int] = 6_000
    reads_schemas: ClassVar[bool] = False
    reads_conversation: ClassVar[bool] = False

    def __init__(self, options: Options | None = None) -> None:
        self._options = options or Options()
        self._says = Says(verifier=self.name, kind="form")

    def detector(self) -> RepetitionDetector:
        """A fresh one by these options, for an answer that is still coming."""
        of = self._options
        return RepetitionDetector(max_period=of.max_period, repeats=of.repeats, min_chars=of.min_chars)

    async def verify(self, candidate: Candidate, ask: Ask) -> Verdict:
        """Judge the text, and the thinking where there is no text."""
        text = candidate.content.text or candidate.content.reasoning
        if not text.strip():
            return self._says.unverifiable("There is no text in which something could repeat.")
        if len(text) > self._options.max_chars:
            return self._says.unverifiable(f"The answer has more than {self._options.max_chars} characters.")
        detector = self.detector()
        detector.take(text)
        found = detector.finish()
        if found is not None:
            return self._says.reject(_told(found, len(text)), repairable=False, score=0.0)
        return self._says.accept(score=1 - min(1.0, detector.left / len(text)))


def _told(found: Repetition, chars: int) -> str:
    times = (chars - found.onset) // found.period
    share = round(100 * found.wasted(chars) / chars)
    return (
        f"From character {found.onset} on the answer only repeats {quoted(found.piece, 120)}, {times} times; "
        f"{share} % of it is wasted. Answer anew, and stop when the answer is given."
    )
