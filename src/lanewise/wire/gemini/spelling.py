"""Gemini's two spellings of every key: camelCase as it is documented, snake_case as many clients write it. The vendor takes both."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TypeVar

import msgspec

from lanewise.core.errors import InvalidRequest
from lanewise.wire.splice import members, splice

T = TypeVar("T")

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_NULL = b"null"


@lru_cache(maxsize=1024)
def camel(key: str) -> str:
    """The key as it is documented."""
    head, *rest = key.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest) if head else key


def fields(text: bytes, where: str) -> dict[str, bytes]:
    """An object's members by their documented names, each as its own bytes; those that are null are left out.

    Raises InvalidRequest where it is no object, or says a key in both spellings.
    """
    try:
        raws = _OBJECT.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequest(f"`{where}`: write an object", param=where) from error
    documented(raws, where)
    return {camel(key): bytes(raw) for key, raw in raws.items() if bytes(raw) != _NULL}


def documented(keys: Iterable[str], where: str = "") -> dict[str, str]:
    """The keys as they are written, by their documented names. Raises InvalidRequest where one stands in both spellings."""
    written: dict[str, str] = {}
    for key in keys:
        name = camel(key)
        if name in written:
            path = f"{where}.{key}" if where else key
            raise InvalidRequest(f"`{path}`: it stands in two spellings; write `{name}` alone", param=path)
        written[name] = key
    return written


class Edited:
    """An object of a caller's body with edits to it: keys in either spelling, every other byte as it was."""

    __slots__ = ("_changes", "_found", "_text", "_written")

    def __init__(self, text: bytes, where: str = "") -> None:
        self._text = text
        self._found = decode_members(text, where)
        self._written = documented(self._found, where)
        self._changes: dict[str, bytes | None] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._written

    def value(self, name: str) -> bytes | None:
        """The caller's own JSON for a documented name; None where it is absent or null."""
        key = self._written.get(name)
        if key is None:
            return None
        _, start, end = self._found[key]
        value = self._text[start:end]
        return None if value == _NULL else value

    def set(self, name: str, value: bytes) -> None:
        """Say this, unless the caller's bytes say it already."""
        if self.value(name) != value:
            self._changes[self._written.get(name, name)] = value

    def remove(self, name: str) -> None:
        """Leave this out."""
        if name in self._written:
            self._changes[self._written[name]] = None

    def spliced(self) -> bytes:
        """The object with its edits."""
        return splice(self._text, self._changes, self._found)


def decode_members(text: bytes, where: str) -> dict[str, tuple[int, int, int]]:
    """Where an object's members stand. Raises InvalidRequest, naming it."""
    try:
        return members(text)
    except InvalidRequest as error:
        if not where or error.param is not None:
            raise
        raise InvalidRequest(f"`{where}`: write an object", param=where) from error


def read_as(kind: type[T], text: bytes, where: str) -> T:
    """A part of a caller's JSON as this type. Raises InvalidRequest, naming it."""
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequest(f"`{where}`: {error}", param=where) from error
