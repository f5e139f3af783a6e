"""What an answer quotes and refers to: spans in quotes of any kind, blocks, and the marks that name a source.

`[2]`, `[2, 3]`, `[1-3]`, `[^2]`, `[doc2]`, `【2†source】`, `(source: lease.pdf)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from lanewise.verifiers.sources import folded

MAX_QUOTATIONS = 2_000
"""Different ones of an answer; beyond it the answer is not judged."""

_MOST_CHARS = 20_000
_LINE = r"\n(?!\s*\n)"  # a quotation may go on over the end of a line, and not over a blank one
_QUOTATION = re.compile(
    rf'(?<!\w)"(?P<straight>(?:[^"\n]|{_LINE}){{1,{_MOST_CHARS}}})"(?!\w)'
    rf"|\u201c(?P<curly>[^\u201c\u201d]{{1,{_MOST_CHARS}}})\u201d"
    rf"|\u201e(?P<low>[^\u201e\u201c\u201d]{{1,{_MOST_CHARS}}})[\u201c\u201d]"
    rf"|\u00ab(?P<french>[^\u00ab\u00bb]{{1,{_MOST_CHARS}}})\u00bb"
    rf"|(?<!\w)\u00bb(?=\w)(?P<german>[^\u00ab\u00bb]{{1,{_MOST_CHARS}}})\u00ab"
    rf"|\u05f4(?P<hebrew>[^\u05f4\n]{{1,{_MOST_CHARS}}})\u05f4"
    rf"|\u201a(?P<low_single>[^\u201a\u2018\n]{{1,2000}})\u2018"
    rf"|<q>(?P<tagged>[^<>]{{1,{_MOST_CHARS}}})</q>"
    rf"|[\u300c\u300e](?P<corner>[^\u300c-\u300f]{{1,{_MOST_CHARS}}})[\u300d\u300f]"
    r"|(?<!\w)\u2018(?=\w)(?!\d\ds)(?P<single>(?:[^\u2018\u2019\n]|(?<=\w)\u2019(?=\w)){1,2000})\u2019(?!\w)"
    r"|(?<!\w)'(?=\w)(?!\d\ds)(?P<typed>(?:[^'\n]|(?<=\w)'(?=\w)){1,2000})'(?!\w)"
)
_BLOCK = re.compile(r"(?:^>[^\n]*\n?){1,2000}", re.MULTILINE)
_NUMBERS = r"\d{1,3}(?:\s?[,;\u2013-]\s?(?:doc|\^)?\d{1,3}){0,19}"
REFERENCE = re.compile(
    rf"\[\s?(?:\^|(?:doc|docs|document|documents|source|sources|src|ref)\s?[:#.]?\s?)?({_NUMBERS})\s?\](?!\()"
    rf"|\u3010\s?(?:\d{{1,3}}:)?({_NUMBERS})(?:\u2020[^\u3010\u3011\n]{{0,80}})?\s?\u3011",
    re.IGNORECASE,
)
_NAMED = re.compile(r"[(\[](?:source|doc|document)(?::\s?|\s)([^()\[\]\n]{1,80}|\[\d{1,3}\])[)\]]", re.IGNORECASE)
_BEHIND = re.compile(r"\s{0,3}[,.;]?\s{0,3}")
_PLACE_IN_IT = re.compile(r"[\s,;:]+(?:p|pp|page|pages|sec|section|chapter|clause|art|article|line|lines|\u00a7)\b.*\Z")
_ENDING = re.compile(r"\.\w{1,5}\Z")


class Quotation(msgspec.Struct, frozen=True):
    """Words in quotes, and where they stand in the answer."""

    said: str
    begin: int
    end: int


def quotations_in(text: str) -> list[Quotation]:
    """Each quotation, in quotes or as a block."""
    found = [
        Quotation(next(filter(None, each.groups()), "").strip(), each.start(), each.end())
        for each in _QUOTATION.finditer(text)
    ]
    for block in _BLOCK.finditer(text):
        said = "\n".join(line.lstrip("> ") for line in block[0].splitlines())
        if not _QUOTATION.search(said):
            found.append(Quotation(said, block.start(), block.end()))
    return found


def references_in(text: str) -> set[int]:
    """The numbers of the sources that a text refers to."""
    marked = {number for found in REFERENCE.finditer(text) for number in _numbers(found[1] or found[2])}
    return marked | {int(each) for each in _named(text) if each.isdecimal()}


def names_in(text: str) -> set[str]:
    """The sources that a text refers to by name, folded."""
    return {each for each in _named(text) if not each.isdecimal()}


def attributed(text: str, quotation: Quotation) -> str:
    """The one source that a quotation is given to, just behind it, folded; empty where none is, or several."""
    blank = _BEHIND.match(text, quotation.end)
    at = blank.end() if blank else quotation.end
    if (number := REFERENCE.match(text, at)) and len(numbers := _numbers(number[1] or number[2])) == 1:
        return str(numbers.pop())
    named = _NAMED.match(text, at)
    return folded(named[1]).strip("[]") if named else ""


def is_called(name: str, names: Iterable[str]) -> bool:
    """Whether a source with these names is meant by a folded name: without its ending, or with a page of it."""
    plain = _PLACE_IN_IT.sub("", name)
    return any(meant in (known, _ENDING.sub("", known)) for known in map(folded, names) for meant in (name, plain))


def _named(text: str) -> set[str]:
    return {folded(each).strip("[]") for each in _NAMED.findall(text)}


def _numbers(listed: str) -> set[int]:
    """`1, 3-5` is 1, 3, 4 and 5."""
    found: set[int] = set()
    for each in re.split(r"\s?[,;]\s?", listed.lower().replace("doc", "").replace("^", "")):
        first, _, last = re.sub(r"\s?[\u2013-]\s?", "-", each).partition("-")
        begin, end = int(first), int((last or first).split("-")[-1])
        found |= set(range(begin, end + 1)) if begin <= end else {begin, end}
    return found


def sentences_of(text: str) -> Iterator[str]:
    """Sentences and lines with the references behind them, headings and list marks without their numbers."""
    plain = _LIST_MARK.sub("\n", text)
    begin = 0
    for end in _SENTENCE_END.finditer(plain):
        yield from _words(plain[begin : end.end()])
        begin = end.end()
    yield from _words(plain[begin:])


def _words(sentence: str) -> Iterator[str]:
    stripped = sentence.strip()
    if len(stripped.split(maxsplit=1)) > 1 or not stripped.isascii():
        yield stripped


_LIST_MARK = re.compile(r"^\s{0,8}(?:#{1,6}\s|\d{1,3}[.)]\s|[-*+]\s)", re.MULTILINE)
_SENTENCE_END = re.compile(
    r"(?:[.!?]{1,20}(?:[\"'\u201d\u2019)\]]|\s?[\[\u3010][\w^][^\]\u3011\n]{0,80}[\]\u3011]){0,6}(?=\s|\Z)"
    r"|[\u3002\uff01\uff1f](?:\s?\[[\w^][^\]\n]{0,40}\]){0,6}|\n(?![ \t]*[a-z]))"
)
