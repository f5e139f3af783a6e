"""How sure a model is of its answer, from what it says anyway: nobody is asked for it, and no byte of the request is changed.

Log-probabilities where the caller asked for them, a `confidence` field where the answer has one, hedging in its words and in the
thinking that is shown. None of these is calibrated: thresholds over them are starting values.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from lanewise.core.answer import Content, Generation, TokenLogprob
from lanewise.core.json_once import read_once

_HEDGE = re.compile(
    r"\b(?:(?:i'?m|i am) (?:not (?:entirely |quite )?(?:sure|certain|confident)|unsure|guessing)|hard to say|my best guess"
    r"|i (?:might|may|could) be (?:wrong|mistaken)|(?:just|only|rough(?:ly)?) a guess|i don'?t (?:really )?know"
    r"|double-check this|something (?:is|seems) off|this (?:doesn'?t|does not) (?:add up|seem right))\b",
    re.IGNORECASE,
)
_LAST_CHARS = 4_000  # of an answer and of thinking: doubts that were settled on the way count for nothing
_UNHEDGED, _PER_HEDGE, _LEAST = 0.9, 0.2, 0.1


def confidence_in(generation: Generation) -> float | None:
    """The lowest of what tells, 0 to 1; None where nothing does."""
    content = generation.content
    if content is None:
        return None
    return min((each for each in _signals(content) if each is not None), default=None)


def _signals(content: Content) -> Iterator[float | None]:
    yield _by_logprobs(content.logprobs)
    yield _by_its_own_word(content.text)
    yield _by_hedging(content)


def _by_logprobs(tokens: tuple[TokenLogprob, ...]) -> float | None:
    """The geometric mean of the tokens' probabilities, or how far they stand above their runners-up, whichever is less."""
    if not tokens:
        return None
    mean = math.exp(sum(token.logprob for token in tokens) / len(tokens))
    margins = [_margin(token) for token in tokens if len(token.top) > 1]
    if not margins:
        return min(1.0, mean)
    return min(1.0, mean, 0.5 + sum(margins) / len(margins) / 2)


def _margin(token: TokenLogprob) -> float:
    first, second, *_ = sorted((math.exp(logprob) for _, logprob in token.top), reverse=True)
    return first - second


def _by_its_own_word(text: str) -> float | None:
    """The field `confidence` of an answer that is a JSON object: a share, or a percentage."""
    if not text.lstrip().startswith("{") or '"confidence"' not in text:
        return None
    try:
        told = read_once(text)
    except (ValueError, RecursionError):
        return None
    said = told.get("confidence") if isinstance(told, dict) else None
    if isinstance(said, bool) or not isinstance(said, int | float):
        return None
    share = said if said <= 1 else said / 100
    return share if 0 <= share <= 1 else None


def _by_hedging(content: Content) -> float | None:
    hedges = len(_HEDGE.findall(content.text[-_LAST_CHARS:])) + len(_HEDGE.findall(content.reasoning[-_LAST_CHARS:]))
    return max(_LEAST, _UNHEDGED - _PER_HEDGE * hedges) if hedges else None
