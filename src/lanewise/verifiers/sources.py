"""The texts an answer may cite: documents, tool results and what users wrote, each found again by quotation.

Two texts are the same here where they differ only in what typography and copying change: case, kind of quotes and dashes, blanks and
line breaks, soft hyphens and words divided at a line's end, ligatures, Unicode's composed forms. Words and digits must be the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

import msgspec

from lanewise.core.conversation import Conversation, Document, Text, ToolResult

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
    | {"\u2026": "..."}
)
_BLANKS = re.compile(r"\s+")
_ELLIPSIS = re.compile(r"\s*(?:\[\s*\.\.\.\s*\]|\(\s*\.\.\.\s*\)|\.\.\.)\s*")
_INSERTED = re.compile(r"\[[^\[\]]{1,80}\]")
_EDGES = " .,;:!?\"'-"
_MIN_PIECE_CHARS = 3


class Source(msgspec.Struct, frozen=True):
    """A text that may be cited, by the names it goes by."""

    names: tuple[str, ...]  # "1", the document's name, the tool's name
    plain: str  # folded
    text: str = ""  # as it was given


def sources_of(conversation: Conversation, *, users: bool) -> list[Source]:
    """Documents and tool results in their order, numbered from 1; with `users`, what users wrote too, without a number of its own."""
    found: list[Source] = []
    for name, text in _citable(conversation):
        names = (str(len(found) + 1), *((name,) if name else ()))
        found.append(Source(names, folded(text), text))
    if users:
        found += [Source((), folded(text), text) for text in _written(conversation)]
    return found


def named(texts: dict[str, str]) -> list[Source]:
    """Sources that a policy gives, by its names."""
    return [Source((name,), folded(text), text) for name, text in texts.items()]


def folded(text: str) -> str:
    """The text as quotations are compared."""
    text = unicodedata.normalize("NFKC", _HYPHENATED.sub("", text)).translate(_DROPPED).translate(_TYPOGRAPHY)
    return _BLANKS.sub(" ", text).strip().casefold()


def pieces_of(quotation: str) -> list[str]:
    """A quotation's parts between its ellipses and insertions, folded; punctuation at their edges is the quoting text's."""
    plain = _INSERTED.sub("...", _ELLIPSIS.sub("...", folded(quotation)))
    pieces = [piece.strip(_EDGES) for piece in plain.split("...")]
    return [piece for piece in pieces if len(piece) >= _MIN_PIECE_CHARS]


def holds(source: Source, pieces: Sequence[str]) -> bool:
    """Whether a source has these pieces, one after another, none beginning inside a word."""
    place = 0
    for piece in pieces:
        place = _find_words(source.plain, piece, place)
        if place < 0:
            return False
        place += len(piece)
    return bool(pieces)


def _find_words(text: str, piece: str, place: int) -> int:
    while (place := text.find(piece, place)) >= 0:
        end = place + len(piece)
        if not (_joined(text, place) or _joined(text, end)):
            return place
        place += 1
    return -1


def _joined(text: str, place: int) -> bool:
    """Whether a word or a number goes on over that place."""
    return 0 < place < len(text) and text[place - 1].isalnum() and text[place].isalnum()


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
