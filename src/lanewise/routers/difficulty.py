"""How hard a request looks, by words and shape: a prior, and nothing more.

Prompt text does not tell who needs the strong model (see `docs/reference/tasks-and-profiles.md` for what was measured), so doubt grades up:
easy is earned by positive evidence (`ease.py`), and where nothing is recognised, in whatever language, a request is at least moderate.
Everything here is linear in a bounded part of the text.
"""

from __future__ import annotations

from bisect import bisect_right

import msgspec

from lanewise.core.policy import GRADES, Grade
from lanewise.core.request import Request
from lanewise.routers.ease import easy
from lanewise.routers.vocabulary import ENDINGS, KINDS, WORDS, words_of

_LIMITS = (0.1, 0.3, 0.55, 0.8)  # where each grade but the first begins
_TRIVIAL, _EASY, _UNKNOWN = 0.05, 0.2, 0.4

# what is asked stands at the beginning or the end, a pasted document in the middle
_HEAD_CHARS, _TAIL_CHARS = 1_024, 512
_SHORT_BYTES = 300  # up to here single words are looked at more closely
_LONG = ((6_000, 0.22), (2_500, 0.16), (1_000, 0.1), (400, 0.05))  # bytes and what they weigh
_LONG_CONTEXT_CHARS = 20_000
_READABLE_CHARS = 60_000  # more than this is no longer easy to summarise

_REFERRING = frozenset(b"it its that this those these they them their he she his her there then next".split())
_DIGITS = b"0123456789"
_NO_MARK = bytes(set(range(256)) - set(b"\\^=<>{}") - set(_DIGITS))  # neither of a formula nor of a number


class Graded(msgspec.Struct, frozen=True, kw_only=True):
    """A grade, the score it was made of (0 trivial, 1 expert), and the signals that speak for it."""

    grade: Grade
    score: float
    signals: tuple[str, ...]


def grade(request: Request) -> Graded:
    """The request's grade by the last user message and what is known about the rest of it."""
    text = request.last_user_text
    if not text or text.isspace():
        return _graded(_UNKNOWN, ["empty"])
    ease = easy(text)
    if ease is not None and (doubts := _doubts(request, text, ease.name)) is None:
        plain = ease.trivial and not (request.has_tools or request.response_format)
        return _graded(_TRIVIAL if plain else _EASY, [ease.name])
    score, signals = _evidence(text)
    if ease is not None and doubts is not None:
        signals.append(doubts)
    if request.input_chars - len(text) > _LONG_CONTEXT_CHARS:
        score += 0.05
        signals.append("context")
    if request.has_tools:
        score += 0.05
        signals.append("tools")
    return _graded(score, signals or ["unrecognised"])


def _graded(score: float, signals: list[str]) -> Graded:
    score = round(min(score, 1.0), 2)
    return Graded(grade=GRADES[bisect_right(_LIMITS, score)], score=score, signals=tuple(signals))


def _doubts(request: Request, text: str, ease: str) -> str | None:
    """Why what looks easy by its words may not be: the words refer to something that was not read."""
    if request.has_images:
        return "images"
    if request.continues and (ease == "assent" or (ease == "lookup" and _refers(text))):
        return "continues"
    if ease == "lookup" and request.input_chars - len(text) > _LONG_CONTEXT_CHARS:
        return "context"
    return "context" if request.input_chars > _READABLE_CHARS else None


def _refers(text: str) -> bool:
    return not _REFERRING.isdisjoint(words_of(text.encode("utf-8", "replace")))


def _evidence(text: str) -> tuple[float, list[str]]:
    """Score and signals where nothing says easy."""
    raw = _window(text).encode("utf-8", "replace")
    size = len(raw) if len(text) <= _HEAD_CHARS + _TAIL_CHARS else len(text)
    weights = _of_words(raw) | _of_shape(raw)
    for limit, weight in _LONG:
        if size > limit:
            weights["long"] = weight
            break
    signals = [name for name, weight in weights.items() if weight]
    return _UNKNOWN + sum(weights.values()), signals


def _window(text: str) -> str:
    if len(text) <= _HEAD_CHARS + _TAIL_CHARS:
        return text
    return f"{text[:_HEAD_CHARS]} {text[-_TAIL_CHARS:]}"


def _of_words(raw: bytes) -> dict[str, float]:
    """What single words weigh, each counted once."""
    words = words_of(raw)
    hits = WORDS.intersection(words)
    kinds = [KINDS[hit] for hit in hits]
    technical = kinds.count("technical") + kinds.count("ambiguous") // 2
    each = 0.05
    if len(raw) <= _SHORT_BYTES:
        technical += sum(len(word) > 6 and word.endswith(ENDINGS) for word in set(words) - hits)
        each = 0.08
    return {
        "proof": 0.25 if "proof" in kinds else 0.0,
        "demand": min(0.08 * kinds.count("demand"), 0.2),
        "technical": min(each * technical, 0.3),
        "constraints": min(0.04 * max(kinds.count("constraint") - 1, 0), 0.16),
    }


def _of_shape(raw: bytes) -> dict[str, float]:
    """What formulas, numbers, code and layout weigh."""
    marks = raw.translate(None, _NO_MARK)
    formula = len(marks.translate(None, _DIGITS))
    digits = len(marks) - formula
    lines = raw.count(b"\n")
    code = b"def " in raw or (b"`" in raw and b"```" in raw) or (lines > 0 and b");\n" in raw)
    return {
        "formula": 0.0 if code or formula < 5 else 0.2 if formula * 16 > len(raw) else 0.12,
        "numbers": 0.0 if digits < 6 else 0.08 if digits > 20 else 0.04,
        "lines": 0.05 if lines > 5 else 0.0,
        "code": 0.15 if code else 0.0,
        "questions": 0.05 if raw.count(b"?") > 2 else 0.0,
    }
