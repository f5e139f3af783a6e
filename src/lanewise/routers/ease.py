"""What is positively easy: greetings, look-ups, and work on a text that is given (translate, shorten, extract, rephrase).

Easy is earned: a pattern has to hold at the beginning or the end of the message, and nothing hard may stand beside it. The patterns are in
`ease_patterns.py`; each is anchored and looks at a bounded part of the message, so that no text makes a search long.
"""

from __future__ import annotations

import msgspec

from lanewise.routers.ease_patterns import (
    ABOVE,
    ASSENT,
    BEFORE_INSTRUCTION,
    CLAUSE,
    CLAUSE_END,
    EASTERN,
    EASTERN_HARD,
    FORMULA,
    MESSAGE,
    NUMBER,
    OF_ITS_OWN,
    POLITE,
    SMALL_TALK,
    SUM,
    THINKING,
    TO_FORMAL,
    UNREAL,
)
from lanewise.routers.vocabulary import KINDS, WORDS, words_of

_SHORT_CHARS = 80  # small talk
_MESSAGE_CHARS, _MESSAGE_SPACES = 160, 26  # a question that is read whole
_CLAUSE_CHARS = 240  # an instruction
_ASIDE_CHARS, _TAIL_CHARS = 400, 200  # how far from either end of a message a second instruction is looked for
_AGAINST = (OF_ITS_OWN, TO_FORMAL, FORMULA, UNREAL)
_ASKING = frozenset(word for word, kind in KINDS.items() if kind in ("proof", "demand"))


class Ease(msgspec.Struct, frozen=True, kw_only=True):
    """Why a message is easy."""

    name: str
    trivial: bool = False


def easy(text: str) -> Ease | None:
    """Why a message is easy; None where nothing says so, or where something hard stands beside it."""
    begin = _plain(text[:_ASIDE_CHARS])
    if len(text) <= _SHORT_CHARS and (found := _small_talk(begin)):
        return found
    rest = _without_courtesies(begin)
    return _whole_message(rest, text) or _first_clause(rest, text) or (_last_line(text) if "\n" in text else None)


def _small_talk(begin: str) -> Ease | None:
    if SMALL_TALK.fullmatch(begin):
        return Ease(name="greeting", trivial=True)
    if ASSENT.fullmatch(begin):
        return Ease(name="assent", trivial=True)
    return Ease(name="sum") if SUM.fullmatch(begin) else None


def _whole_message(rest: str, text: str) -> Ease | None:
    """A short question or wish, read whole."""
    if len(text) > _MESSAGE_CHARS or not (found := MESSAGE.match(rest)):
        return None
    if rest.count(" ") > _MESSAGE_SPACES or "\n" in rest.strip():
        return None
    if found.lastgroup == "lookup" and (":" in rest or NUMBER.search(rest)):
        return None
    if found.lastgroup != "compose" and UNREAL.search(rest):
        return None
    if FORMULA.search(rest) or _thinks(rest[found.end() :]) or _hard(rest, whole=True):
        return None
    return Ease(name=found.lastgroup or "")


def _first_clause(rest: str, text: str) -> Ease | None:
    """An instruction at the beginning; what follows it is what it is about."""
    if not CLAUSE.match(rest[:_CLAUSE_CHARS]):
        return _eastern(rest, text)
    end = CLAUSE_END.search(rest, 0, _CLAUSE_CHARS)
    clause = rest[: end.start() if end else _CLAUSE_CHARS]
    if not (found := CLAUSE.match(clause)):
        return None
    if any(pattern.search(clause) for pattern in _AGAINST) or _thinks(rest):
        return None
    verb = clause.find(" ") + 1 or len(clause)  # what it asks for is what makes it easy
    if _hard(clause[verb:], whole=False) or _instructs(rest):
        return None
    if len(text) > _ASIDE_CHARS and _instructs(_plain(text[-_TAIL_CHARS:])):
        return None
    return Ease(name=found.lastgroup or "")


def _last_line(text: str) -> Ease | None:
    """An instruction at the end, below what it is about; nothing above it may ask for something itself."""
    rest = _without_courtesies(_plain(text[-_CLAUSE_CHARS:].rstrip().rpartition("\n")[2]))
    if not ABOVE.search(rest) or not (found := _first_clause(rest, rest)):
        return None
    above = _plain(text[:_ASIDE_CHARS])
    return None if "?" in above or FORMULA.search(above) or _instructs(above) else found


def _eastern(rest: str, text: str) -> Ease | None:
    """The same for scripts that put no spaces between words."""
    if text.isascii() or not (found := EASTERN.match(rest[:_CLAUSE_CHARS])):
        return None
    if EASTERN_HARD.search(text[:_ASIDE_CHARS]) or FORMULA.search(rest[:_CLAUSE_CHARS]):
        return None
    return Ease(name="translate" if found.lastgroup == "translate" else "rephrase")


def _plain(text: str) -> str:
    return text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")


def _without_courtesies(text: str) -> str:
    found = POLITE.match(text)
    return text[found.end() :] if found else text


def _thinks(text: str) -> bool:
    return any(phrase in text for phrase in THINKING)


def _words(text: str) -> list[bytes]:
    return words_of(text.encode("utf-8", "replace"))


def _hard(text: str, *, whole: bool) -> bool:
    """Whether words ask for more. One ambiguous word is nothing, two are; so are two constraints in a message that is read whole."""
    kinds = [KINDS[word] for word in WORDS.intersection(_words(text))]
    if "proof" in kinds or "demand" in kinds or "technical" in kinds:
        return True
    return kinds.count("ambiguous") > 1 or (whole and kinds.count("constraint") > 1)


def _instructs(text: str) -> bool:
    """Whether a sentence or a further clause begins by asking for work."""
    for word in _ASKING.intersection(_words(text)):
        shown = word.decode()
        at = text.find(shown)
        while at >= 0:
            if BEFORE_INSTRUCTION.search(text[max(at - 24, 0) : at]) or at == 0:
                return True
            at = text.find(shown, at + len(shown))
    return False
