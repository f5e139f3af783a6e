"""How a verifier words its verdict: always in its own name, with a reason that is there, bounded, and fit to be sent to a model."""

from __future__ import annotations

import msgspec

from lanewise.core.verdict import MAX_REASON_CHARS, Verdict, VerdictKind, VerdictWord

MAX_QUOTED_CHARS = 200
"""Of an answer, in a reason: enough to find the place, too little to fill a repair's prompt."""

_CUT = " [...] "


class Says(msgspec.Struct, frozen=True, kw_only=True):
    """One verifier's voice. `score` runs from 0 to 1."""

    verifier: str
    kind: VerdictKind

    def accept(self, *, score: float = 1.0, answer: str | None = None, changed: tuple[str, ...] = ()) -> Verdict:
        """It passed. With `changed`, what passed is `answer`, not the text as it came."""
        return self._verdict("accept", score=score, answer=answer, changed=changed)

    def reject(self, reason: str, *, score: float = 0.0, repairable: bool = True, answer: str | None = None) -> Verdict:
        """It failed, for a reason that whoever answers again can use."""
        return self._verdict("reject", score=score, repairable=repairable, reason=reason, answer=answer)

    def unverifiable(self, reason: str, *, answer: str | None = None) -> Verdict:
        """It could not be judged, and why."""
        return self._verdict("unverifiable", reason=reason, answer=answer)

    def _verdict(
        self,
        word: VerdictWord,
        *,
        score: float | None = None,
        repairable: bool = False,
        reason: str = "",
        answer: str | None = None,
        changed: tuple[str, ...] = (),
    ) -> Verdict:
        return Verdict(
            verifier=self.verifier,
            word=word,
            kind=self.kind,
            score=None if score is None else min(1.0, max(0.0, score)),
            repairable=repairable,
            reason=bounded(reason, MAX_REASON_CHARS),
            changed=tuple(bounded(each, MAX_QUOTED_CHARS) for each in changed),
            answer=answer,
        )


def bounded(text: str, most_chars: int) -> str:
    """Beginning and end of a text that is longer than that; text that is no UTF-8 is made so."""
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode()
    if len(text) <= most_chars:
        return text
    half = (most_chars - len(_CUT)) // 2
    return f"{text[:half]}{_CUT}{text[-half:]}"


def one_line(text: str, most_chars: int = MAX_QUOTED_CHARS) -> str:
    """A piece of a text without its line breaks, bounded."""
    return bounded(" ".join(text[: 4 * most_chars].split()), most_chars)


def quoted(text: str, most_chars: int = MAX_QUOTED_CHARS) -> str:
    """A piece of an answer as a reason shows it: on one line, in quotes, bounded."""
    return f'"{one_line(text, most_chars)}"'
