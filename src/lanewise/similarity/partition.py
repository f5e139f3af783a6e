"""The numbers, names and negations of a question: two questions are alike only where these are the same, whatever their words look like.

A similarity that looks at the whole of a text takes `8%` for `10%`, `AB+` for `A+` and `can` for `can't`; nothing that follows could mend
that.
"""

from __future__ import annotations

import re

#: A word with what belongs to it: `C++`, `8.1`, `AB+`, `10,000`, `$5`, `10%`.
_WORD = re.compile(r"[$€£]?\w+(?:[.,']\w+)*[%+#°]*")
_ENDS = ".!?:"
_OPENS = " \t\n\"'("
_ABOUT_ONESELF = frozenset({"i", "i'm", "i've", "i'd", "i'll"})
_SPELLED = {  # not "one", which counts nothing in "which one"
    "zero": "0", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "ten": "10",
    "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14", "fifteen": "15", "sixteen": "16", "seventeen": "17",
    "eighteen": "18", "nineteen": "19", "twenty": "20",
}  # fmt: skip
_NEGATIONS = frozenset(
    {"no", "not", "never", "none", "nobody", "nothing", "nowhere", "neither", "nor", "cannot", "without"}
)
_NOT = "not"


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

    A number is a word with a digit or sign in it, or a spelled one; a name is written with a capital, and does not begin a sentence.
    """
    text = straight(text)
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
        elif word[0].isupper() and plain not in _ABOUT_ONESELF and not _begins(text, match.start()):
            names.add(plain.removesuffix("'s"))
    return (*numbers, *[_NOT] * negations, *sorted(names))


def _is_number(word: str) -> bool:
    return any(sign.isdigit() or sign in "%+#$€£°" for sign in word)


def _begins(text: str, at: int) -> bool:
    before = text[:at].rstrip(_OPENS)
    return not before or before[-1] in _ENDS
