"""What a conversation asks, as text for another model to read: between marks that nobody in it can know, bounded."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b

from lanewise.core.conversation import Conversation, Document, Image, Part, Text, Thinking, ToolResult, ToolUse
from lanewise.verifiers.says import bounded


def asked_in(conversation: Conversation, most_chars: int) -> str | None:
    """System prompt and turns as text; None where something in it is no text (images, files), so that a reader would miss it."""
    lines = [f"system: {each.text}" for each in conversation.system]
    for turn in conversation.turns:
        for part in turn.parts:
            text = _text_of(part)
            if text is None:
                return None
            if text:
                lines.append(f"{turn.role}: {text}")
    return bounded("\n\n".join(lines), most_chars)


def marked(name: str, text: str, *, key: str) -> str:
    """A text between marks of its own: whatever it says, it cannot end before its end."""
    mark = blake2b(f"{key}\0{text}".encode("utf-8", "replace"), digest_size=6).hexdigest()
    return f"[{name} {mark}]\n{text}\n[end of {name} {mark}]"


def _text_of(part: Part) -> str | None:
    if isinstance(part, Text):
        return part.text
    if isinstance(part, Document):
        return part.text or None
    if isinstance(part, ToolUse):
        return f"(calls {part.name}: {part.arguments})"
    if isinstance(part, ToolResult):
        return (
            "(tool result) " + "\n".join(_texts(part))
            if all(not isinstance(each, Image) for each in part.parts)
            else None
        )
    return "" if isinstance(part, Thinking) else None


def _texts(result: ToolResult) -> Iterator[str]:
    yield from (each.text for each in result.parts if isinstance(each, Text | Document))
