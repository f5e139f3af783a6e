"""Words that tell what kind of work a text asks for, read once from `vocabulary.json`.

Words are looked up whole, never searched inside other words: "improve" holds no "prove". They are UTF-8 bytes, because bytes are
translated, split and looked up several times faster than text.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Literal

import msgspec

Kind = Literal["proof", "demand", "constraint", "ambiguous", "technical"]


class Vocabulary(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lines of words separated by spaces."""

    proof: tuple[str, ...]  # asks for a proof or a derivation
    demand: tuple[str, ...]  # asks for work on something: explain, compute, debug
    constraint: tuple[str, ...]  # ties a solution down: exactly, unless, respectively
    ambiguous: tuple[str, ...]  # technical in company, everyday alone: charge, tree, interest
    technical: dict[str, tuple[str, ...]]  # plainly of a field, by its name
    endings: tuple[str, ...]  # of technical words that nobody lists: substances, diseases, procedures, structures


def decode(text: bytes) -> Vocabulary:
    """The file as it is written. Raises msgspec.ValidationError on an unknown or missing member."""
    return msgspec.json.decode(text, type=Vocabulary)


def kinds_of(read: Vocabulary) -> dict[bytes, Kind]:
    """Each word's kind, English plurals added.

    Raises ValueError on a word that stands under two kinds.
    """
    lines: dict[Kind, tuple[str, ...]] = {
        "proof": read.proof,
        "demand": read.demand,
        "constraint": read.constraint,
        "ambiguous": read.ambiguous,
        "technical": tuple(line for field in read.technical.values() for line in field),
    }
    kinds: dict[bytes, Kind] = {}
    for kind, of_kind in lines.items():
        for word in " ".join(of_kind).encode().split():
            if kinds.setdefault(word, kind) != kind:
                raise ValueError(f"the word {word.decode()!r} stands under {kinds[word]!r} and {kind!r}")
    for word, kind in list(kinds.items()):
        if kind in ("ambiguous", "technical"):
            kinds.setdefault(word + b"s", kind)
            if word.endswith(b"y"):
                kinds.setdefault(word[:-1] + b"ies", kind)
    return kinds


_READ = decode(files("lanewise.routers").joinpath("vocabulary.json").read_bytes())
KINDS = kinds_of(_READ)
WORDS = frozenset(KINDS)
ENDINGS = tuple(" ".join(_READ.endings).encode().split())

_FOLD = bytes(
    each + 32 if 65 <= each <= 90 else each if chr(each).isalnum() or each >= 128 else 32 for each in range(256)
)


def words_of(text: bytes) -> list[bytes]:
    """The words of UTF-8 text in lower case. Capitals beyond ASCII stay as they are."""
    return text.translate(_FOLD).split()
