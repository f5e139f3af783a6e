"""Thinking of earlier answers in a caller's messages: what the vendor signed goes back, what it never signed is left out.

A conversation that moved between vendors holds thinking of others, without a proof since no proof but Anthropic's own is worth anything
to it. Sent on it would be a 400.
"""

from __future__ import annotations

import msgspec

from lanewise.wire.anthropic.body import Block, Message
from lanewise.wire.anthropic.thinking import Circumstances
from lanewise.wire.edits import Edits
from lanewise.wire.splice import elements, members, splice

_MESSAGES = msgspec.json.Decoder(list[Message])
_UNSIGNED = "messages[].content[].thinking: thinking without a signature is not this vendor's, and never sent to it"
_KINDS = (b'"thinking"', b'"redacted_thinking"')


class Earlier:
    """Looks through the messages once, where there is thinking in them at all."""

    def __init__(self, edits: Edits) -> None:
        self._raw = edits.value("messages") or b"[]"
        self._read: list[Message] | None = None
        if _KINDS[0] in self._raw or _KINDS[1] in self._raw:
            self._leave_out(edits)

    def circumstances(self, *, forced_tool: bool) -> Circumstances:
        """What in the messages stands in thinking's way."""
        messages = [message for message in self._messages() if message.role != "system"]
        last = messages[-1]
        answers = last.role == "user" and any(block.type == "tool_result" for block in _blocks(last))
        before = _blocks(messages[-2]) if len(messages) > 1 else []
        return Circumstances(
            forced_tool=forced_tool,
            prefilled=last.role == "assistant",
            unsigned_loop=answers and not any(_is_signed(block) for block in before),
        )

    def _messages(self) -> list[Message]:
        if self._read is None:
            self._read = _MESSAGES.decode(self._raw)
        return self._read

    def _leave_out(self, edits: Edits) -> None:
        unsigned = {
            place: {number for number, block in enumerate(_blocks(message)) if _is_unsigned(block)}
            for place, message in enumerate(self._messages())
        }
        if not any(unsigned.values()):
            return
        messages = [
            _without(message, unsigned[place]) if unsigned[place] else message
            for place, message in enumerate(elements(self._raw))
        ]
        edits.set("messages", b"[" + b",".join(message for message in messages if message) + b"]")
        edits.dropped.append(_UNSIGNED)


def _blocks(message: Message) -> list[Block]:
    return message.content if isinstance(message.content, list) else []


def _is_signed(block: Block) -> bool:
    return bool(block.data if block.type == "redacted_thinking" else block.type == "thinking" and block.signature)


def _is_unsigned(block: Block) -> bool:
    return block.type in {"thinking", "redacted_thinking"} and not _is_signed(block)


def _without(message: bytes, numbers: set[int]) -> bytes:
    """The message without these blocks; nothing where no other block is in it."""
    found = members(message)
    _, start, end = found["content"]
    kept = [block for number, block in enumerate(elements(message[start:end])) if number not in numbers]
    return splice(message, {"content": b"[" + b",".join(kept) + b"]"}, found) if kept else b""
