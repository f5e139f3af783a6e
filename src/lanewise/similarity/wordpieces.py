"""A text as the numbers that BERT's English models read: words in lower case without accents, cut into pieces of a vocabulary.

This is the uncased tokenization of Devlin et al., BERT (2019), of whose vocabulary `wordpieces.txt` is a copy (Apache-2.0). The library for
it, `tokenizers`, brings the client of a model hub and nine more packages; what it does with these texts is this page, and a test holds both
to be equal. Of one thing it makes more: `[SEP]` in a question is a sign and letters here, there the end of it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

_BEGIN, _END, _UNKNOWN = "[CLS]", "[SEP]", "[UNK]"
_GOES_ON = "##"  # before a piece that does not begin a word
_LONGEST_WORD = 100  # characters: a longer one is unknown
_SPACES = "\t\n\r"
_HIDDEN = ("Cc", "Cf", "Co", "Cs")
_IDEOGRAPHS = (
    (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F), (0x2B920, 0x2CEAF), (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)  # fmt: skip


def numbers_of(text: str, most: int) -> list[int]:
    """The numbers of its pieces between those of its begin and end, at most so many together; what is beyond is left out."""
    known = vocabulary()
    numbers = [known[_BEGIN]]
    for word in _words(text):
        numbers += _pieces(word, known)
        if len(numbers) >= most:
            break
    return [*numbers[: most - 1], known[_END]]


@cache
def vocabulary() -> dict[str, int]:
    """The number of each piece: its line."""
    lines = files("lanewise.similarity").joinpath("wordpieces.txt").read_text(encoding="utf-8")
    return {piece: number for number, piece in enumerate(lines.rstrip("\n").split("\n"))}


def _words(text: str) -> Iterator[str]:
    """What stands between spaces; every sign and every ideograph is a word of its own."""
    word: list[str] = []
    for sign in _plain(text):
        if sign.isspace() or _stands_alone(sign):
            if word:
                yield "".join(word)
                word = []
            if not sign.isspace():
                yield sign
        else:
            word.append(sign)
    if word:
        yield "".join(word)


def _plain(text: str) -> str:
    """In lower case, without accents and without what is not seen."""
    seen = "".join(sign for sign in text if sign in _SPACES or not _is_hidden(sign))
    apart = unicodedata.normalize("NFD", seen)
    bare = (sign for sign in apart if unicodedata.category(sign) != "Mn")
    return "".join(sign.lower() for sign in bare)  # one by one: a word's last sigma is no other letter


def _is_hidden(sign: str) -> bool:
    return sign == "\ufffd" or unicodedata.category(sign) in _HIDDEN


def _stands_alone(sign: str) -> bool:
    code = ord(sign)
    if code < 128:
        return not sign.isalnum() and not sign.isspace()
    return unicodedata.category(sign).startswith("P") or any(first <= code <= last for first, last in _IDEOGRAPHS)


def _pieces(word: str, known: dict[str, int]) -> list[int]:
    """The longest piece that it begins with, then the longest that goes on; one number of the unknown where there is none."""
    if len(word) > _LONGEST_WORD:
        return [known[_UNKNOWN]]
    found, start = [], 0
    while start < len(word):
        before = _GOES_ON if start else ""
        ends = (end for end in range(len(word), start, -1) if before + word[start:end] in known)
        end = next(ends, start)
        if end == start:
            return [known[_UNKNOWN]]
        found.append(known[before + word[start:end]])
        start = end
    return found
