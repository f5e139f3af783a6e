"""Proved thinking put back into a conversation for its own vendor, and taken out for every other.

A dialect's writer sends only proofs of its own dialect, and leaves out what has none. What is decided here is finer: proofs of another
account or model of the same dialect are taken off, and those that the caller's dialect has no room for are put back.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping

import msgspec
from msgspec import structs

from lanewise.core.answer import Thought
from lanewise.core.conversation import Conversation, Part, Thinking, ToolUse, Turn
from lanewise.core.protocols.reasoning import Kept, Origin
from lanewise.core.request import Dialect

_PROOF = re.compile(
    rb'"(?:signature|data|encrypted_content|thoughtSignature|thought_signature)"[ \t\r\n]*:[ \t\r\n]*"([^"\\]{16,})"'
)
_STANDARD, _URL_SAFE = str.maketrans("-_", "+/"), str.maketrans("+/", "-_")  # the two alphabets of base64
_TELLING_CHARS = 256  # of a proof's end: no two proofs have the same
_NOT_MINE = "skip_thought_signature_validator"  # Google's own word for a call that another model made
_OWN_ITEM = "rs_lanewise_"  # begins the ids of reasoning items that OpenAI is never sent
_MOST_NAMES = 2_000  # of one conversation that are looked up


def proofs_in(body: bytes) -> list[str]:
    """The names of what may be proofs in a caller's body of any dialect, each once; a few too many do no harm."""
    found = dict.fromkeys(_name_of(match[1].decode("utf-8", "replace")) for match in _PROOF.finditer(body))
    return list(found)[-_MOST_NAMES:]


def single_proofs(kept: Kept) -> dict[str, Kept]:
    """Each of an answer's proofs by its name: enough to know it again in a caller's own bytes, and whose it is."""
    bare = [structs.replace(thought, text="") for thought in kept.thoughts]
    named = {_name_of(thought.signature or thought.encrypted): thought for thought in bare}
    named |= {_name_of(signature): Thought(signature=signature) for signature in kept.signatures}
    return {name: Kept(origin=kept.origin, thoughts=(thought,)) for name, thought in named.items() if name}


def call_ids_of(conversation: Conversation) -> list[str]:
    """The first tool call's id of each answer."""
    return [call.id for turn in conversation.turns if (call := _first_call(turn)) is not None][-_MOST_NAMES:]


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
    return body


def _name_of(proof: str) -> str:
    """A proof's end in one alphabet of base64: Google's own SDK writes back in the other one what it read."""
    return proof.translate(_STANDARD)[-_TELLING_CHARS:]


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
        for signature in {
            thought.signature,
            thought.signature.translate(_STANDARD),
            thought.signature.translate(_URL_SAFE),
        }:
            body = _replaced(body, signature, _NOT_MINE)
        return body
    return _replaced(_replaced(body, thought.signature, ""), thought.encrypted, "")


def _replaced(body: bytes, said: str, instead: str) -> bytes:
    """The body with one JSON string exchanged, wherever it stands alone."""
    if not said:
        return body
    return body.replace(msgspec.json.encode(said), msgspec.json.encode(instead))
