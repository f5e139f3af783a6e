"""The texts an answer may cite: documents, tool results and what users wrote, each found again by quotation.

Two texts are the same here where they differ only in what typography and copying change: case, quotes, dashes, commas, colons, blanks and
line breaks, soft hyphens and words divided at a line's end, ligatures, Unicode's composed forms, signs of HTML. Words and digits must be
the same, and so must what ends a sentence.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import islice

import msgspec

from lanewise.core.conversation import Conversation, Document, Text, ToolResult
from lanewise.verifiers.reading.words import UNSPACED, words_of

MAX_SOURCE_CHARS = 2_000_000
"""Of all sources together; beyond it citations are not judged."""

_HYPHENATED = re.compile(r"(?<=[a-z])[-\u2010]\s*\n\s*(?=[a-z])")
_DROPPED = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\ufeff*_`"))
_TYPOGRAPHY = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201a": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u201e": '"',
        "\u00ab": '"',
        "\u00bb": '"',
    }
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
    | dict.fromkeys("\u300c\u300d\u300e\u300f\u05f4", '"')
    | {
        "\u2026": "...",
        "\u0153": "oe",
        "\u0152": "oe",
        "\u00e6": "ae",
        "\u00c6": "ae",
        "\u0451": "\u0435",
        "\u0401": "\u0435",
    }
)
_LONG_DASH = re.compile(r"(?<!\d)\s?[\u2014\u2015]\s?|\s?[\u2014\u2015]\s?(?!\d)")
_MARKS = re.compile(
    r"(?<!\d)\"|(?<![\w])'|'(?!\w)(?<!\d')"  # quotes, and not the marks of feet and inches
    r"|(?<!\d)[,;:\u3001]|[,;:\u3001](?!\d)|(?<=\s)-+(?=\s(?!\d))"
)
_BETWEEN_UNSPACED = re.compile(rf"(?<={UNSPACED.pattern}) (?={UNSPACED.pattern})")
_BLANKS = re.compile(r"\s+")
_ELLIPSIS = re.compile(r"\s*(?:\[\s*\.\.\.\s*\]|\(\s*\.\.\.\s*\)|\.\.\.)\s*")
_INSERTED = re.compile(r"\[[^\[\]]{1,80}\]")
_EDGES = " .,;:!?\"'-"
_MIN_PIECE_CHARS = 3
_MOST_PIECES = 20  # of one quotation
_MOST_PLACES = 5_000  # of one piece in one source
_LEFT_OUT_CHARS = 3_000  # that an ellipsis stands for at most, a page: any two words stand somewhere in a long text
_FEW_WORDS = 3  # left out, one of which denies: "are ... allowed" of "are not allowed"
_LEAST_PASTED_WORDS = 40  # of a user's message: shorter ones ask, and whoever quotes the question has shown nothing
_DENIES = re.compile(r"\b(?:not|never|no|cannot|nor|neither|hardly|without)\b|n't\b")
_DENIED_BEFORE = re.compile(
    r"(?:\b(?:not|never|cannot|nor|hardly)|n't) (?:be |been |being )?\Z"
    r"|\b(?:nicht|kein\w{0,2}|nie|niemals|jamais|no|não|non|nunca|jamás|nem|niet|geen|nooit|inte|aldrig|nie"
    r"|не|ни|никогда|لا|لن|لم|ليس|לא|אין|नहीं) \Z"
    r"|\b(?:ne |n')\Z|(?:不|没|没有|未|勿|并非)\Z"
)
SAYS_NO_ABROAD = re.compile(
    r"\b(?:nicht|kein\w{0,2}|nie|niemals|ohne|weder|ne|pas|jamais|sans|aucun\w{0,2}|no|não|non|nunca|jamás|sin|sem|senza|nem|niet|geen"
    r"|nooit|inte|aldrig|nie|bez|не|ни|нет|никогда|без|لا|لن|لم|ليس|לא|אין|नहीं)\b|\bn['\u2019]|[不没未勿无無非]|ない|ません|않|아니",
    re.IGNORECASE,
)


class Source(msgspec.Struct, frozen=True):
    """A text that may be cited, by the names it goes by."""

    names: tuple[str, ...]  # "1", the document's name, the tool's name
    plain: str  # folded
    text: str = ""  # as it was given
    asks: bool = False  # the few words of a user, who asks and tells nothing


def sources_of(conversation: Conversation, *, users: bool) -> list[Source]:
    """Documents and tool results in their order, numbered from 1; with `users`, what users wrote too, without a number of its own."""
    found: list[Source] = []
    for name, text in _citable(conversation):
        names = (str(len(found) + 1), *((name,) if name else ()))
        found.append(Source(names, folded(text), text))
    if users:
        found += [
            Source((), folded(text), text, asks=words_of(text) < _LEAST_PASTED_WORDS) for text in _written(conversation)
        ]
    return found


def chars_in(conversation: Conversation) -> int:
    """How much may be cited, before it is folded."""
    return sum(len(text) for _, text in _citable(conversation)) + sum(map(len, _written(conversation)))


def named(texts: dict[str, str]) -> list[Source]:
    """Sources that a policy gives, by its names."""
    return [Source((name,), folded(text), text) for name, text in texts.items()]


def folded(text: str) -> str:
    """The text as quotations are compared."""
    text = unicodedata.normalize("NFKC", _HYPHENATED.sub("", html.unescape(text))).translate(_DROPPED)
    text = _MARKS.sub(" ", _LONG_DASH.sub(" - ", text).translate(_TYPOGRAPHY))
    return _BETWEEN_UNSPACED.sub("", _BLANKS.sub(" ", text)).strip().casefold()


def pieces_of(quotation: str) -> list[str]:
    """A quotation's parts between its ellipses and insertions, folded; punctuation at their edges is the quoting text's."""
    plain = _INSERTED.sub("...", _ELLIPSIS.sub("...", folded(quotation)))
    pieces = [_without_edges(piece) for piece in plain.split("...")]
    return [piece for piece in pieces if len(piece) >= _MIN_PIECE_CHARS or (piece and UNSPACED.match(piece))]


def places_of(source: Source, pieces: Sequence[str]) -> list[int]:
    """Where the first of these pieces stands, if the others follow within a page each, with no denial left out between two."""
    if not pieces or len(pieces) > _MOST_PIECES:
        return []
    plain = source.plain
    ways = [(at, at + len(pieces[0])) for at in islice(_occurrences(plain, pieces[0], 0, len(plain)), _MOST_PLACES)]
    for piece in pieces[1:]:
        on = [(begin, next(_occurrences(plain, piece, end, end + _LEFT_OUT_CHARS), -1), end) for begin, end in ways]
        ways = [
            (begin, at + len(piece)) for begin, at, end in on if at >= 0 and not _leaves_out_a_denial(plain[end:at])
        ]
    return [begin for begin, _ in ways]


def only_denied(source: Source, places: Sequence[int]) -> bool:
    """Whether a `not` stands before each of these places."""
    return all(_DENIED_BEFORE.search(source.plain[max(0, at - 16) : at]) for at in places)


def _without_edges(piece: str) -> str:
    plain = piece.strip(_EDGES)
    signed = plain[:1].isdigit() and piece[: piece.index(plain)].endswith("-")
    return f"-{plain}" if signed else plain


def _leaves_out_a_denial(left_out: str) -> bool:
    return len(left_out.split()) <= _FEW_WORDS and _DENIES.search(left_out) is not None


def _occurrences(text: str, piece: str, begin: int, end: int) -> Iterator[int]:
    place = begin
    while (place := text.find(piece, place, end + len(piece))) >= 0:
        if not (_goes_on(text, place) or _goes_on(text, place + len(piece))):
            yield place
        place += 1


def _goes_on(text: str, place: int) -> bool:
    """Whether a word or a number goes on over that place: `1,200` over its comma, `-5` over its sign, `5%` before its mark."""
    if not 0 < place < len(text):
        return False
    before, behind = text[place - 1], text[place]
    if before.isalnum() and behind.isalnum():
        return not (UNSPACED.match(before) or UNSPACED.match(behind))
    further = text[place - 2] if place > 1 else " "
    if behind.isdigit() and before == "-":
        return not further.isalnum() and further not in ")%"
    if behind.isdigit():
        return before in ".,'" and further.isdigit()
    return before.isdigit() and (behind == "%" or (behind in ".,'" and text[place + 1 : place + 2].isdigit()))


def _citable(conversation: Conversation) -> Iterator[tuple[str, str]]:
    for turn in conversation.turns:
        for part in turn.parts:
            if isinstance(part, Document):
                yield part.name, part.text
            elif isinstance(part, ToolResult):
                texts = [each.text for each in part.parts if isinstance(each, Text | Document) and each.text]
                yield part.name, "\n".join(texts)


def _written(conversation: Conversation) -> Iterator[str]:
    for turn in conversation.turns:
        if turn.role == "user":
            yield from (part.text for part in turn.parts if isinstance(part, Text))
