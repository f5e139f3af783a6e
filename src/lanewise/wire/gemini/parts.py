"""Turns of a conversation as Gemini's contents and parts."""

from __future__ import annotations

import base64
from typing import Any

import msgspec

from lanewise.core.conversation import Document, Image, Part, Text, Thinking, ToolResult, ToolUse, Turn
from lanewise.core.errors import InvalidRequest
from lanewise.core.request import Dialect
from lanewise.wire.call_arguments import as_object
from lanewise.wire.gemini.signing import NOT_MINE
from lanewise.wire.splice import members

Block = dict[str, Any]
UNSIGNED = "thoughtSignature: tool calls that another model made carry no proof of thinking, and the vendor was told so"
_TYPES_OF_ENDINGS = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".pdf": "application/pdf",
}
_OUTPUTS = frozenset({"result", "output", "error"})


class Parts:
    """Writes contents for one deployment, and keeps what is lost on the way."""

    def __init__(self, *, signed_calls: bool) -> None:
        self._signed_calls = signed_calls
        self._names: dict[str, str] = {}  # of the tools called so far, by the call's id
        self.dropped: list[str] = []

    def contents(self, turns: tuple[Turn, ...]) -> list[Block]:
        """The turns that say something. Results of functions stand in a content of their own, right after their calls."""
        contents: list[Block] = []
        current = _current_turn(turns)
        for place, turn in enumerate(turns):
            if turn.role == "assistant":
                parts = self._model_s(turn.parts, current=place >= current)
                contents += [{"role": "model", "parts": parts}] if parts else []
                continue
            results = [self._result(part) for part in turn.parts if isinstance(part, ToolResult)]
            others = [block for part in turn.parts if (block := self._user_s(part)) is not None]
            others += [block for part in turn.parts if isinstance(part, ToolResult) for block in _files(part)]
            contents += [{"role": "user", "parts": parts} for parts in (results, others) if parts]
        return contents

    def system(self, texts: tuple[Text, ...]) -> Block | None:
        """The system instruction, where there is one."""
        parts = [{"text": text.text} for text in texts if text.text]
        return {"parts": parts} if parts else None

    def _user_s(self, part: Part) -> Block | None:
        self._unmarked(part)
        if isinstance(part, Text):
            return {"text": part.text} if part.text else None
        if isinstance(part, Image | Document):
            return _blob(part)
        return None  # results are told apart; nobody but the model thinks or calls

    def _model_s(self, parts: tuple[Part, ...], *, current: bool) -> list[Block]:
        blocks: list[Block] = []
        signature = ""  # of thinking: it stands on the text that follows
        calls = 0
        for part in parts:
            self._unmarked(part)
            if isinstance(part, Text) and part.text:
                blocks.append({"text": part.text} | _signed(signature))
                signature = ""
            elif isinstance(part, Thinking) and part.origin is Dialect.GEMINI:
                blocks += _alone(signature)
                blocks += [{"text": part.text, "thought": True}] if part.text else []
                signature = part.signature
            elif isinstance(part, ToolUse):
                blocks += _alone(signature)
                signature = ""
                blocks.append(self._call(part, first=calls == 0, current=current))
                calls += 1
            elif isinstance(part, Image | Document):
                blocks.append(_blob(part))
        return blocks + _alone(signature)

    def _call(self, call: ToolUse, *, first: bool, current: bool) -> Block:
        self._names[call.id] = call.name
        function = {"id": call.id, "name": call.name, "args": as_object(call)}
        signature = call.signature
        if not signature and first and current and self._signed_calls:
            signature = NOT_MINE
            self.dropped.append(UNSIGNED)
        return {"functionCall": function} | _signed(signature)

    def _result(self, result: ToolResult) -> Block:
        self._unmarked(result)
        name = result.name or self._names.get(result.call_id)
        if name is None:
            raise InvalidRequest(
                f"The result of tool call {result.call_id!r} has no call before it; send the turn in which the model made it",
                param="messages",
            )
        texts = [part.text for part in result.parts if isinstance(part, Text)]
        response = _response("\n".join(texts), failed=result.failed)
        return {"functionResponse": {"id": result.call_id, "name": name, "response": response}}

    def _unmarked(self, part: Part) -> None:
        if part.cache_marker is not None and part.cache_marker != b"null":
            self.dropped.append("cache_control: the vendor finds cached prefixes itself")


def _current_turn(turns: tuple[Turn, ...]) -> int:
    """Where the current turn begins: after the last words of the user. What was called before needs no proof any more."""
    for place in range(len(turns) - 1, -1, -1):
        turn = turns[place]
        if turn.role == "user" and any(isinstance(part, Text | Image | Document) for part in turn.parts):
            return place
    return 0


def _signed(signature: str) -> Block:
    return {"thoughtSignature": signature} if signature else {}


def _alone(signature: str) -> list[Block]:
    """A proof without words after it, as the vendor itself ends its streams."""
    return [{"text": "", "thoughtSignature": signature}] if signature else []


def _blob(part: Image | Document) -> Block:
    if part.url:
        kind = part.media_type or _type_of(part.url)
        return {"fileData": {"fileUri": part.url} | ({"mimeType": kind} if kind else {})}
    if isinstance(part, Document) and not part.data:
        data = base64.b64encode(part.text.encode()).decode()
        return {"inlineData": {"mimeType": part.media_type or "text/plain", "data": data}}
    if not part.media_type:
        raise InvalidRequest(
            "A file without its type cannot be said to this vendor; write data:image/png;base64,...", param="messages"
        )
    return {"inlineData": {"mimeType": part.media_type, "data": part.data}}


def _type_of(url: str) -> str:
    path = url.partition("?")[0].lower()
    return next((kind for ending, kind in _TYPES_OF_ENDINGS.items() if path.endswith(ending)), "")


def _files(result: ToolResult) -> list[Block]:
    """Pictures and files that a function gave: they follow its result, since older models take words in it only."""
    files = [_blob(part) for part in result.parts if not isinstance(part, Text)]
    return [{"text": f"From tool call {result.call_id}:"}, *files] if files else []


def _response(text: str, *, failed: bool) -> msgspec.Raw:
    """A function's result as the object that it must be: its own, where it is one, else its words under a name."""
    raw = text.strip().encode()
    if not failed and raw.startswith(b"{"):
        try:
            told = members(raw)
        except InvalidRequest:
            told = {}
        if told and not (len(told) == 1 and told.keys() <= _OUTPUTS):
            return msgspec.Raw(raw)
    return msgspec.Raw(msgspec.json.encode({"error" if failed else "result": text}))
