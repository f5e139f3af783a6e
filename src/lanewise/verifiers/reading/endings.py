"""Whether a quote ends a text or stands inside it, by what follows; and blanks, comments included. Each look ahead is bounded."""

from __future__ import annotations

import re
from typing import NamedTuple

_BLANKS = re.compile(r"[\s\u180e\u200b\u2060\ufeff]*")
_COMMENT = re.compile(r"//[^\n]{0,1000}|/\*.{0,2000}?\*/|#[^\n]{0,1000}", re.DOTALL)
_COLON = re.compile(r"\s{0,200}(?::|=>?)")
_KEY = re.compile(r"\s{0,200}([\"'`\u201c])([^\"\n]{1,80}?)[\"'`\u201d]\s{0,20}:")
_BARE_KEY = re.compile(r"\s{0,200}(?:[A-Za-z_$][\w$-]{0,60}|-?\d[\d.]{0,40})\s{0,20}:")
_HALF_QUOTED_KEY = re.compile(r"\s{0,200}[A-Za-z_$][\w$-]{0,60}[\"']\s{0,20}:")
_MEMBER = re.compile(r"\"[^\"\n,]{1,80}\"\s{0,20}:\s{0,20}(?:[\"\d{\[-]|true|false|null)")
_COLONLESS = re.compile(
    r"\"([^\"\n]{1,80})\"\s{1,20}(?=\"[^\"\n]{0,200}\"\s{0,20}[,}]|(?:true|false|null|-?\d[\d.]{0,40})\s{0,20}[,}]|[{\[])"
)
_COMMA = re.compile(r"\s{0,200},(\s{0,200})")
_STRAY_WORD = re.compile(r"[ \t]{1,20}[^\"'`\n,\]]{1,60}[\],]")
_HASH = r"#[^\n]{0,1000}\n\s{0,200}[\"'}\]]"  # a comment only where a line of JSON follows: texts hold `#1` too
_COMMENT_NEXT = re.compile(rf"\s{{0,200}}(?://|/\*|{_HASH})")
_HASH_NEXT = re.compile(_HASH)
_BRACKET = re.compile(r"\s{0,200}([}\]])")
_ITEM = re.compile(r"[\"'`\u201c{\[\d-]|true|false|null|True|False|None|/[/*]|[}\]]|$")
_AFTER_LAST = re.compile(r"[ \t]{0,200}(?:$|\n|```|[^\",:}\]\n]{0,400}(?:$|\n))")
_AFTER_INNER = re.compile(r"\s{0,200}(?:[,}\]]|$|[\"'`{]|//)")
_END = re.compile(r"\s{0,200}(?:$|```)")
_MAX_KEY_CHARS = 200


class KeyEnd(NamedTuple):
    """Where a name's closing quote stands, and where its value may begin."""

    quote: int
    value: int


def skip_blanks(text: str, place: int) -> tuple[int, bool]:
    """The next place that is neither blank nor comment, and whether comments were passed."""
    commented = False
    while True:
        blanks = _BLANKS.match(text, place)
        place = blanks.end() if blanks else place
        comment = _COMMENT.match(text, place) if text[place : place + 1] in "/#" and place < len(text) else None
        if comment is None:
            return place, commented
        place, commented = comment.end(), True


def ends_key(text: str, begin: int, closing: str) -> KeyEnd | None:
    """The end of a name that begins there; None where no colon follows its quote."""
    place = begin
    limit = min(len(text), begin + _MAX_KEY_CHARS)
    while place < limit:
        if text[place] == "\\":
            place += 2
            continue
        if text[place] == closing:
            colon = _COLON.match(text, place + 1)
            return KeyEnd(place, colon.end()) if colon else None
        place += 1
    return None


def key_without_colon(text: str, place: int) -> KeyEnd | None:
    """The end of the name whose quote begins at a place, and which a value follows with no colon between; None where none does."""
    found = _COLONLESS.match(text, place)
    return None if found is None else KeyEnd(found.end(1), found.end())


def follows_unclosed(before: str, text: str, place: int) -> bool:
    """Whether a member begins at a quote, straight after a comma or on a line of its own, and the plain text before it has no end."""
    parted = before.rstrip()
    straight = parted.endswith(",") and (parted == before or "\n" in before[len(parted) :])
    return straight and not any(sign in before for sign in '"{[') and _MEMBER.match(text, place) is not None


def key_after(text: str, place: int) -> str:
    """The quoted name that a colon follows, beginning at a place; empty where there is none."""
    found = _KEY.match(text, place)
    return found[2] if found else ""


def ends_value(text: str, place: int, *, in_object: bool, depth: int, names: frozenset[str]) -> bool:
    """Whether a quote just before `place` ends the value of a member, or of an item."""
    if _END.match(text, place):
        return True
    bracket = _BRACKET.match(text, place)
    if bracket:
        return (in_object == (bracket[1] == "}") or depth > 1) and _closes(text, bracket.end(), depth)
    comma = _COMMA.match(text, place)
    if comma:
        return _next_begins(text, comma, in_object=in_object)
    if _COMMENT_NEXT.match(text, place):
        return True
    following = _KEY.match(text, place)
    if in_object:  # a comma is missing
        return following is not None and (following[2] in names or "\n" in text[place : following.start(1)])
    if _STRAY_WORD.match(text, place):
        return True
    return "\n" in text[place : place + 2] and _ITEM.match(text, _skip(text, place)) is not None


def _closes(text: str, place: int, depth: int) -> bool:
    """Whether what follows a closing bracket is what follows one: at the last one the rest of the line is prose, or nothing."""
    return bool((_AFTER_LAST if depth <= 1 else _AFTER_INNER).match(text, place))


def _next_begins(text: str, comma: re.Match[str], *, in_object: bool) -> bool:
    place = comma.end()
    if not in_object:
        return bool(_ITEM.match(text, place))
    if (
        _KEY.match(text, place)
        or _BARE_KEY.match(text, place)
        or _HALF_QUOTED_KEY.match(text, place)
        or _COLONLESS.match(text, place)
        or _END.match(text, place)
        or text[place : place + 1] in "}/"
        or _HASH_NEXT.match(text, place)
    ):
        return True
    return "\n" in comma[1] and text[place : place + 1] in "\"'`"


def _skip(text: str, place: int) -> int:
    blanks = _BLANKS.match(text, place)
    return blanks.end() if blanks else place
