"""Numbers in words: `forty-two`, `one hundred and five`, `two thirds`, `three and a half`; whole or not at all."""

from __future__ import annotations

import re
from fractions import Fraction

_ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_ONE = {word: number for number, word in enumerate(_ONES.split())}
_TEN = {
    word: 10 * (place + 2)
    for place, word in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"])
}
_GREAT = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
_PARTS = {
    "half": 2, "halve": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "hundredth": 100, "thousandth": 1000,
}  # fmt: skip
_ALL = {*_ONE, *_TEN, *_GREAT, *_PARTS, "hundred", "point", "dozen"}
MAX_WORDS = 16


def worth(text: str) -> tuple[Fraction, str] | None:
    """The number that a text begins with, and the words after it; None where it begins with none, or goes on with another."""
    words = re.findall(r"[^\s-]+", text)[: MAX_WORDS + 1]
    if len(words) > MAX_WORDS:
        return None
    value, at = _whole(words)
    if words[:2] == ["a", "dozen"]:
        at = 1
    elif value is None and words[:1] != ["half"] and not (words[:1] == ["a"] and _part(words[1:2])):
        return None
    if words[at : at + 1] == ["dozen"]:
        return (Fraction(12 * (value or 1)), " ".join(words[at + 1 :]))
    found, at = _with_part(value, words, at)
    rest = words[at:]
    return None if any(_singular(each) in _ALL for each in rest) else (found, " ".join(rest))


def names_a_number(text: str) -> bool:
    """Whether a number in words stands anywhere in a text."""
    return any(_singular(word) in _ALL for word in re.findall(r"[a-z]+", text.lower()))


def _whole(words: list[str]) -> tuple[int | None, int]:
    """A whole number, and how many words it takes."""
    total, group, at, last = 0, 0, 0, 10**12
    while at < len(words):
        word = words[at]
        if word in _TEN and last >= 100 and group % 100 == 0:
            group, last = group + _TEN[word], 10
        elif word in _ONE and (last >= 100 or (last == 10 and 0 < _ONE[word] < 10)):
            group, last = group + _ONE[word], 1
        elif word == "hundred" and 0 < group < 100:
            group, last = group * 100, 100
        elif word in _GREAT and group and total % (1000 * _GREAT[word]) == 0:
            total, group, last = total + group * _GREAT[word], 0, 1000
        elif not (word == "and" and last in (100, 1000) and words[at + 1 : at + 2] and words[at + 1] in (*_ONE, *_TEN)):
            break
        at += 1
    return (None if at == 0 else total + group), at


def _with_part(whole: int | None, words: list[str], at: int) -> tuple[Fraction, int]:
    """`two thirds`, `half`, `three and a half`: the value with the fraction that follows it."""
    counted, value = whole is not None, Fraction(whole or 0)
    if counted and words[at : at + 1] == ["and"]:
        ones = _ONE.get(words[at + 1] if len(words) > at + 1 else "", 1 if words[at + 1 : at + 2] == ["a"] else 0)
        below = _part(words[at + 2 : at + 3])
        return (value + Fraction(ones, below), at + 3) if ones and below else (value, at)
    start = at + (words[at : at + 1] == ["a"])
    below = _part(words[start : start + 1])
    return (value / below if counted else Fraction(1, below), start + 1) if below else (value, at)


def _part(words: list[str]) -> int:
    return _PARTS.get(_singular(words[0]), 0) if words else 0


def _singular(word: str) -> str:
    return word if word in _PARTS else word.removesuffix("s")
