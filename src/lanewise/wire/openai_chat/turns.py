"""Turns of a conversation as the messages of a chat completion.

What a tool gave besides words stands in a message of the user behind the results, because a tool's message holds text only.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

import msgspec

from lanewise.core.conversation import (
    Conversation,
    Document,
    Image,
    Part,
    Text,
    Thinking,
    ToolResult,
    ToolUse,
    Turn,
)
from lanewise.core.errors import InvalidRequest
from lanewise.core.policy import ModelFacts
from lanewise.wire.limits import is_clip, refuse_clip
from lanewise.wire.openai_chat.leaving import NO_THOUGHTS

Message = dict[str, Any]
#: Types of sound that chat completions have a word for.
_SOUND = {
    "audio/wav": "wav", "audio/x-wav": "wav", "audio/wave": "wav", "audio/mp3": "mp3", "audio/mpeg": "mp3",
}  # fmt: skip
_MOVED = "messages: pictures and files that a tool gave were moved into a message of the user"
_NOT_FAILED = "messages[].is_error: chat completions cannot say that a tool failed; its words are sent as they are"
_BEGUN = "messages: an answer that was begun for the model is taken for one of its earlier answers"
_UNMARKED = "cache_control: the model takes no cache markers"


class Messages:
    """Writes messages for one model, and keeps what is lost on the way."""

    def __init__(self, facts: ModelFacts) -> None:
        self._facts = facts
        self.dropped: list[str] = []

    def of(self, conversation: Conversation) -> list[Message]:
        """The whole conversation. Raises InvalidRequest where a document cannot be said."""
        messages: list[Message] = []
        if conversation.system:
            messages.append({"role": "system", "content": self._content(list(conversation.system))})
        loop = _begin_of_loop(conversation.turns)
        for place, turn in enumerate(conversation.turns):
            if turn.role == "user":
                messages += self._of_user(turn)
            else:
                messages += self._of_assistant(turn, in_loop=place >= loop)
        if conversation.turns and conversation.turns[-1].role == "assistant":
            self.dropped.append(_BEGUN)
        return messages

    def marked(self, written: Message, marker: bytes | None) -> Message:
        """With the caller's cache marker, where the model takes any."""
        if marker is not None and marker != b"null":
            if self._facts.cache_markers:
                written["cache_control"] = msgspec.Raw(marker)
            else:
                self.dropped.append(_UNMARKED)
        return written

    def _of_user(self, turn: Turn) -> list[Message]:
        messages: list[Message] = []
        rest: list[Part] = []
        moved: list[Part] = []
        for part in turn.parts:
            if isinstance(part, ToolResult):
                message, media = self._result(part)
                messages.append(message)
                moved += media
            else:
                rest.append(part)
        if moved:
            self.dropped.append(_MOVED)
        if moved or rest:
            messages.append({"role": "user", "content": self._content([*moved, *rest])})
        return messages

    def _result(self, result: ToolResult) -> tuple[Message, list[Part]]:
        """A tool's message, and what it cannot hold."""
        texts = [text for part in result.parts if (text := _words(part)) is not None]
        media: list[Part] = [part for part in result.parts if _words(part) is None]
        if result.failed:
            self.dropped.append(_NOT_FAILED)
        if not texts:
            texts = ["What it gave is in the next message." if media else "The tool failed." if result.failed else ""]
        if media:
            media.insert(0, Text(text=f"What tool call {result.call_id} gave:"))
        message = {"role": "tool", "tool_call_id": result.call_id, "content": "\n".join(texts)}
        return self.marked(message, result.cache_marker), media

    def _of_assistant(self, turn: Turn, *, in_loop: bool) -> list[Message]:
        text = "".join(part.text for part in turn.parts if isinstance(part, Text))
        calls = [_call(part) for part in turn.parts if isinstance(part, ToolUse)]
        thoughts = self._thoughts(turn, in_loop=in_loop)
        if any(part.cache_marker for part in turn.parts):
            self.dropped.append("cache_control: only what the user says takes cache markers")
        if not text and not calls:
            return []
        message: Message = {"role": "assistant", "content": text or None}
        if thoughts:
            message[self._facts.reasoning_field or ""] = thoughts
        if calls:
            message["tool_calls"] = calls
        return [message]

    def _thoughts(self, turn: Turn, *, in_loop: bool) -> str:
        """Thinking that goes back: what nobody signed, to a model that shows its own, while its tools are at work."""
        thoughts = [part for part in turn.parts if isinstance(part, Thinking)]
        again = [part.text for part in thoughts if not (part.signature or part.encrypted or part.id)]
        if self._facts.reasoning_field is None or not in_loop:
            again = []
        if len(again) < len(thoughts):
            self.dropped.append(f"messages[].thinking: {NO_THOUGHTS}")
        return "\n".join(again)

    def _content(self, parts: list[Any]) -> str | list[Message]:
        """A string where there are words only: many vendors take nothing else of them."""
        words = [_words(part) for part in parts]
        marked = self._facts.cache_markers and any(part.cache_marker for part in parts)
        if not marked and all(text is not None for text in words):
            self.dropped += [_UNMARKED for part in parts if part.cache_marker not in {None, b"null"}]
            return "\n\n".join(text for text in words if text)
        return [self.marked(self._part(part), part.cache_marker) for part in parts]

    def _part(self, part: Part) -> Message:
        text = _words(part)
        if text is not None:
            return {"type": "text", "text": text}
        if isinstance(part, Image):
            return {"type": "image_url", "image_url": {"url": part.url or _data_url(part.media_type, part.data)}}
        if isinstance(part, Document):
            return self._file(part)
        raise InvalidRequest(f"A {type(part).__name__.lower()} is not the user's to say", param="messages")

    def _sound(self, document: Document) -> Message:
        """Sound by its bytes, to a model that hears."""
        format_ = _SOUND.get(document.media_type)
        if not self._facts.sound or format_ is None or not document.data:
            refuse_clip(document)
        return {"type": "input_audio", "input_audio": {"data": document.data, "format": format_}}

    def _file(self, document: Document) -> Message:
        if is_clip(document):
            return self._sound(document)
        if not self._facts.documents:
            raise InvalidRequest(
                "The model takes no files to read; ask one that does, or send their text", param="messages"
            )
        if not document.data:
            raise InvalidRequest(
                "A file cannot be said to this vendor by its address; send its bytes instead", param="messages"
            )
        media_type = document.media_type or "application/pdf"
        name = document.name or f"document.{media_type.rpartition('/')[2]}"
        return {"type": "file", "file": {"filename": name, "file_data": _data_url(media_type, document.data)}}


def _words(part: object) -> str | None:
    """The words of a text, or of a document that is nothing else; None of what has to be looked at."""
    if isinstance(part, Text):
        return part.text
    if not isinstance(part, Document):
        return None
    text = part.text
    if not text and part.data and part.media_type.startswith("text/"):
        try:
            text = base64.b64decode(part.data, validate=True).decode()
        except (binascii.Error, ValueError):
            return None
    if not text and (part.data or part.url):
        return None
    return f"{part.name}\n\n{text}" if part.name else text


def _call(call: ToolUse) -> Message:
    function = {"name": call.name, "arguments": call.arguments.strip() or "{}"}
    return {"id": call.id, "type": "function", "function": function}


def _data_url(media_type: str, data: str) -> str:
    return f"data:{media_type or 'image/png'};base64,{data}"


def _begin_of_loop(turns: tuple[Turn, ...]) -> int:
    """From which turn on the model's tools are at work: behind the last turn in which the user said something itself."""
    for place in range(len(turns) - 1, -1, -1):
        turn = turns[place]
        if turn.role == "user" and not all(isinstance(part, ToolResult) for part in turn.parts):
            return place + 1
    return 0
