"""The body of a generateContent request, as far as Lanewise needs its values; both spellings of its keys are read."""

from __future__ import annotations

from typing import Any

import msgspec

from lanewise.wire.complaints import Complaints, refuse_no_text
from lanewise.wire.own_keys import OwnKeys
from lanewise.wire.splice import Member, members

# What to write, by the parameter's first name.
_REMEDIES = {
    "model": "write it into the path: /v1beta/models/gemini-3.5-flash:generateContent",
    "contents": 'write a list such as [{"role": "user", "parts": [{"text": "Hello"}]}]',
    "systemInstruction": 'write an object such as {"parts": [{"text": "Be brief"}]}',
    "system_instruction": 'write an object such as {"parts": [{"text": "Be brief"}]}',
    "generationConfig": 'write an object such as {"maxOutputTokens": 1000}',
    "generation_config": 'write an object such as {"maxOutputTokens": 1000}',
    "tools": 'write a list such as [{"functionDeclarations": [...]}]',
}
COMPLAINTS = Complaints(_REMEDIES)


class Blob(msgspec.Struct, gc=False):
    """Bytes or an address, of which only the type matters here."""

    mime_type: Any = msgspec.field(default="", name="mimeType")
    mime_type_: Any = msgspec.field(default="", name="mime_type")


class Part(msgspec.Struct, gc=False):
    """A part of a turn."""

    text: Any = None
    inline: Blob | None = msgspec.field(default=None, name="inlineData")
    inline_: Blob | None = msgspec.field(default=None, name="inline_data")
    file: Blob | None = msgspec.field(default=None, name="fileData")
    file_: Blob | None = msgspec.field(default=None, name="file_data")

    @property
    def media(self) -> str | None:
        """The type of what it holds beside words, or None; empty where that is not said."""
        blob = self.inline or self.inline_ or self.file or self.file_
        if blob is None:
            return None
        kind = blob.mime_type or blob.mime_type_
        return kind if isinstance(kind, str) else ""


class Content(msgspec.Struct, gc=False):
    """A turn. Its parts may be one alone, as the vendor's own examples write it."""

    role: str | None = None
    parts: list[Part] | Part | None = None

    def each(self) -> list[Part]:
        """Its parts."""
        parts = self.parts
        return parts if isinstance(parts, list) else [] if parts is None else [parts]


class Body(msgspec.Struct, gc=False):
    """What a request says, as far as anybody here looks into it, each key in both spellings."""

    contents: list[Content]
    system: Content | str | None = msgspec.field(default=None, name="systemInstruction")
    system_: Content | str | None = msgspec.field(default=None, name="system_instruction")
    config: dict[str, msgspec.Raw] | None = msgspec.field(default=None, name="generationConfig")
    config_: dict[str, msgspec.Raw] | None = msgspec.field(default=None, name="generation_config")
    tools: list[dict[str, msgspec.Raw]] | None = None
    service_tier: Any = msgspec.field(default=None, name="serviceTier")
    service_tier_: Any = msgspec.field(default=None, name="service_tier")
    lanewise: OwnKeys | None = None


_BODY = msgspec.json.Decoder(Body)


def read_body(body: bytes) -> tuple[Body, dict[str, Member]]:
    """The body's values, and where its members stand. Raises InvalidRequest, naming the parameter and what to write."""
    refuse_no_text(body)
    asked = COMPLAINTS.read(_BODY, body)
    return asked, members(body)
