"""Parts of messages and of tools' outputs: words, pictures, files."""

from __future__ import annotations

import re
from typing import Any

from lanewise.core.conversation import Document, Image, Text
from lanewise.core.errors import InvalidRequest

_DATA_URL = re.compile(r"data:(?P<media_type>[\w.+-]+/[\w.+-]+)?(?:;[\w=.+-]+)*?;base64,(?P<data>.*)", re.DOTALL)
_WORDS = frozenset({"input_text", "output_text", "text", "refusal", "summary_text"})
SaidPart = Text | Image | Document


def read_parts(content: object, where: str, dropped: list[str]) -> list[SaidPart]:
    """What the content says. Raises InvalidRequest for a kind of part that other vendors cannot be shown."""
    if content is None or content == "":
        return []
    if isinstance(content, str):
        return [Text(text=content)]
    if not isinstance(content, list):
        raise InvalidRequest(f"`{where}`: write a string or a list of parts", param=where)
    parts: list[SaidPart] = []
    for number, part in enumerate(content):
        read = _part(part, f"{where}[{number}]", dropped)
        if read is not None:
            parts.append(read)
    return parts


def _part(part: object, where: str, dropped: list[str]) -> SaidPart | None:
    if isinstance(part, str):
        return Text(text=part) if part else None
    kind = part.get("type") if isinstance(part, dict) else None
    if not isinstance(part, dict) or not isinstance(kind, str):
        raise InvalidRequest(f"`{where}`: write an object with a type", param=where)
    if kind in _WORDS:
        text = part.get("text") or part.get("refusal")
        return Text(text=text) if isinstance(text, str) and text else None
    if kind == "input_image":
        return _image(part, where, dropped)
    if kind == "input_file":
        return _document(part, where)
    raise InvalidRequest(
        f"`{where}.type`: {kind!r} cannot be said to this vendor; write input_text, input_image or input_file",
        param=f"{where}.type",
    )


def _image(part: dict[str, Any], where: str, dropped: list[str]) -> Image:
    url = part.get("image_url")
    if isinstance(url, dict):
        url = url.get("url")
    if part.get("detail") not in (None, "auto"):
        dropped.append("input_image.detail: this vendor has no such setting")
    if not isinstance(url, str):
        raise _kept_by_its_vendor(where, "image_url")
    embedded = _DATA_URL.fullmatch(url)
    if embedded is not None:
        return Image(data=embedded["data"], media_type=embedded["media_type"] or "")
    if url.startswith(("https://", "http://")):
        return Image(url=url)
    raise InvalidRequest(
        f"`{where}.image_url`: write an https address or data:image/png;base64,...", param=f"{where}.image_url"
    )


def _document(part: dict[str, Any], where: str) -> Document:
    name = part.get("filename")
    name = name if isinstance(name, str) else ""
    data, url = part.get("file_data"), part.get("file_url")
    if isinstance(data, str):
        embedded = _DATA_URL.fullmatch(data)
        if embedded is None:
            raise InvalidRequest(
                f"`{where}.file_data`: write data:application/pdf;base64,...", param=f"{where}.file_data"
            )
        return Document(data=embedded["data"], media_type=embedded["media_type"] or "", name=name)
    if isinstance(url, str):
        return Document(url=url, name=name)
    raise _kept_by_its_vendor(where, "file_data")


def _kept_by_its_vendor(where: str, instead: str) -> InvalidRequest:
    return InvalidRequest(
        f"`{where}.file_id`: the file is kept by another vendor; write `{instead}`", param=f"{where}.file_id"
    )
