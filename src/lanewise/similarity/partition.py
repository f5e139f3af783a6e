"""The numbers, names and negations of a question: two questions are alike only where these are the same, whatever their words look like.

A similarity that looks at the whole of a text takes `8%` for `10%`, `AB+` for `A+` and `can` for `can't`; nothing that follows could mend
that.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

RULES = 3
"""Counts up when pairs are parted or scored in another way, so that no threshold which was certified by other rules is ever used."""

#: A word with what belongs to it: `C++`, `8.1`, `AB+`, `10,000`, `$5`, `10%`.
_WORD = re.compile(r"[$€£]?\w+(?:[.,']\w+)*[%+#°]*")
_ENDS = ".!?:"
_OPENS = " \t\n\"'("
_NEVER_NAMES = frozenset({"a", "i", "i'm", "i've", "i'd", "i'll"})
_SPELLED = {  # not "one", which counts nothing in "which one"
    "zero": "0", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "ten": "10",
    "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14", "fifteen": "15", "sixteen": "16", "seventeen": "17",
    "eighteen": "18", "nineteen": "19", "twenty": "20",
}  # fmt: skip
_NEGATIONS = frozenset(
    {"no", "not", "never", "none", "nobody", "nothing", "nowhere", "neither", "nor", "cannot", "without"}
)
_NOT = "not"
#: A question's tail that asks for both sides of it: `is it safe or not?`.
_OR_NOT = re.compile(r"\bor\s+(?:why\s+)?not(?=\s*(?:[?.!]|$))", re.IGNORECASE)
_SHORT = 3  # letters: `gas`, `bus` and `yes` are no plurals


def words_of(text: str) -> list[str]:
    """The words of a text as they are written, signs that belong to them included, apostrophes straight."""
    return _WORD.findall(straight(text))


def straight(text: str) -> str:
    """A text whose apostrophes are those of a keyboard."""
    return text.replace("’", "'")  # noqa: RUF001 - the sign that is meant


def negates(word: str) -> bool:
    """Whether a word, in lower case, turns what is asked into its opposite."""
    return word in _NEGATIONS or word.endswith("n't")


def fixed_words(text: str) -> tuple[str, ...]:
    """What must be equal: its numbers in order, `not` as often as it negates, then its names by the alphabet, each once, in lower case.

    A number is a word with a digit or sign in it, or a spelled one. A name is a word that English knows as a name only, however it is
    written; or one that is no ordinary English word, is written with a capital, and does not begin a sentence; or one in capitals there.
    """
    text = _OR_NOT.sub("", straight(text))
    numbers, names, negations = [], set(), 0
    for match in _WORD.finditer(text):
        word = match[0]
        plain = word.lower()
        if plain in _SPELLED:
            numbers.append(_SPELLED[plain])
        elif _is_number(word):
            numbers.append(plain.replace(",", ""))
        elif negates(plain):
            negations += 1
        elif plain not in _NEVER_NAMES and _names(word, begins=_begins(text, match.start())):
            names.add(base_of(plain))
    return (*numbers, *[_NOT] * negations, *sorted(names))


def base_of(word: str) -> str:
    """A word in lower case without what grammar adds to a noun, and without dots: `india's`, `pens` and `u.s.` as `india`, `pen`, `us`."""
    word = word.removesuffix("'s").replace(".", "").replace("'", "")
    return word[:-1] if len(word) > _SHORT and word.endswith("s") and not word.endswith("ss") else word


@cache
def english() -> tuple[frozenset[str], frozenset[str]]:
    """Words that are ordinary and nothing else, and words that are names and nothing else, each by its base."""
    text = files("lanewise.similarity").joinpath("english.txt").read_text(encoding="utf-8")
    words = [line for line in text.splitlines() if not line.startswith("#")]
    names = frozenset(word.lower() for word in words if word[0].isupper())
    return frozenset(words) - {word for word in words if word[0].isupper()}, names


def _names(word: str, *, begins: bool) -> bool:
    ordinary, names = english()
    base = base_of(word.lower())
    if base in names:
        return True
    if begins or not word[0].isupper():
        return False
    return base not in ordinary or (len(word) > 1 and word.isupper())


def _is_number(word: str) -> bool:
    return any(sign.isdigit() or sign in "%+#$€£°" for sign in word)


def _begins(text: str, at: int) -> bool:
    before = text[:at].rstrip(_OPENS)
    return not before or before[-1] in _ENDS
