"""One question to the maths workers and its answer: is this text's final answer the expected one? Runs in the workers only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lanewise.verifiers.maths.compare import Conventions, Differs, compare
from lanewise.verifiers.maths.extract import Final, candidates
from lanewise.verifiers.maths.numbers import TooLarge, Undefined
from lanewise.verifiers.maths.shapes import read
from lanewise.verifiers.maths.tokens import Unreadable
from lanewise.verifiers.maths.tree import Quantity, Symbol, Value, Words
from lanewise.verifiers.maths.written import is_balanced, other_readings

_OPTION = re.compile(r"\W*(?:option\s+|choice\s+)?\(?([A-Ja-j])(?:\)|[.:](?=\s))\s*(?!\s*(?:or|and)\b)", re.IGNORECASE)

_BARE_OPTION = re.compile(
    r"\W*(?:so\s+|the\s+|(?:correct|best|right)\s+)*(?:option|choice|answer)?\s*(?:is\s+)?\(?([A-J])\)?"
    r"(?:\s+is\s+(?:the\s+)?(?:correct|right|best)(?:\s+(?:answer|option|choice))?|[\s,]+(?:because|since)\b.*)?\W*",
    re.IGNORECASE | re.DOTALL,
)
_NAMED_OPTION = re.compile(r"(?<![A-Za-z])\(?([A-J])[).:](?=[\s*]|$)")

_SEVERAL_OPTIONS = re.compile(r"\W*[A-J](?:(?:[\s,;&/()]|and|\\text|[{}])*[A-J])*\W*")

_MORE_MATHEMATICS = re.compile(r"\d|\\[A-Za-z]|[=<>^_+*/]|\$[^$\s]+\$")
_FONTS = re.compile(r"\\(?:text|mbox|textbf|textrm|mathrm|mathbf|textit)\s*\{([^{}]*)\}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """`right` is None where it cannot be told, and `why` says the reason. `answer` is the final answer as it was read."""

    right: bool | None
    why: str = ""
    answer: str = ""
    repairable: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """A final answer: where it stood, and what it is."""

    final: Final
    value: Value


def judged(expected: str, text: str, conventions: Conventions) -> Judged:
    """Compare the final answer of a text with the expected one."""
    goal = expected_value(expected)
    if goal is None and (labelled := _OPTION.match(_FONTS.sub(r"\1", expected).replace("\\ ", " "))):
        goal = Words(f"({labelled[1].lower()})")  # `(E) 12`: the letter counts
    finals = list(candidates(text))
    if goal is None:
        if finals and is_balanced(expected) and _squeezed(finals[0].text) == _squeezed(expected):
            return Judged(right=True, answer=finals[0].text)
        return Judged(right=None, why="the expected answer cannot be read as mathematics")
    if not finals:
        return Judged(right=None, why="no final answer is found in it")
    if (several := _options(expected, finals)) is not None:
        return several
    letter = _option(goal, finals)
    if letter == "":
        return Judged(right=None, why="it names several options")
    if letter is not None:
        return Judged(right=letter == expected_letter(goal), why="it is not the right option", answer=letter)
    return _compared(expected, goal, finals, conventions)


def _compared(expected: str, goal: Value, finals: list[Final], conventions: Conventions) -> Judged:
    chosen = _chosen(list(_readings(finals)), words=isinstance(goal, Words))
    if chosen is None:
        if _squeezed(finals[0].text) == _squeezed(expected):
            return Judged(right=True, answer=finals[0].text)
        return Judged(right=None, why="its final answer cannot be read as mathematics", answer=finals[0].text)
    answer = chosen.final.text
    if _squeezed(answer) == _squeezed(expected):
        return Judged(right=True, answer=answer)
    try:
        found = compare(goal, chosen.value, conventions)
        if found is not None and _read_otherwise(expected, goal, chosen, conventions):
            found = None
    except TooLarge as error:
        return Judged(right=None, why=f"it has {error}", answer=answer)
    except Undefined as error:
        return Judged(right=None, why=f"it cannot be compared: {error}", answer=answer)
    return Judged(right=found is None, why=found.why if isinstance(found, Differs) else "", answer=answer)


def _read_otherwise(expected: str, goal: Value, chosen: Reading, conventions: Conventions) -> bool:
    """Whether one side is the other's single number once its comma is read in another way."""
    pairs = [(goal, text) for text in other_readings(chosen.final.text)] if isinstance(goal, Quantity) else []
    if isinstance(chosen.value, Quantity):
        pairs += [(chosen.value, text) for text in other_readings(expected)]
    for value, text in pairs:
        try:
            other = read(text)
        except Unreadable:
            continue
        if isinstance(other, Quantity) and compare(value, other, conventions) is None:
            return True
    return False


def expected_value(text: str) -> Value | None:
    """The expected answer: as it stands, else the final answer of a longer text."""
    try:
        whole = read(text)
    except Unreadable:
        whole = None
    if whole == Words(""):
        return None
    if whole is not None and not (isinstance(whole, Words) and "boxed" in text):
        return whole
    chosen = reading_of(text)
    if chosen is None or chosen.final.by == "number":
        return None  # a guess is good enough for an answer that is then compared, not for what it is compared with
    if chosen.final.by in ("formula", "sentence") and _MORE_MATHEMATICS.search(text.replace(chosen.final.text, "", 1)):
        return None  # one of several formulas is not what all of them say
    return chosen.value


def _readings(finals: Iterator[Final] | list[Final]) -> Iterator[Reading]:
    for final in finals:
        try:
            yield Reading(final, read(final.text))
        except Unreadable:
            continue


def reading_of(text: str) -> Reading | None:
    """The final answer of a text, as mathematics where it can be."""
    return _chosen(list(_readings(candidates(text))), words=False)


def _chosen(readings: list[Reading], *, words: bool) -> Reading | None:
    """The surest reading; where mathematics is looked for, one that is more than words."""
    if not words:
        for reading in readings:
            if not isinstance(reading.value, Words):
                return reading
    return readings[0] if readings else None


def expected_letter(goal: Value) -> str:
    """The option that is expected, as a capital; empty where it is none."""
    if isinstance(goal, Quantity) and isinstance(goal.node, Symbol) and not goal.unit:
        letter = goal.node.name
    else:
        letter = goal.text.strip("() ") if isinstance(goal, Words) else ""
    return letter.upper() if len(letter) == 1 and letter.isalpha() else ""


def _option(goal: Value, finals: list[Final]) -> str | None:
    """The option's letter of `(C) 12 cm`; empty where several are named; None where no option is expected, or none is named so."""
    if not expected_letter(goal):
        return None
    for final in finals:
        text = _FONTS.sub(r"\1", final.text).replace("\\ ", " ")
        bare = _BARE_OPTION.fullmatch(text)
        if bare and bare.group(1).isupper():
            return bare.group(1)
        if found := _OPTION.match(text):
            several = final.by == "whole" and len(set(_NAMED_OPTION.findall(text))) > 1
            return "" if several else found.group(1).upper()
    return None


def _options(expected: str, finals: list[Final]) -> Judged | None:
    """Where several options are expected (`ABD`, `A and C`): whether the same are named. None where they are not, or something else is."""
    wanted = _letters_of(expected)
    if len(wanted) < 2:
        return None
    named = next((found for final in finals if (found := _letters_of(final.text))), "")
    return Judged(right=True, answer=named) if named == wanted else None


def _letters_of(text: str) -> str:
    bare = _FONTS.sub(r"\1", text).replace("$", "")
    found = "".join(re.findall(r"[A-J]", bare)) if _SEVERAL_OPTIONS.fullmatch(bare) else ""
    return found if list(found) == sorted(set(found)) else ""


def _squeezed(text: str) -> str:
    """Without spaces, but for those that part two numbers: `2 1/2` is not `21/2`."""
    return re.sub(r"(?<!\d)\s+|\s+(?!\d)", "", text.replace("$", "").strip())
