"""How many steps Python's backtracking search may take for a pattern, estimated from above for the worst text there can be.

`re` goes through a pattern item by item; a repeat may be passed in several ways, and each way is tried until one leads to the end.
So the steps of a search are: the places where it begins, times the ways to come to each item, summed over the items.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

# The parser that `re` itself compiles from: what is judged is what will run, not another reading of the same text.
from re import _parser as parser  # type: ignore[attr-defined]  # Python's own, and in no stub
from typing import Any, TypeAlias

Value: TypeAlias = Any
"""Of an item: the parser's own values have no types."""

Item: TypeAlias = tuple[Any, Value]
"""Of a parsed pattern: what it is (`LITERAL`, `MAX_REPEAT`, ...), and of what."""

Run: TypeAlias = str | tuple[str, Value]
"""Literal characters that follow one another, as a word; or any other item, by its name."""

REPEATS = frozenset({"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"})
_GROUPS = frozenset({"SUBPATTERN", "ATOMIC_GROUP"})
_MORE_THAN_ANY = 1e12  # steps; how many more makes no difference
_BEYOND_ASCII = "\u00e9\u00df\u017f\u212a\u0663\u4e2d\u3000\u2013"  # a character of each kind that ASCII has not


def parse(pattern: str) -> Iterable[Item]:
    """The pattern as `re` reads it where case is ignored. Raises re.error."""
    items: Iterable[Item] = parser.parse(pattern, re.IGNORECASE)
    return items


def most_steps(pattern: str, chars: int) -> float:
    """The steps of a search in a text of so many characters, at most. Raises re.error."""
    tree = parser.parse(pattern, re.IGNORECASE)
    search = _Search(chars, _alphabet(tree))
    anchored = not tree.state.flags & re.MULTILINE and _first(tree) in _BEGINNINGS
    steps = search.follow(_without_tail(tree), _Way(last=search.alphabet)).steps
    return chars + (1 if anchored else search.places(tree)) * steps


def runs(items: Iterable[Item]) -> Iterator[Run]:
    """A sequence with its literal characters joined to words."""
    word = ""
    for op, value in items:
        if op.name == "LITERAL":
            word += chr(value)
            continue
        if word:
            yield word
            word = ""
        yield op.name, value
    if word:
        yield word


@dataclass(frozen=True, kw_only=True, slots=True)
class _Way:
    """So far from one place in the text: the ways there are to come here, the steps they took, and where they may end."""

    ways: float = 1.0
    steps: float = 0.0
    last: frozenset[str]  # what the character before may be
    edge: bool = False  # a word begins or ends here


class _Search:
    """Counts ways and steps."""

    def __init__(self, chars: int, alphabet: frozenset[str]) -> None:
        self._chars = chars
        self.alphabet = alphabet
        self._word = frozenset(filter(_is_word, alphabet))

    def places(self, tree: Iterable[Item]) -> float:
        """Where a search begins in earnest: `prove` stands at every fifth place at most."""
        first = next((run for run in runs(tree) if run != ("AT", parser.AT_BOUNDARY)), None)
        words = [first] if isinstance(first, str) else _words(*first) if first is not None else []
        return self._chars * min(1.0, sum(1 / _period(word) for word in words) or 1.0)

    def follow(self, items: Iterable[Item], way: _Way) -> _Way:
        """Through a sequence. A word is there on few of the ways to it."""
        for run in runs(items):
            if isinstance(run, str):
                fewer = max(1.0, way.ways / _period(run))
                way = _Way(ways=fewer, steps=way.steps + way.ways, last=frozenset(_cases(run[-1])))
            else:
                way = self._pass(*run, way)
        return way

    def _pass(self, op: str, value: Value, way: _Way) -> _Way:
        if op in REPEATS:
            return self._repeat(value, way)
        if op == "AT":
            return replace(way, steps=way.steps + way.ways, edge=way.edge or value == parser.AT_BOUNDARY)
        if op in _GROUPS:
            return self.follow(value[-1] if op == "SUBPATTERN" else value, way)
        if op == "BRANCH":
            return self._branch(op, value, way)
        if op in ("ASSERT", "ASSERT_NOT"):
            aside = self.follow(value[1], _Way(last=self.alphabet))
            return replace(way, steps=way.steps + way.ways * aside.steps)
        one = self._one_of(op, value)
        if one is not None:
            return _Way(ways=way.ways, steps=way.steps + way.ways, last=one)
        # What a group matched, once more, or something that depends on it: as long as the text may be.
        return _Way(ways=way.ways, steps=way.steps + way.ways * self._chars, last=self.alphabet)

    def _branch(self, op: str, value: Value, way: _Way) -> _Way:
        ends = [self.follow(branch, replace(way, steps=0.0)) for branch in value[1]]
        words = _words(op, value)
        at_most_one = bool(words) and not any(
            other.startswith(word) for place, word in enumerate(words) for other in words[:place] + words[place + 1 :]
        )
        fewer = max(1.0, way.ways * min(1.0, sum(1 / _period(word) for word in words)))
        return _Way(
            ways=fewer if at_most_one else sum(each.ways for each in ends),
            steps=way.steps + sum(each.steps for each in ends),
            last=frozenset().union(*(each.last for each in ends)),
        )

    def _repeat(self, value: Value, way: _Way) -> _Way:
        least, most, body = value
        most = min(int(most), self._chars)
        one = self._one_of(body[0][0].name, body[0][1]) if len(body) == 1 else None
        if one is None:
            return self._repeat_group(least, most, body, way)
        last = one | way.last if least == 0 else one
        if not (one & way.last) or (way.edge and (one <= self._word or not one & self._word)):
            # Entered only where a stretch of such characters begins: all stretches together are no longer than the text.
            return replace(way, steps=way.steps + way.ways, last=last, edge=False)
        return _Way(ways=way.ways * max(1, most - least + 1), steps=way.steps + way.ways * max(1, most), last=last)

    def _repeat_group(self, least: int, most: int, body: Value, way: _Way) -> _Way:
        once = self.follow(body, _Way(last=self.alphabet))
        ways, steps, reached = 0.0, 0.0, 1.0  # `reached`: the ways to have passed it so often
        for times in range(most + 1):
            ways += reached if times >= least else 0.0
            steps += reached * once.steps if times < most else 0.0
            reached = min(reached * once.ways, _MORE_THAN_ANY)
            if steps > _MORE_THAN_ANY:
                break
        return _Way(ways=way.ways * max(1.0, ways), steps=way.steps + way.ways * steps, last=way.last | once.last)

    def _one_of(self, op: str, value: Value) -> frozenset[str] | None:
        """The characters that an item of exactly one character takes; None where it is no such item."""
        if op == "LITERAL":
            return frozenset(_cases(chr(value)))
        if op in ("ANY", "NOT_LITERAL"):
            return self.alphabet - {chr(value)} if op == "NOT_LITERAL" else self.alphabet
        if op == "IN":
            return frozenset(char for char in self.alphabet if any(_in_set(value, each) for each in _cases(char)))
        return None


_BEGINNINGS = (parser.AT_BEGINNING, parser.AT_BEGINNING_STRING)


def _first(tree: Value) -> Value:
    """What a pattern begins with, if that is a place and not a character."""
    return tree[0][1] if len(tree) and tree[0][0] == parser.AT else None


def _without_tail(tree: Value) -> list[Item]:
    """The pattern without what a repeat at its end may take besides: by then, the search has found what it looks for."""
    items = list(tree)
    if items and items[-1][0].name in REPEATS:
        op, (least, _, body) = items[-1]
        items[-1] = (op, (least, max(1, least), body))
    return items


def _words(op: str, value: Value) -> list[str]:
    """The words that an item chooses from, where it does nothing else; else none."""
    if op == "SUBPATTERN" and len(value[-1]) == 1:
        ((inner, of),) = value[-1]
        op, value = inner.name, of
    if op != "BRANCH":
        return []
    branches = [list(runs(branch)) for branch in value[1]]
    words = [branch[0] for branch in branches if len(branch) == 1 and isinstance(branch[0], str)]
    return [word.casefold() for word in words] if len(words) == len(branches) else []


def _period(word: str) -> int:
    """How far apart two places are at least where this word stands."""
    word = word.casefold()
    return next(step for step in range(1, len(word) + 1) if word[step:] == word[: len(word) - step])


def _alphabet(tree: Value) -> frozenset[str]:
    """Characters that tell any two sets of this pattern apart: where two ranges overlap, an end of one is in the other."""
    chars = {chr(code) for code in range(128)} | set(_BEYOND_ASCII)
    for op, value in _everything(tree):
        if op in ("LITERAL", "NOT_LITERAL"):
            chars |= _cases(chr(value))
        elif op == "RANGE":
            chars |= {chr(code) for code in value}
    return frozenset(chars)


def _everything(value: Value) -> Iterator[tuple[str, Value]]:
    """Every item at any depth."""
    if isinstance(value, parser.SubPattern | list | tuple):
        if isinstance(value, tuple) and value and hasattr(value[0], "name"):
            yield value[0].name, value[1]
        for each in value:
            yield from _everything(each)


def _cases(char: str) -> set[str]:
    return {each for each in (char, char.lower(), char.upper(), char.casefold()) if len(each) == 1}


def _in_set(items: list[Item], char: str) -> bool:
    negated: bool = items[0][0] == parser.NEGATE
    return negated != any(_in_item(op.name, value, char) for op, value in items[negated:])


def _in_item(op: str, value: Value, char: str) -> bool:
    if op == "LITERAL":
        return chr(value) == char
    if op == "RANGE":
        return bool(value[0] <= ord(char) <= value[1])
    kind: str = value.name.removeprefix("CATEGORY_")
    return _CATEGORIES[kind.removeprefix("NOT_")](char) != kind.startswith("NOT_")


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_"


_CATEGORIES = {"DIGIT": str.isdecimal, "SPACE": str.isspace, "WORD": _is_word}
