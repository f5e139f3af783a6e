"""Proved thinking put back into a conversation for its own vendor, and taken out for every other.

A dialect's writer sends only proofs of its own dialect, and leaves out what has none. What is decided here is finer: proofs of another
account or model of the same dialect are taken off, and those that the caller's dialect has no room for are put back.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping

import msgspec

from lanewise.core.answer import Thought
from lanewise.core.conversation import Conversation, Part, Thinking, ToolUse, Turn
from lanewise.core.protocols.reasoning import Kept, Origin
from lanewise.core.request import Dialect

_CALL_ID = re.compile(rb'"(?:tool_use_id|tool_call_id|call_id|id)"[ \t\r\n]*:[ \t\r\n]*"([^"\\]{1,256})"')
_NOT_MINE = "skip_thought_signature_validator"  # Google's own word for a call that another model made
_OWN_ITEM = "rs_lanewise_"  # begins the ids of reasoning items that OpenAI is never sent
_MOST_IDS = 2_000  # tool calls of one conversation that are looked up


def call_ids_in(body: bytes) -> list[str]:
    """What may be ids of tool calls in a caller's body of any dialect, each once; a few too many do no harm."""
    found = dict.fromkeys(match[1] for match in _CALL_ID.finditer(body))
    return [each.decode("utf-8", "replace") for each in list(found)[-_MOST_IDS:]]


def call_ids_of(conversation: Conversation) -> list[str]:
    """The first tool call's id of each answer."""
    return [call.id for turn in conversation.turns if (call := _first_call(turn)) is not None][-_MOST_IDS:]


def attached(conversation: Conversation, kept: Mapping[str, Kept], origin: Origin) -> Conversation:
    """The conversation as `origin` may see it: its own thinking where it is kept, nobody else's proofs."""
    turns = tuple(_attached(turn, kept, origin) for turn in conversation.turns)
    return dataclasses.replace(conversation, turns=turns)


def disowned(body: bytes, kept: Iterable[Kept]) -> bytes:
    """A caller's own bytes with the proofs of these answers spoilt, so that the dialect's writer leaves their thinking out.

    Only for answers of the body's own dialect.
    """
    for each in kept:
        for thought in each.thoughts:
            body = _without_thought(body, thought, each.origin.dialect)
        for signature in each.signatures:
            body = _replaced(body, signature, _NOT_MINE)
    return body


def _first_call(turn: Turn) -> ToolUse | None:
    return next((part for part in turn.parts if isinstance(part, ToolUse)), None) if turn.role == "assistant" else None


def _attached(turn: Turn, kept: Mapping[str, Kept], origin: Origin) -> Turn:
    first = _first_call(turn)
    state = None if first is None else kept.get(first.id)
    if state is None:
        return turn
    if state.origin != origin:
        return Turn(role=turn.role, parts=tuple(_unproved(part) for part in turn.parts))
    signatures = dict(zip(state.call_ids, state.signatures, strict=False))
    thoughts = [_thinking(thought, origin.dialect) for thought in state.thoughts]
    said = [_signed(part, signatures) for part in turn.parts if not isinstance(part, Thinking)]
    return Turn(role=turn.role, parts=(*thoughts, *said))


def _thinking(thought: Thought, dialect: Dialect) -> Thinking:
    return Thinking(
        text=thought.text, signature=thought.signature, encrypted=thought.encrypted, id=thought.id, origin=dialect
    )


def _signed(part: Part, signatures: Mapping[str, str]) -> Part:
    return dataclasses.replace(part, signature=signatures.get(part.id, "")) if isinstance(part, ToolUse) else part


def _unproved(part: Part) -> Part:
    if isinstance(part, Thinking):
        return Thinking(text=part.text, cache_marker=part.cache_marker)
    return _signed(part, {})


def _without_thought(body: bytes, thought: Thought, dialect: Dialect) -> bytes:
    if dialect is Dialect.OPENAI_RESPONSES:
        return _replaced(body, thought.id, _OWN_ITEM + thought.id) if thought.id and thought.encrypted else body
    if dialect is Dialect.GEMINI:
        return _replaced(body, thought.signature, _NOT_MINE)
    return _replaced(_replaced(body, thought.signature, ""), thought.encrypted, "")


def _replaced(body: bytes, said: str, instead: str) -> bytes:
    """The body with one JSON string exchanged, wherever it stands alone."""
    if not said:
        return body
    return body.replace(msgspec.json.encode(said), msgspec.json.encode(instead))
