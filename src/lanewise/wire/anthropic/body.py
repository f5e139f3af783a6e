"""The body of a messages request, scanned once: its values as far as Lanewise needs them."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from lanewise.wire.complaints import Complaints, refuse_no_text
from lanewise.wire.own_keys import OwnKeys

# What to write, by the parameter's first name.
_REMEDIES = {
    "model": 'write a string such as "claude-sonnet-4-6" or "lane:standard"',
    "messages": 'write a list such as [{"role": "user", "content": "Hello"}]',
    "system": "write text, or a list of text blocks",
    "stream": "write true or false",
    "max_tokens": "write a whole number",
    "tools": "write a list of tools",
    "thinking": 'write {"type": "enabled", "budget_tokens": 4096}, {"type": "adaptive"} or {"type": "disabled"}',
    "output_config": 'write an object such as {"effort": "high"}',
    "output_format": 'write {"type": "json_schema", "schema": {...}}',
}
COMPLAINTS = Complaints(_REMEDIES)


class Block(msgspec.Struct, gc=False):
    """A content block, as far as anybody here looks into it."""

    type: str = ""
    text: Any = None
    content: msgspec.Raw = msgspec.Raw()  # of a tool's result
    signature: Any = None  # of thinking
    data: Any = None  # of redacted thinking
    source: msgspec.Raw = msgspec.Raw()  # of an image or a document
    cache_control: Any = None


class Message(msgspec.Struct, gc=False):
    """What one side says in its turn."""

    role: str
    content: str | list[Block] | None = None


class Thinking(msgspec.Struct, gc=False):
    """Whether and how long the model is to think, and whether it shows it."""

    type: str = ""
    budget_tokens: int | None = None
    display: Any = None


class Format(msgspec.Struct, gc=False):
    """`output_config.format`, or `output_format` as it was called before."""

    type: str = ""


class OutputConfig(msgspec.Struct, gc=False):
    """How hard the model is to think, and in which form its answer is wanted."""

    effort: str | None = None
    format: Format | None = None


class ToolType(msgspec.Struct, gc=False):
    """What kind of tool one is."""

    type: str | None = None


class ToolBound(msgspec.Struct, gc=False):
    """How often a vendor's tool may be used."""

    max_uses: Annotated[int, msgspec.Meta(ge=0)]


class Body(msgspec.Struct, gc=False):
    """What a request says, as far as anybody here looks into it."""

    messages: list[Message]
    model: str | None = None
    system: str | list[Block] | None = None
    stream: bool | None = None
    service_tier: Any = None
    speed: Any = None
    max_tokens: int | None = None
    tools: list[msgspec.Raw] | None = None
    mcp_servers: Any = None
    thinking: Thinking | None = None
    output_config: OutputConfig | None = None
    output_format: Format | None = None
    lanewise: OwnKeys | None = None
    metadata: msgspec.Raw = msgspec.Raw()
    cache_control: Any = None
    thread: Any = None


_BODY = msgspec.json.Decoder(Body)


def read_body(body: bytes) -> Body:
    """The body's values. Raises InvalidRequest, naming the parameter and what to write."""
    refuse_no_text(body)
    return COMPLAINTS.read(_BODY, body)
