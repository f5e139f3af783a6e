"""A request said on: the caller's own body with more turns at its end, in the dialect that it is in. All other bytes stay.

What a model is told about an answer of its own is only ever words, tool calls included: vendors want calls answered, and
thinking that was signed handed back with them; words none of that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from lanewise.core.conversation import Role
from lanewise.core.request import Dialect, Request
from lanewise.wire.splice import elements, members, splice


class Words(NamedTuple):
    """What one side says next."""

    role: Role
    text: str


def said_on(request: Request, *turns: Words) -> Request:
    """The request with these turns after its own; those without words are left out. Raises InvalidRequest where its body is none."""
    spoken = [turn for turn in turns if turn.text.strip()]
    if not spoken:
        return request
    key, write = _WAYS[request.dialect]
    found = members(request.body)
    place = found.get(key)
    earlier = b"[]" if place is None else _listed(request.body[place[1] : place[2]])
    more = b",".join(msgspec.json.encode(write(turn)) for turn in spoken)
    body = splice(request.body, {key: _longer(earlier, more)}, found)
    chars = request.input_chars + sum(len(turn.text) for turn in spoken)
    return msgspec.structs.replace(request, body=body, members=None, input_chars=chars)


def _listed(value: bytes) -> bytes:
    """The turns that are there; a lone text (OpenAI's `input`) as the turn it stands for."""
    return b'[{"role":"user","content":' + value + b"}]" if value.startswith(b'"') else value


def _longer(array: bytes, more: bytes) -> bytes:
    """The array with more elements at its end."""
    end = array.rindex(b"]")
    comma = b"," if elements(array) else b""
    return b"".join((array[:end], comma, more, array[end:]))


def _message(turn: Words) -> dict[str, Any]:
    return {"role": turn.role, "content": turn.text}


def _content(turn: Words) -> dict[str, Any]:
    return {"role": "model" if turn.role == "assistant" else "user", "parts": [{"text": turn.text}]}


_WAYS: dict[Dialect, tuple[str, Callable[[Words], dict[str, Any]]]] = {
    Dialect.OPENAI_CHAT: ("messages", _message),
    Dialect.OPENAI_RESPONSES: ("input", _message),
    Dialect.ANTHROPIC_MESSAGES: ("messages", _message),
    Dialect.GEMINI: ("contents", _content),
}
