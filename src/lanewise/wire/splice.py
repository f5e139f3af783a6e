"""Edits to JSON that leave every other byte as it was: 1.10 stays 1.10, and so do spaces, escapes and unknown keys.

msgspec finds the values without decoding them; a walk over the separators then says where each one stands.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TypeVar

import msgspec

from lanewise.core.errors import InvalidRequest

T = TypeVar("T")

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
#: JSON's spaces and strings, in expressions that never look back: neither can end earlier than it does.
SPACE = rb"[ \t\r\n]*+"
STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_OPEN = re.compile(SPACE + rb"[\[{]" + SPACE)
_COMMA = re.compile(SPACE + rb"," + SPACE)
_CLOSE = re.compile(SPACE + rb"\}" + SPACE + rb"\Z")
# A name with the comma before it, then a whole string, number or word; of an array or object nothing, as it may nest.
_MEMBER = re.compile(
    rb"(?:" + SPACE + rb"," + SPACE + rb")?" + STRING + SPACE + rb":" + SPACE
    + rb"((?:" + STRING + rb"|[^\s\[{,}\]]+)?)"
)  # fmt: skip

#: Where a member stands: the end of what comes before it, its value's start and end.
Member = tuple[int, int, int]


def members(text: bytes) -> dict[str, Member]:
    """The members of a JSON object in order. Raises InvalidRequest where it is not one, or says a key twice.

    A key said twice is refused because parsers disagree on which one holds, so a limit could be set on the one and spent by the other.
    """
    raws = decode(_OBJECT, text)
    found: dict[str, Member] = {}
    end = 0
    for key, raw in raws.items():
        before, start = end or 1, end + len(key) + 4  # a brace or comma, two quotes and a colon
        end = start + len(memoryview(raw))
        found[key] = (before, start, end)
    # Spaces, escapes in keys and keys said twice only make it longer, so an object of the least length has none of them.
    return found if end + 1 == len(text) else _walked(text, raws)


def _walked(text: bytes, raws: dict[str, msgspec.Raw]) -> dict[str, Member]:
    """The same for an object with spaces or escapes in it."""
    found: dict[str, Member] = {}
    match = _MEMBER.match
    end = _opened(text)
    for key, raw in raws.items():
        member = match(text, end)
        if member is None:
            raise _said_twice(text)
        before, (start, end) = end, member.span(1)
        if start == end:
            # No JSON value is the beginning of another, so equal bytes prove that the walk stands at this key's own value.
            if not text.startswith(raw, start):
                raise _said_twice(text)
            end = start + len(memoryview(raw))
        found[key] = (before, start, end)
    if found and text[end:] != b"}" and _CLOSE.match(text, end) is None:
        raise _said_twice(text)
    return found


def elements(text: bytes) -> list[bytes]:
    """The elements of a JSON array, each as its own bytes."""
    raws: list[msgspec.Raw] = decode(_ARRAY, text)
    return [bytes(raw) for raw in raws]


def splice(text: bytes, edits: Mapping[str, bytes | None], found: dict[str, Member] | None = None) -> bytes:
    """The object with these members set to new JSON, or removed where None; all other bytes stay. `found` saves looking twice."""
    if not edits:
        return text
    if found is None:
        found = members(text)
    whole = memoryview(text)  # cut without a copy, which the join makes
    parts: list[bytes | memoryview] = []
    copied = 0  # up to here the text is in `parts`, or left out
    first = True
    for key, (before, start, end) in found.items():
        if key not in edits:
            first = False
            continue
        value = edits[key]
        if value is not None:
            parts += (whole[copied:start], value)
            copied, first = end, False
        elif first:  # nothing stands before it, so the comma after it goes too
            parts.append(whole[copied:before])
            comma = _COMMA.match(text, end)
            copied = end if comma is None else comma.end()
        else:
            parts.append(whole[copied:before])
            copied = end
    added = [_pair(key, value) for key, value in edits.items() if value is not None and key not in found]
    if added:
        at = max(copied, next(reversed(found.values()))[2] if found else _opened(text))
        parts += (whole[copied:at], b"" if first else b",", b",".join(added))
        copied = at
    parts.append(whole[copied:])
    return b"".join(parts)


def replace_elements(text: bytes, replaced: Mapping[int, bytes]) -> bytes:
    """The array with the elements at these places exchanged; all other bytes stay."""
    parts: list[bytes] = []
    copied = 0
    position = _opened(text)
    for number, raw in enumerate(elements(text)):
        end = position + len(raw)
        if number in replaced:
            parts += (text[copied:position], replaced[number])
            copied = end
        comma = _COMMA.match(text, end)
        position = end if comma is None else comma.end()
    parts.append(text[copied:])
    return b"".join(parts)


def decode(decoder: msgspec.json.Decoder[T], text: bytes) -> T:
    """Decode a caller's JSON. Raises InvalidRequest with the place where it is wrong."""
    try:
        return decoder.decode(text)
    except msgspec.ValidationError as error:
        raise InvalidRequest(f"The body must be a JSON object: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequest(f"The body is not valid JSON: {place_of(error)}") from error


def place_of(error: Exception) -> str:
    """What is wrong with JSON and where, in words for a caller."""
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        return "a string is not UTF-8"
    return str(error).removeprefix("JSON is malformed: ")


def _opened(text: bytes) -> int:
    opened = _OPEN.match(text)
    return 0 if opened is None else opened.end()


def _pair(key: str, value: bytes | None) -> bytes:
    return msgspec.json.encode(key) + b":" + (value or b"null")


def _said_twice(text: bytes) -> InvalidRequest:
    """Name the key that is said twice, found the slow way now that it matters."""
    keys: list[str] = json.loads(text, object_pairs_hook=lambda pairs: [key for key, _ in pairs])
    twice = next(key for key in keys if keys.count(key) > 1)
    return InvalidRequest(f"The key {twice!r} stands twice; write it once", param=twice)
