"""What one English sentence says, as far as it can be held against another: its words, each denied or not, numbers, dates and names."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from lanewise.verifiers.claims.amounts import Amount, Day, amounts_of, dates_of
from lanewise.verifiers.claims.words import (
    FUNCTION_WORDS,
    NEGATORS,
    NEGATORS_BEFORE_TO,
    OF_THINGS,
    OPPOSITES,
    SAYING_NO,
    STOPS,
    is_mild,
    stem,
)

_TOKEN = re.compile(
    r"[A-Z]+\d\w*|\d{4}-\d{2}(?:-\d{2})?(?![\w-])|[$\u20ac\u00a3]?\d(?:[\d,]*\d)?(?:\.\d+)?(?:%|(?:[kmb]|mn|bn|st|nd|rd|th)(?![a-z]))?"
    r"|[^\W\d_]+(?:['.&][^\W\d_]+)*|[.,;:!?()%]"
)
_NON = re.compile(r"\b(non)-(?=[a-z])", re.IGNORECASE)
_SHORTENED = re.compile(r"\b(Mr|Mrs|Ms|Dr|St|Sen|Rep|Gov|Gen|Adm|Jr|Sr|Inc|Corp|Co|Ltd|No|vs)\.(?=[ ,])")
_NO_APOSTROPHE = re.compile(r"\b(have|has|had|is|are|was|were|do|does|did|could|would|should)nt\b", re.IGNORECASE)
_BREAKS = frozenset(",;:!?().")
_REACH = 4  # words that a negation looks ahead for what it denies
_TITLES = frozenset(
    {"mr", "mrs", "ms", "dr", "president", "prime", "minister", "judge", "senator", "rep", "sen", "gov", "the"}
)
_STRAIGHT = str.maketrans(
    {"\u2019": "'", "\u2018": "'", "\u2010": "-", "\u2011": "-", "\u2013": " - ", "\u2014": " - "}
)


class Name(msgspec.Struct, frozen=True):
    """A run of words with capitals: in lower case, without titles; and the words beside it, empty where the sentence begins or ends."""

    words: frozenset[str]
    before: str
    behind: str
    shown: str


class Statement(msgspec.Struct, frozen=True):
    """A sentence. `words`: each stem that carries meaning, with whether it is denied; None where it is both."""

    text: str
    words: dict[str, bool | None]
    sides: dict[str, bool | None]  # what a word of a pair of opposites says of what both are about
    amounts: tuple[Amount, ...]
    days: tuple[Day, ...]
    names: tuple[Name, ...]
    says_no: bool  # somewhere, in whatever way


def statement_of(text: str, known_names: frozenset[str] = frozenset()) -> Statement:
    """Read a sentence. Of its first word it cannot be seen whether it is a name: `known_names` has those that are."""
    words = _words(text)
    days, dated = dates_of(words)
    amounts, counted = amounts_of(words, dated)
    spent = dated | counted
    lower = [each.lower().removesuffix("'s") for each in words]
    denied = _denied(lower)
    found: dict[str, bool | None] = {}
    sides: dict[str, bool | None] = {}
    for place, word in enumerate(lower):
        if place in spent or word in _BREAKS or word.endswith("n't"):
            continue
        no = place in denied
        if word in OPPOSITES:
            about, side = OPPOSITES[word]
            _note(sides, about, side != no)
        if word not in FUNCTION_WORDS and word not in NEGATORS:
            _note(found, stem(word), no)
    says_no = any(word in SAYING_NO or word.endswith("n't") for word in lower)
    names = _names(words, spent, known_names)
    return Statement(text, found, sides, tuple(amounts), tuple(days), tuple(names), says_no)


def names_within(text: str) -> frozenset[str]:
    """Words that a text writes with a capital inside of its sentences, in lower case."""
    words = _words(text)
    return frozenset(
        word.lower().removesuffix("'s")
        for place, word in enumerate(words)
        if place and words[place - 1] not in _BREAKS and _is_capital(word)
    )


def _words(text: str) -> list[str]:
    joined = _SHORTENED.sub(r"\1", _NON.sub(r"\1", text.translate(_STRAIGHT)))
    return _TOKEN.findall(_NO_APOSTROPHE.sub(r"\1n't", joined))


def _note(of: dict[str, bool | None], key: str, value: bool) -> None:  # noqa: FBT001 - what is noted
    of[key] = value if of.get(key, value) == value else None


def _denied(lower: Sequence[str]) -> set[int]:
    """The places of the words that are denied."""
    denied: set[int] = set()
    for place, word in enumerate(lower):
        behind = lower[place + 1] if place + 1 < len(lower) else ""
        if not (word in NEGATORS or word.endswith("n't") or (word in NEGATORS_BEFORE_TO and behind == "to")):
            continue
        before = lower[place - 1] if place else ""
        if is_mild(before, word, behind):
            continue
        left = 2 if word in OF_THINGS else 1
        begin = place + 1 + (word in NEGATORS_BEFORE_TO)
        for at in range(begin, min(begin + _REACH, len(lower))):
            if lower[at] in _BREAKS or not left or (lower[at] in STOPS and at > begin):
                break
            if lower[at] in FUNCTION_WORDS and lower[at] not in OPPOSITES:
                continue
            denied ^= {at}  # denied twice is said
            left -= 1
    return denied


def _is_capital(word: str) -> bool:
    return word[0].isupper() and word.lower() not in FUNCTION_WORDS and word != "I"


def _names(words: Sequence[str], spent: set[int], known: frozenset[str]) -> list[Name]:
    """Runs of words with capitals. The first word of a sentence is one only where others follow it, or where it is known."""
    found: list[Name] = []
    run: list[int] = []
    for place in range(len(words) + 1):
        if place < len(words) and place not in spent and _is_capital(words[place]):
            run.append(place)
            continue
        if run:
            begins = run[0] == 0 or words[run[0] - 1] in ".!?"
            name = {words[at].lower().removesuffix("'s").rstrip(".") for at in run} - _TITLES
            if name and (len(run) > 1 or not begins or name <= known):
                found.append(_name(words, run, frozenset(name)))
        run = []
    return found


def _name(words: Sequence[str], run: Sequence[int], name: frozenset[str]) -> Name:
    before = words[run[0] - 1].lower() if run[0] else ""
    behind = words[run[-1] + 1].lower() if run[-1] + 1 < len(words) else ""
    shown = " ".join(words[at] for at in run)
    return Name(name, "" if before in _BREAKS else before, "" if behind in _BREAKS else behind, shown)
