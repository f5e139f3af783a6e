"""Anthropic's whole messages, read."""

from __future__ import annotations

from typing import Any

import msgspec

from lanewise.core.answer import Content, Finish, Thought, ToolCall
from lanewise.core.failure import Failure
from lanewise.core.protocols.dialect import WireAnswer
from lanewise.wire.anthropic.answer_tool import ANSWER_TOOL
from lanewise.wire.anthropic.usage import read_usage
from lanewise.wire.failure import failure_in_answer
from lanewise.wire.silence import is_blank, should_have_spoken


class _Block(msgspec.Struct, gc=False):
    type: str = ""
    text: Any = None
    thinking: Any = None
    signature: Any = None
    data: Any = None
    id: Any = None
    name: Any = None
    input: msgspec.Raw = msgspec.Raw()


class _Message(msgspec.Struct, gc=False):
    content: list[_Block] | None = None
    model: Any = ""
    stop_reason: Any = None
    stop_details: Any = None
    usage: dict[str, Any] | None = None


class _Unread(msgspec.Struct, gc=False):
    """A block of which only is known what it is."""

    type: str = ""
    name: Any = None
    text: msgspec.Raw = msgspec.Raw()


class _MessageOutline(msgspec.Struct, gc=False):
    content: list[_Unread] | None = None
    model: Any = ""
    stop_reason: Any = None
    usage: dict[str, Any] | None = None


_WHOLE = msgspec.json.Decoder(_Message)
_OUTLINE = msgspec.json.Decoder(_MessageOutline)
#: Blocks that are no part of an answer: thinking, and the note that the vendor itself gave the request to another model.
MUTE_BLOCKS = frozenset({"", "thinking", "redacted_thinking", "fallback"})
_FINISHES = {
    "end_turn": Finish.STOP,
    "stop_sequence": Finish.STOP,
    "max_tokens": Finish.LENGTH,
    "model_context_window_exceeded": Finish.LENGTH,
    "tool_use": Finish.TOOL_CALLS,
    "refusal": Finish.CONTENT_FILTER,
}


def finish_of(reason: object) -> Finish | None:
    """The core's word for a `stop_reason`."""
    return _FINISHES.get(reason, Finish.OTHER) if isinstance(reason, str) else None


def read_answer(body: bytes, *, want_content: bool) -> WireAnswer:
    """What a whole body says; its content is only decoded where it is wanted."""
    try:
        told: _Message | _MessageOutline = (_WHOLE if want_content else _OUTLINE).decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _no_answer(failure_in_answer(body))
    if told.content is None:
        return _no_answer(failure_in_answer(body))
    finish = finish_of(told.stop_reason)
    if finish is Finish.TOOL_CALLS and _is_answer_alone(told.content):
        finish = Finish.STOP
    return WireAnswer(
        finish=finish,
        empty=_says_nothing(told.content) and should_have_spoken(finish),
        usage=None if told.usage is None else read_usage(told.usage),
        served_model=told.model if isinstance(told.model, str) else "",
        content=_content(told) if isinstance(told, _Message) else None,
    )


def _no_answer(failure: Failure) -> WireAnswer:
    return WireAnswer(finish=None, usage=None, served_model="", failure=failure)


def _says_nothing(blocks: list[_Block] | list[_Unread]) -> bool:
    for block in blocks:
        if block.type == "text":
            text = block.text
            blank = is_blank(text) if isinstance(text, msgspec.Raw) else not (isinstance(text, str) and text.strip())
            if not blank:
                return False
        elif block.type not in MUTE_BLOCKS:
            return False
    return True


def _thoughts(blocks: list[_Block]) -> tuple[Thought, ...]:
    """Every piece of thinking with its proof; none where no piece has one."""
    thoughts = tuple(
        Thought(encrypted=text_of(block.data))
        if block.type == "redacted_thinking"
        else Thought(text=text_of(block.thinking), signature=text_of(block.signature))
        for block in blocks
        if block.type in {"thinking", "redacted_thinking"}
    )
    return thoughts if any(thought.signature or thought.encrypted for thought in thoughts) else ()


def text_of(value: object) -> str:
    """The string, or an empty one."""
    return value if isinstance(value, str) else ""


def refusal_of(finish: Finish | None, details: object) -> str:
    """The vendor's own words for its refusal, where `stop_details` has any."""
    if finish is not Finish.CONTENT_FILTER or not isinstance(details, dict):
        return ""
    return text_of(details.get("explanation"))


def _is_answer_alone(blocks: list[_Block] | list[_Unread]) -> bool:
    """Whether the only tool that was called is the one whose arguments are the answer."""
    names = [block.name for block in blocks if block.type == "tool_use"]
    return bool(names) and all(name == ANSWER_TOOL for name in names)


def _content(message: _Message) -> Content:
    blocks = message.content or []
    calls = [block for block in blocks if block.type == "tool_use"]
    answers = [bytes(block.input).decode() for block in calls if block.name == ANSWER_TOOL]
    words = (text_of(block.text) for block in blocks if block.type == "text")
    return Content(
        text=answers[0] if answers else "".join(words),
        reasoning="".join(text_of(block.thinking) for block in blocks if block.type == "thinking"),
        refusal=refusal_of(finish_of(message.stop_reason), message.stop_details),
        tool_calls=tuple(
            ToolCall(id=str(block.id or ""), name=str(block.name or ""), arguments=bytes(block.input).decode() or "{}")
            for block in calls
            if block.name != ANSWER_TOOL
        ),
        thoughts=_thoughts(blocks),
    )
