"""The steps of a search are estimated from above: a plain backtracking search that counts its own never needs more."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from lanewise.core.regex_steps import REPEATS, most_steps, parse

CHARS = 2_000
#: Texts that make backtracking searches slow: one character throughout, and words over and over, with and without an end that fits.
UNITS = ("a", "b", " ", "ab", "aab", "a ", "1", "foo", "foo bar ", ".", "ab!", "prove ")

Then = Callable[[int], bool]


class CountingSearch:
    """Searches as `re` does, item by item and way by way, without its shortcuts."""

    def __init__(self, pattern: str, text: str) -> None:
        self.items, self.text, self.steps = list(parse(pattern)), text, 0

    def run(self) -> int:
        for start in range(len(self.text) + 1):
            if self.match(self.items, start, lambda _: True):
                break
        return self.steps

    def match(self, items: list[Any], at: int, then: Then) -> bool:
        if not items:
            return then(at)
        self.steps += 1
        (op, value), rest = items[0], items[1:]
        go_on: Then = lambda end: self.match(rest, end, then)  # noqa: E731 - named for its type
        if op.name in REPEATS:
            return self.repeat(value, at, go_on, lazy=op.name == "MIN_REPEAT")
        if op.name == "SUBPATTERN":
            return self.match(list(value[-1]), at, go_on)
        if op.name == "BRANCH":
            return any(self.match(list(branch), at, go_on) for branch in value[1])
        if op.name == "ASSERT_NOT":
            return not self.match(list(value[1]), at, lambda _: True) and go_on(at)
        if op.name == "AT":
            return self.place(value.name, at) and go_on(at)
        return at < len(self.text) and fits(op, value, self.text[at]) and go_on(at + 1)

    def repeat(self, value: Any, at: int, then: Then, *, lazy: bool, times: int = 0) -> bool:
        least, most, body = value
        self.steps += 1

        def once_more() -> bool:
            return times < most and self.match(
                list(body), at, lambda end: end > at and self.repeat(value, end, then, lazy=lazy, times=times + 1)
            )

        if lazy:
            return (times >= least and then(at)) or once_more()
        return once_more() or (times >= least and then(at))

    def place(self, name: str, at: int) -> bool:
        if name == "AT_BOUNDARY":
            return re.compile(r"\b").match(self.text, at) is not None
        return at == (0 if name.startswith("AT_BEGINNING") else len(self.text))


def fits(op: Any, value: Any, char: str) -> bool:
    """Whether `re` takes this character for this item; it is asked itself, item by item."""
    if op.name == "LITERAL":
        return chr(value) == char
    if op.name == "IN":
        classes = {"CATEGORY_WORD": r"\w", "CATEGORY_SPACE": r"\s", "CATEGORY_DIGIT": r"\d"}
        parts = [
            "^" if of.name == "NEGATE" else chr(what) if of.name == "LITERAL" else classes[what.name]
            for of, what in value
        ]
        return re.match(f"[{''.join(parts)}]", char) is not None
    return bool(char != "\n" and (op.name == "ANY" or chr(value) != char))


@pytest.mark.parametrize(
    "pattern",
    [
        r"\bprove\s+that\b",
        r"foo.{0,80}bar",
        r"\w.{0,40}b",
        r"[^a]{0,40}(?:.?){1,2}[ab]+",
        r"(?:.).{0,40}(?:[ab]){0,3}(?:bab)+",
        r"(?:a{0,5}){1,2}(?:(?:(?:ab)|[^a])){1,2}",
        r"(?:foo|bar|foobar).{0,20}(?:bar|baz)",
        r"\b\w+ing\b",
        r"\$\d+",
        r"(?!foo)\w{1,20}!",
        r"a{1,20}?b",
        r"x[^x]*y[^y]*z",
        r"a[^a]*!",
        r"(?:ab?){0,3}!",
    ],
)
def test_no_text_needs_more_steps_than_were_counted(pattern: str) -> None:
    for unit in UNITS:
        text = (unit * 100)[:100]
        # Three times: each turn of a repeat, and each item that fits nothing, is a step of its own here.
        assert CountingSearch(pattern, text).run() <= 3 * most_steps(pattern, len(text)), unit


@pytest.mark.parametrize(
    "pattern", [r"(a+)+$", r"(\w+\s?)*x", r"(a|a)*b", r"(.*a){12}", "a?" * 25 + "a" * 25, r"(x+x+)+y"]
)
def test_ways_that_multiply_are_counted_as_such(pattern: str) -> None:
    assert most_steps(pattern, CHARS) > 1e9


def test_a_repeat_counts_by_the_stretches_it_can_be_entered_in() -> None:
    assert most_steps(r"\bprove\s+that", CHARS) < 10 * CHARS, "spaces after a letter begin in one place each"
    assert most_steps(r"\s+that", CHARS) >= CHARS**2, "a search may begin at each space of a long stretch"
    assert most_steps(r"\b\d+km", CHARS) < 10 * CHARS, "a word's edge stands once before its digits"
    assert most_steps(r"a\s*\w+!", CHARS) >= CHARS**2 / 10, "where no space stands, letters follow a letter"


def test_words_thin_out_the_ways_to_them() -> None:
    assert most_steps(r"prove.{0,80}theorem", CHARS) < most_steps(r"p.{0,80}t", CHARS) / 4
    assert most_steps(r"aaaaa.{0,80}b", CHARS) == pytest.approx(most_steps(r"a.{0,80}b", CHARS), rel=0.05), (
        "unless they overlap themselves"
    )


def test_what_stands_at_the_end_is_found_at_its_least() -> None:
    assert most_steps(r"https?://\S+", CHARS) < 10 * CHARS
    assert most_steps(r"https?://\S+$", CHARS) > CHARS**2 / 10


def test_steps_grow_with_the_text() -> None:
    assert most_steps(r"foo.*bar", 2 * CHARS) > 3 * most_steps(r"foo.*bar", CHARS)
    assert most_steps(r"\A.*foo", CHARS) < 10 * CHARS, "at the text's beginning there is one place only"
    assert most_steps(r"(?m)^.*foo", CHARS) > CHARS**2, "each line has a beginning"


def test_a_pattern_may_be_nested_deeply() -> None:
    assert most_steps("(?:" * 40 + "ab" + ")?" * 40, CHARS) > 0


@pytest.mark.parametrize(
    "pattern", ["", "^", r"\b", "(?:)", "()", "a|", "(?:a{0,3}){0}", "[^\\W]", "(?i:a)", "(?s:.)x"]
)
def test_small_and_odd_patterns(pattern: str) -> None:
    assert 0 < most_steps(pattern, CHARS) < 20 * CHARS


@pytest.mark.parametrize("pattern", [r"(\w{1,9})\1x", r"(a)?(?(1)b|c)"])
def test_what_depends_on_an_earlier_group_counts_as_the_whole_text(pattern: str) -> None:
    assert most_steps(pattern, CHARS) > CHARS**2
