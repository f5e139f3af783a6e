"""Whether a source says the opposite of a claim: the sentence of it that speaks of the same, with another number, date or name, or denied.

Only what is found is told: that nothing was found does not say that they agree. English, by its words; nothing is understood.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from heapq import nlargest

import msgspec

from lanewise.verifiers.claims.amounts import derived, same_amount
from lanewise.verifiers.claims.statement import Name, Statement, names_within, statement_of
from lanewise.verifiers.claims.words import FUNCTION_WORDS, stem, without_denial

_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9])|\n{2,}|\n(?=\s*(?:[-*\u2022]|\d+[.)])\s)")
_ABBREVIATED = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|St|No|vs|Inc|Corp|Co|Ltd|Jr|Sr|Gen|Sen|Rep|Gov|U\.S|[A-Z])\.$")
_RELATIVE = re.compile(
    r"\b(?:earlier|ago|later|next|last|previous|tomorrow|yesterday|today|this (?:year|month|week))\b", re.IGNORECASE
)
_MOST_SENTENCES = 4_000  # of one source
_MOST_CHARS = 1_000  # of one sentence
_MOST_COMPARED = 200  # sentences that have most of a claim's words: a source that repeats itself would take minutes
_LEAST_SHARED_WORDS = 2
_SPEAKS_OF_IT = 0.6  # share of the claim's words that a sentence has, where it has another number or date
_SAYS_THE_SAME = 0.7  # and where it denies, or names somebody else
_NEXT_BEST = 0.15  # of that share: sentences so near to the best one may be those that are meant
_SPELLED_ALIKE = 0.72  # share of letters that two spellings of a name have in common: `Moqtada` and `Muqtada`
_LEAST_PREFIX_CHARS = 4  # by which `Italy` and `Italian` are known as kin


class Contradiction(msgspec.Struct, frozen=True):
    """What differs, and the sentence of the source that says it."""

    what: str
    sentence: str


class Sources:
    """The sentences that claims refer to, read once."""

    def __init__(self, texts: Iterable[str]) -> None:
        """Texts as they were given, capitals included."""
        whole = list(texts)
        self._known = frozenset.union(frozenset(), *map(names_within, whole))
        self._texts = [[statement_of(each, self._known) for each in sentences_of(text)] for text in whole]
        self._having: dict[str, list[tuple[int, int]]] = {}  # where each word stands: which text, which sentence
        for number, text in enumerate(self._texts):
            for at, statement in enumerate(text):
                for word in (*statement.words, *statement.sides):
                    self._having.setdefault(word, []).append((number, at))
        self._words = frozenset(word.lower() for text in whole for word in re.findall(r"[^\W\d_]+", text))

    def against(self, claim: str) -> Contradiction | None:
        """What speaks against a claim; None where nothing does, or nobody speaks of it."""
        said = statement_of(claim, self._known)
        if len(said.words) < _LEAST_SHARED_WORDS:
            return None
        near = self._near(said)
        speaking = [statement for _, statement, _ in near]
        beside = [each for _, _, around in near for each in around]
        for share, other, _ in near:
            another = _another_amount(said, other, beside) or _another_day(said, other, beside)
            if share >= _SAYS_THE_SAME:
                another = _denied(said, other, speaking) or another or self._another_name(said, other)
            if another:
                return Contradiction(another, other.text)
        return None

    def _near(self, said: Statement) -> list[tuple[float, Statement, Sequence[Statement]]]:
        """The sentences that speak of the same, the nearest first, each with its neighbours."""
        places = Counter(place for word in (*said.words, *said.sides) for place in self._having.get(word, ()))
        found: list[tuple[float, Statement, Sequence[Statement]]] = []
        for (number, at), shared in nlargest(_MOST_COMPARED, places.items(), key=lambda each: each[1]):
            text = self._texts[number]
            if shared >= _LEAST_SHARED_WORDS and (share := _share(said, text[at])) >= _SPEAKS_OF_IT:
                found.append((share, text[at], text[max(0, at - 1) : at + 2]))
        found.sort(key=lambda each: -each[0])
        return [each for each in found if each[0] >= found[0][0] - _NEXT_BEST]

    def _another_name(self, said: Statement, other: Statement) -> str:
        """A name that stands nowhere in the sources, where the sentence has one that the claim has not."""
        theirs = [name for name in other.names if not any(_kin(name.words, each.words) for each in said.names)]
        for name in said.names:
            in_its_place = next((each for each in theirs if _same_place(name, each)), None)
            if in_its_place and not any(map(self._is_there, name.words)) and not self._abbreviates(name.words):
                return f"it names {name.shown}, the source {in_its_place.shown}"
        return ""

    def _is_there(self, word: str) -> bool:
        parts = [part for part in re.split(r"[.&']", word) if part]
        return any(_alike(part, each) for part in parts for each in self._words if each[:1] == part[:1])

    def _abbreviates(self, name: frozenset[str]) -> bool:
        """Whether it is made of the first letters of what stands there."""
        letters = [re.sub(r"[^a-z]", "", word) for word in name]
        initials = {
            "".join(word[0] for word in sorted(each))
            for text in self._texts
            for one in text
            for each in (name.words for name in one.names)
        }
        return any("".join(sorted(word)) in initials for word in letters if len(word) <= 5)


def sentences_of(text: str) -> list[str]:
    """The sentences of a text, bounded in number."""
    found: list[str] = []
    begin = 0
    for end in _SENTENCE_END.finditer(text):
        if _ABBREVIATED.search(text[begin : end.start()]):
            continue
        found.append(text[begin : end.start()].strip()[:_MOST_CHARS])
        begin = end.end()
        if len(found) >= _MOST_SENTENCES:
            return found
    return [each for each in (*found, text[begin:].strip()[:_MOST_CHARS]) if each]


def _share(said: Statement, other: Statement) -> float:
    """The share of the claim's words, opposites and names counting as themselves, that the other has too."""
    names = frozenset(word for name in said.names for word in name.words)
    own = [word for word in said.words if word not in names] or list(said.words)
    shared = sum(
        word in other.words or without_denial(word) in other.words or f"un{word}" in other.words for word in own
    )
    about = sum(each in other.sides for each in said.sides)
    of = len(own) + len(said.sides)
    return 0.0 if shared + about < _LEAST_SHARED_WORDS else (shared + about) / of


def _denied(said: Statement, other: Statement, speaking: Sequence[Statement]) -> str:
    """What one of them denies or turns round. Where both say no they may say the same in other words; another one may agree."""
    if said.says_no and other.says_no:
        return ""
    for word, no in said.words.items():
        theirs = other.words.get(word)
        if no is None or theirs is None or theirs == no or any(each.words.get(word) is no for each in speaking):
            continue
        return f"the source {'denies' if theirs else 'says'} {word!r}, which the claim {'denies' if no else 'says'}"
    for about, side in said.sides.items():
        theirs = other.sides.get(about)
        if side is None or theirs is None or theirs == side or any(each.sides.get(about) is side for each in speaking):
            continue
        up, down = about.split("/")
        return f"the source says {(up if theirs else down)!r}, the claim {(up if side else down)!r}"
    return _opposite_word(said, other) or _opposite_word(other, said)


def _opposite_word(one: Statement, other: Statement) -> str:
    """A word of the one that is a word of the other with a beginning that denies it."""
    for word, no in one.words.items():
        rest = without_denial(word)
        if rest and no is not None and word not in other.words and other.words.get(rest) is no:
            return f"{word!r} is the opposite of {rest!r}"
    return ""


def _another_amount(said: Statement, other: Statement, there: Sequence[Statement]) -> str:
    """A number whose unit the sentence counts too, none being the same of those that speak of it or stand beside."""
    told = [each for statement in there for each in statement.amounts]
    for amount in said.amounts:
        instead = [
            each
            for each in other.amounts
            if each.unit == amount.unit
            and each.beside & amount.beside
            and not any(same_amount(each, mine) for mine in said.amounts)
        ]
        if not amount.unit or not instead:
            continue
        if any(same_amount(amount, each) for each in told if each.unit in {amount.unit, ""}):
            continue
        if not derived(amount, [each for each in told if each.unit == amount.unit]):
            return f"it says {amount.shown}, the source {instead[0].shown}"
    return ""


def _another_day(said: Statement, other: Statement, there: Sequence[Statement]) -> str:
    told = [each for statement in there for each in statement.days]
    instead = [each for each in other.days if not any(each.fits(mine) for mine in said.days)]
    if _RELATIVE.search(other.text) or _RELATIVE.search(said.text):
        return ""
    for day in said.days:
        if any(day.alike(each) for each in instead) and not any(day.fits(each) for each in told):
            return "it gives another date than the source"
    return ""


def _same_place(one: Name, other: Name) -> bool:
    """Whether the words on both sides are the same, one of them a word that carries meaning."""
    sides = [(one.before, other.before), (one.behind, other.behind)]
    same = all(mine == theirs or stem(mine) == stem(theirs) for mine, theirs in sides)
    return same and any(mine and mine not in FUNCTION_WORDS for mine, _ in sides)


def _kin(one: frozenset[str], other: frozenset[str]) -> bool:
    return any(_alike(mine, theirs) for mine in one for theirs in other)


def _alike(one: str, other: str) -> bool:
    """One word, or two spellings of it, or kin by their beginning."""
    least = min(len(one), len(other))
    if one == other or (least >= _LEAST_PREFIX_CHARS and one[:_LEAST_PREFIX_CHARS] == other[:_LEAST_PREFIX_CHARS]):
        return True
    return least > _LEAST_PREFIX_CHARS and SequenceMatcher(None, one, other, autojunk=False).ratio() >= _SPELLED_ALIKE
