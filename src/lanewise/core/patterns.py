"""Words and regular expressions that a policy looks for in a caller's text: which are taken, and how they are found fast.

Python's `re` backtracks: `(a+)+$` needs two seconds for 24 characters, `foo.*bar.*baz` four for 4,096, and nobody else is served
meanwhile. So a pattern is taken only where the worst text there can be needs few steps (`regex_steps.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from lanewise.core.regex_steps import REPEATS, Item, Run, most_steps, parse, runs

SEARCHED_CHARS = 16 * 1024
"""The longest text that is ever searched: the last user message is bounded to it."""

MAX_STEPS = 10_000_000
"""Of one search in the worst text. A step takes 5 to 20 ns, so no search holds up everybody for more than 0.2 s."""

#: Quotes, dashes, the ellipsis and the space that does not break, as editors and telephones write them; none is part of a word.
_TYPOGRAPHY = (
    ("\u2019", "'"), ("\u2018", "'"), ("\u201c", '"'), ("\u201d", '"'), ("\u2013", "-"), ("\u2014", "-"), ("\u2026", "."), ("\xa0", " "),
)  # fmt: skip
_BY_FREQUENCY = "etaoinsrhldcumfpgwybvkxjqz"  # of letters in English, the most frequent first
#: Letters that nothing but their capitals is folded to: the kelvin sign becomes a k, a long s an s.
_TELLING = frozenset("bcdegmopqruvxz")
_STEPS_PER_S = 1e8
_MOST_NEEDED = 8  # words; looking for more of them takes as long as the search that they are to save


def why_refused(pattern: str) -> str | None:
    """What to change about a pattern that does not compile or may take too long; None where it is taken."""
    try:
        re.compile(pattern, re.IGNORECASE)
        steps = most_steps(pattern, SEARCHED_CHARS)
    except (re.error, OverflowError, RecursionError) as error:
        return f"it is no regular expression that Python knows: {error}"
    if steps <= MAX_STEPS:
        return None
    return (
        f"somebody can write a message that it searches for {min(steps / _STEPS_PER_S, 1e6):,.1f} s or more. "
        "Give each `*`, `+` and `{n,}` a bound, such as `.{0,80}` for `.*`; repeat no group that repeats something itself; "
        r"begin with a word, such as `\bprove\b`"
    )


def folded(text: str) -> str:
    """The text in the one case that words are compared in, with typewriter's quotes and dashes."""
    if text.isascii():
        return text.casefold()
    for char, plain in _TYPOGRAPHY:
        text = text.replace(char, plain)
    if text.isascii():  # as most English is by now: folding it takes a tenth of the time
        return text.casefold()
    # `re` takes both for the letter i where case is ignored; folding alone would keep them apart.
    return text.replace("\u0130", "i").casefold().replace("\u0131", "i")


def rarest_letter(word: str) -> str:
    """A letter without which, small or big, no text holds this folded word, not even before it is folded; empty where none is sure.

    Looking for a letter takes a twentieth of the time that looking for a word takes, and many texts lack the rare ones.
    """
    return max(_TELLING.intersection(word), key=_BY_FREQUENCY.index, default="")


def stands_alone(word: str, text: str) -> bool:
    """Whether a folded word stands in a folded text as a whole word, so that `improve` does not hold `prove`."""
    place = text.find(word)
    while place >= 0:
        end = place + len(word)
        if not _joins(text[place - 1 : place]) and not _joins(text[end : end + 1]):
            return True
        place = text.find(word, place + 1)
    return False


def needed(pattern: str) -> frozenset[str]:
    """Folded words of which at least one stands in every folded text that the pattern matches; empty where nothing can be said."""
    return _needed(parse(pattern))


def _joins(char: str) -> bool:
    return char.isalnum() or char == "_"


def _needed(items: Iterable[Item]) -> frozenset[str]:
    found = [words for words in map(_needed_by, runs(items)) if words]
    return max(found, key=lambda words: (min(map(len, words)), -len(words)), default=frozenset())


def _needed_by(run: Run) -> frozenset[str]:
    if isinstance(run, str):
        return frozenset({folded(run)})
    op, value = run
    if op == "SUBPATTERN":
        return _needed(value[-1])
    if op in REPEATS and value[0] > 0:
        return _needed(value[2])
    if op == "BRANCH":
        branches = [_needed(branch) for branch in value[1]]
        together: frozenset[str] = frozenset().union(*branches)
        return together if all(branches) and len(together) <= _MOST_NEEDED else frozenset()
    return frozenset()
