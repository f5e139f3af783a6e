"""An answer and what is thought of it: what strategies choose among."""

from __future__ import annotations

import msgspec

from lanewise.core.answer import Generation
from lanewise.core.said_aloud import said_aloud
from lanewise.core.verdict import Verdict, standing


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """One answer, checked as its rung says. With a failure in its generation it is none."""

    generation: Generation
    verdict: Verdict | None = None  # None: nobody was asked
    # 0 to 1: how sure its own model is of it, or how many samples agree; None: nothing tells.
    confidence: float | None = None

    given_up: bool = False  # its model says that it cannot be done: no answer, but a reason to refuse

    @property
    def accepted(self) -> bool:
        """Whether a check says more for it than that it has the right form."""
        verdict = self.verdict
        return verdict is not None and verdict.word == "accept" and verdict.kind != "form"

    @property
    def failed(self) -> bool:
        """Whether there is no answer."""
        return self.generation.failure is not None

    @property
    def silent(self) -> bool:
        """Whether the answer says nothing to its caller, thinking apart."""
        generation, content = self.generation, self.generation.content
        if generation.empty or content is None or not content.text.strip():
            return generation.empty
        return not content.tool_calls and not content.refusal and not said_aloud(content.text).strip()


def better(best: Judged | None, other: Judged) -> Judged:
    """The better of two answers; the earlier one where both are as good. Whatever is an answer beats what is none."""
    if best is None or (best.failed and not other.failed):
        return other
    if other.failed:
        return best
    return other if rank(other) > rank(best) else best


def rank(judged: Judged) -> tuple[int, bool, int, float, float]:
    """How an answer stands among others, the higher the better: by its verdict, then by its confidence.

    Of those that have the same word, one that says nothing stands below. Giving up is less than an answer that was rejected, which
    its caller is told, and more than one that says nothing and was rejected too.
    """
    if judged.given_up:
        return _GIVEN_UP
    word, kind, score = standing(judged.verdict)
    return word, not judged.silent, kind, score, judged.confidence or 0.0


_GIVEN_UP = (0, False, 9, 0.0, 0.0)  # the word of a reject, silent, and above all kinds of it
