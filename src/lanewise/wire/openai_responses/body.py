"""The body of a Responses request as far as Lanewise reads it. What it does not know passes: items and tools of kinds yet to come."""

from __future__ import annotations

from typing import Any

import msgspec

from lanewise.wire.complaints import Complaints, refuse_no_text
from lanewise.wire.own_keys import OwnKeys
from lanewise.wire.splice import Member, members

# What to write, by the parameter's first name.
_REMEDIES = {
    "model": 'write a string such as "gpt-5.4-mini" or "lane:standard"',
    "input": 'write a string, or a list such as [{"role": "user", "content": "Hello"}]',
    "instructions": "write a string",
    "stream": "write true or false",
    "store": "write true or false",
    "background": "write false or leave it out: Lanewise has no durable jobs yet",
    "max_output_tokens": "write a whole number",
    "tools": 'write a list of tools such as [{"type": "function", "name": ..., "parameters": {...}}]',
    "tool_choice": 'write "auto", "none", "required" or {"type": "function", "name": ...}',
    "text": 'write an object such as {"format": {"type": "json_schema", "name": ..., "schema": {...}}}',
    "reasoning": 'write an object such as {"effort": "low"}',
    "include": 'write a list such as ["reasoning.encrypted_content"]',
    "previous_response_id": "write the id of an earlier response",
}
COMPLAINTS = Complaints(_REMEDIES)


class Item(msgspec.Struct, gc=False):
    """One item of the input: what is said, called, answered or thought. Leaves are read as they come."""

    type: Any = None
    role: str | None = None
    id: Any = None
    content: Any = None
    summary: Any = None
    encrypted_content: Any = None
    call_id: Any = None
    name: Any = None
    namespace: Any = None
    arguments: Any = None
    input: Any = None
    output: Any = None
    tools: list[msgspec.Raw] | None = None

    @property
    def kind(self) -> str:
        """Its type; a role without one is a message."""
        if isinstance(self.type, str):
            return self.type
        return "message" if self.role is not None else ""


class Format(msgspec.Struct, gc=False):
    """`text.format`."""

    type: str = "text"
    name: Any = ""
    strict: bool | None = None
    schema: msgspec.Raw = msgspec.Raw()


class Text(msgspec.Struct, gc=False):
    """In which form the answer is wanted."""

    format: Format | None = None
    verbosity: Any = None


class Reasoning(msgspec.Struct, gc=False):
    """How hard the model is to think."""

    effort: str | None = None


class Body(msgspec.Struct, gc=False):
    """What a request says, as far as anybody here looks into it."""

    model: str | None = None
    input: str | list[Item] | None = None
    instructions: str | list[Any] | None = None
    stream: bool | None = None
    service_tier: Any = None
    store: bool | None = None
    background: bool | None = None
    max_output_tokens: int | None = None
    tools: list[msgspec.Raw] | None = None
    max_tool_calls: Any = None  # a value of another type is the vendor's to refuse
    text: Text | None = None
    reasoning: Reasoning | None = None
    include: list[Any] | None = None
    previous_response_id: str | None = None
    prompt: Any = None
    conversation: Any = None
    lanewise: OwnKeys | None = None
    metadata: msgspec.Raw = msgspec.Raw()


_BODY = msgspec.json.Decoder(Body)


def read_body(body: bytes) -> tuple[Body, dict[str, Member]]:
    """The body's values, and where its members stand. Raises InvalidRequest, naming the parameter and what to write."""
    refuse_no_text(body)
    asked = COMPLAINTS.read(_BODY, body)
    return asked, members(body)


def texts_of(content: object) -> list[str]:
    """The words in an item's content or output, whichever way they are written."""
    if isinstance(content, str):
        return [content]
    found: list[str] = []
    for part in content if isinstance(content, list) else ():
        text = part if isinstance(part, str) else part.get("text") if isinstance(part, dict) else None
        if isinstance(text, str):
            found.append(text)
    return found
