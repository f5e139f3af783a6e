"""What a message or a delta says, in the spellings of OpenAI-compatible vendors."""

from __future__ import annotations

from typing import Any

import msgspec

from lanewise.core.answer import Finish


class Function(msgspec.Struct, gc=False):
    """A function to call. Some vendors send arguments as an object instead of text."""

    name: Any = None
    arguments: Any = None


class ToolCallPart(msgspec.Struct, gc=False):
    """A tool call or a piece of one. Some vendors send no index."""

    index: Any = None
    id: Any = None
    function: Function | None = None
    custom: Any = None


class Message(msgspec.Struct, gc=False):
    """A message or a delta. Leaves are read as they come: an unknown shape of one must not cost the whole answer."""

    content: Any = None
    reasoning_content: Any = None
    reasoning: Any = None
    reasoning_details: Any = None
    refusal: Any = None
    tool_calls: list[ToolCallPart] | None = None
    function_call: Function | None = None
    audio: Any = None
    images: Any = None


#: Visible text, thinking and the vendor's proof of it.
Said = tuple[str, str, str]


_FINISHES = {
    "stop": Finish.STOP,
    "eos": Finish.STOP,
    "end_turn": Finish.STOP,
    "length": Finish.LENGTH,
    "max_tokens": Finish.LENGTH,
    "model_length": Finish.LENGTH,
    "tool_calls": Finish.TOOL_CALLS,
    "function_call": Finish.TOOL_CALLS,
    "tool_use": Finish.TOOL_CALLS,
    "content_filter": Finish.CONTENT_FILTER,
}
FINISH_WORDS = {
    Finish.STOP: "stop",
    Finish.LENGTH: "length",
    Finish.TOOL_CALLS: "tool_calls",
    Finish.CONTENT_FILTER: "content_filter",
    Finish.OTHER: "stop",
}


def finish_of(reason: object) -> Finish | None:
    """The core's word for a `finish_reason`; some vendors send an empty one while they go on."""
    if not isinstance(reason, str) or not reason:
        return None
    return _FINISHES.get(reason, Finish.OTHER)


def said(message: Message, reasoning_field: str | None) -> Said:
    """Text and thinking of a message. A vendor that sends the same thinking in several fields is heard once."""
    content = message.content
    first, second = message.reasoning_content, message.reasoning
    if content.__class__ is str and first is None and second is None and message.reasoning_details is None:
        return content, "", ""
    text, thought = (content, "") if isinstance(content, str) else _parts(content)
    if reasoning_field == "reasoning":
        first, second = second, first
    thought += text_or_none(first) or text_or_none(second) or ""
    details, signature = _details(message.reasoning_details)
    return text, thought or details, signature


def arguments_of(function: Function | None) -> str:
    """A call's arguments as text, byte for byte where they came as text."""
    arguments = None if function is None else function.arguments
    if arguments is None:
        return ""
    return arguments if isinstance(arguments, str) else msgspec.json.encode(arguments).decode()


def text_or_none(value: object) -> str | None:
    """The string, or None where there is none or it is empty."""
    return value if isinstance(value, str) and value else None


def _parts(parts: object) -> tuple[str, str]:
    """Mistral's content lists: text parts, and thinking parts that hold text parts themselves."""
    texts: list[str] = []
    thoughts: list[str] = []
    for part in parts if isinstance(parts, list) else ():
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(part, dict):
            thinking = part.get("thinking")
            if isinstance(thinking, list):
                thoughts.append(_parts(thinking)[0])
            elif isinstance(thinking, str):
                thoughts.append(thinking)
            elif isinstance(part.get("text"), str):
                texts.append(part["text"])
    return "".join(texts), "".join(thoughts)


def _details(details: object) -> tuple[str, str]:
    """OpenRouter's `reasoning_details`, which some vendors send alone."""
    thoughts: list[str] = []
    signature = ""
    for detail in details if isinstance(details, list) else ():
        if isinstance(detail, dict):
            text = detail.get("text") or detail.get("summary")
            if isinstance(text, str):
                thoughts.append(text)
            if isinstance(detail.get("signature"), str):
                signature = detail["signature"]
    return "".join(thoughts), signature
