"""A request's `contents` as turns of a conversation."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

import msgspec

from lanewise.core.conversation import Document, Image, Part, Role, Text, Thinking, ToolResult, ToolUse, Turn
from lanewise.core.errors import InvalidRequest
from lanewise.core.request import Dialect
from lanewise.wire.gemini.signing import is_not_mine
from lanewise.wire.gemini.spelling import fields, read_as
from lanewise.wire.splice import elements, members

_ROLES: dict[str, Role] = {"user": "user", "model": "assistant", "function": "user", "tool": "user"}
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_DATA = ("text", "inlineData", "fileData", "functionCall", "functionResponse")
#: Beside what a part holds: read with it, or of no meaning to anybody else.
_BESIDE = frozenset({"thought", "thoughtSignature", "partMetadata", "mediaResolution"})
_OUTPUTS = ("result", "output")


class Contents:
    """Collects contents into turns: neighbours of one side become one turn. Calls without an id get one by their place."""

    def __init__(self) -> None:
        self.turns: list[tuple[Role, list[Part]]] = []
        self._unanswered: list[tuple[str, str]] = []  # calls that wait for their result: id and name
        self._calls = 0

    def read(self, text: bytes) -> tuple[Turn, ...]:
        """The turns. Raises InvalidRequest, naming what cannot be said to another vendor."""
        for place, content in enumerate(elements(text)):
            self._content(content, f"contents[{place}]")
        return tuple(Turn(role=role, parts=tuple(parts)) for role, parts in self.turns if parts)

    def _content(self, text: bytes, where: str) -> None:
        told = fields(text, where)
        word = read_as(str, told.get("role", b'"user"'), f"{where}.role") or "user"
        role = _ROLES.get(word)
        if role is None:
            raise InvalidRequest(f"`{where}.role`: write user or model", param=f"{where}.role")
        if not self.turns or self.turns[-1][0] != role:
            self.turns.append((role, []))
        side = self.turns[-1][1]
        for place, part in enumerate(parts_of(told.get("parts"))):
            self._part(part, f"{where}.parts[{place}]", side)

    def _part(self, text: bytes, where: str, side: list[Part]) -> None:
        told = fields(text, where)
        kinds = [kind for kind in told if kind not in _BESIDE]
        kind = kinds[0] if kinds else "text"
        if kind not in _READERS or len(kinds) > 1:
            name = next((each for each in kinds if each not in _DATA), kind)
            raise InvalidRequest(
                f"`{where}.{name}`: it cannot be said to this vendor; write one of {', '.join(_DATA)}",
                param=f"{where}.{name}",
            )
        _READERS[kind](self, told, where, side)

    def _text(self, told: dict[str, bytes], where: str, side: list[Part]) -> None:
        text = read_as(str, told.get("text", b'""'), f"{where}.text")
        if told.get("thought") == b"true":
            side.append(Thinking(text=text, signature=_signature(told, where), origin=Dialect.GEMINI))
            return
        _sign(side, _signature(told, where))
        if text:
            side.append(Text(text=text))

    def _inline(self, told: dict[str, bytes], where: str, side: list[Part]) -> None:
        where = f"{where}.inlineData"
        side.append(_blob(fields(told["inlineData"], where), where))

    def _file(self, told: dict[str, bytes], where: str, side: list[Part]) -> None:
        where = f"{where}.fileData"
        blob = fields(told["fileData"], where)
        url = read_as(str, blob.get("fileUri", b'""'), f"{where}.fileUri")
        if not url.startswith(("https://", "http://")) or url.startswith("https://generativelanguage.googleapis.com/"):
            raise InvalidRequest(
                f"`{where}.fileUri`: a file that is kept at Google cannot be said to this vendor; write a public address or inlineData",
                param=f"{where}.fileUri",
            )
        kind = _media_type(blob, where)
        # Without a type only a picture is likely.
        side.append(
            Image(url=url, media_type=kind)
            if kind.startswith("image/") or not kind
            else Document(url=url, media_type=kind)
        )

    def _call(self, told: dict[str, bytes], where: str, side: list[Part]) -> None:
        where = f"{where}.functionCall"
        call = fields(told["functionCall"], where)
        name = read_as(str, call.get("name", b'""'), f"{where}.name")
        self._calls += 1
        call_id = read_as(str, call["id"], f"{where}.id") if "id" in call else f"call_{self._calls}"
        arguments = call.get("args", b"{}")
        _object(arguments, f"{where}.args")
        signature = _signature(told, where)
        self._unanswered.append((call_id, name))
        side.append(
            ToolUse(
                id=call_id,
                name=name,
                arguments=arguments.decode(),
                signature="" if is_not_mine(signature) else signature,
            )
        )

    def _response(self, told: dict[str, bytes], where: str, side: list[Part]) -> None:
        where = f"{where}.functionResponse"
        response = fields(told["functionResponse"], where)
        name = read_as(str, response.get("name", b'""'), f"{where}.name")
        given = read_as(str, response["id"], f"{where}.id") if "id" in response else ""
        text, failed = _outcome(response.get("response", b"{}"), f"{where}.response")
        parts: list[Text | Image | Document] = [Text(text=text)] if text else []
        for place, part in enumerate(parts_of(response.get("parts"))):
            inner = f"{where}.parts[{place}]"
            blob = fields(part, inner).get("inlineData")
            if blob is None:
                raise InvalidRequest(f"`{inner}`: only inlineData can be said to this vendor", param=inner)
            parts.append(_blob(fields(blob, inner), inner))
        call_id = self._answered(given, name, where)
        side.append(ToolResult(call_id=call_id, parts=tuple(parts), name=name, failed=failed))

    def _answered(self, given: str, name: str, where: str) -> str:
        """The call that a result answers: the one it names, else the first of this function that still waits."""
        waiting = self._unanswered
        match = next((call for call in waiting if given and call[0] == given), None)
        match = match or next((call for call in waiting if call[1] == name), None)
        if match is None:
            raise InvalidRequest(
                f"`{where}`: no functionCall of {name!r} waits for it; send the model's turn with the call before it",
                param=where,
            )
        waiting.remove(match)
        return match[0]


def parts_of(text: bytes | None) -> list[bytes]:
    """The parts, one alone included."""
    if text is None:
        return []
    return [text] if text.startswith(b"{") else elements(text)


def _sign(side: list[Part], signature: str) -> None:
    """The proof of thinking stands on the text that follows it: it goes to the thinking before, or stands for thinking not shown."""
    if not signature or is_not_mine(signature):
        return
    last = side[-1] if side else None
    if isinstance(last, Thinking) and not last.signature:
        side[-1] = Thinking(text=last.text, signature=signature, origin=Dialect.GEMINI)
    else:
        side.append(Thinking(signature=signature, origin=Dialect.GEMINI))


def _signature(told: dict[str, bytes], where: str) -> str:
    return read_as(str, told.get("thoughtSignature", b'""'), f"{where}.thoughtSignature")


def _blob(told: dict[str, bytes], where: str) -> Image | Document:
    kind = _media_type(told, where)
    data = read_as(str, told.get("data", b'""'), f"{where}.data").encode().translate(_URL_SAFE)
    if kind.startswith("image/"):
        return Image(data=data.decode(), media_type=kind)
    if kind.startswith("text/"):
        try:
            return Document(text=base64.b64decode(data + b"==").decode(), media_type=kind)
        except (binascii.Error, UnicodeDecodeError) as error:
            raise InvalidRequest(f"`{where}.data`: write text as base64 of UTF-8", param=f"{where}.data") from error
    return Document(data=data.decode(), media_type=kind)


def _media_type(told: dict[str, bytes], where: str) -> str:
    return read_as(str, told.get("mimeType", b'""'), f"{where}.mimeType")


def _outcome(text: bytes, where: str) -> tuple[str, bool]:
    """What a function gave, and whether it failed: a lone `result`, `output` or `error` is taken out of its object."""
    told = _object(text, where)
    if len(told) == 1:
        name, value = next(iter(told.items()))
        if value.startswith(b'"') and (name in _OUTPUTS or name == "error"):
            return msgspec.json.decode(value, type=str), name == "error"
    return ("" if not told else text.decode()), False


def _object(text: bytes, where: str) -> dict[str, bytes]:
    try:
        return {key: text[start:end] for key, (_, start, end) in members(text).items()}
    except InvalidRequest as error:
        raise InvalidRequest(f"`{where}`: write an object", param=where) from error


_READERS: dict[str, Callable[[Contents, dict[str, bytes], str, list[Part]], None]] = {
    "text": Contents._text,  # this class's own
    "inlineData": Contents._inline,
    "fileData": Contents._file,
    "functionCall": Contents._call,
    "functionResponse": Contents._response,
}
