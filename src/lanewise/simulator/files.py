"""What stands in a file that is shown to a simulated model: the words of a text, and those that a PDF draws."""

from __future__ import annotations

import base64
import binascii
import re
import zlib

_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+);base64,(.*)", re.DOTALL)
_STREAM = re.compile(rb"<<(.*?)>>\s*stream\r?\n(.*?)\r?\n?endstream", re.DOTALL)
_DRAWN = re.compile(rb"\(((?:\\.|[^\\()])*)\)\s*Tj", re.DOTALL)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)


class UnreadableError(ValueError):
    """The bytes are no file that a model can read."""


def words_of_url(url: object) -> str:
    """The words of a file that is given as `data:type;base64,...`. Raises UnreadableError."""
    found = _DATA_URL.fullmatch(url) if isinstance(url, str) else None
    if found is None:
        raise UnreadableError("a base64-encoded data URL is expected")
    return words_of(found[1], found[2])


def words_of(media_type: str, data: str) -> str:
    """The words of a file: text as it is, of a PDF what its pages draw. Raises UnreadableError."""
    try:
        raw = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnreadableError("the data is not base64") from error
    if media_type.startswith("text/"):
        return raw.decode("utf-8", "replace")
    if media_type != "application/pdf" or not raw.startswith(b"%PDF-"):
        raise UnreadableError(f"{media_type} is not supported, or the bytes are something else")
    return "\n".join(words for dictionary, stream in _STREAM.findall(raw) for words in _drawn(dictionary, stream))


def _drawn(dictionary: bytes, stream: bytes) -> list[str]:
    if b"FlateDecode" in dictionary:
        try:
            stream = zlib.decompress(stream)
        except zlib.error:
            return []
    return [_ESCAPED.sub(rb"\1", words).decode("latin-1") for words in _DRAWN.findall(stream)]
