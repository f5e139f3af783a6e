"""What an answer comes to, so that two that say the same count as the same: its final words, without their dress."""

from __future__ import annotations

import msgspec

from lanewise.core.answer import Content
from lanewise.core.final_answer import Mark, final_answer, same_for_votes

#: Not the last number: in prose it is often beside the point, and the answers would seem to agree.
_MARKS: tuple[Mark, ...] = ("boxed", "hashes", "said")


def answer_in(content: Content | None) -> str:
    """The answer's tool calls, its JSON in one way of writing, its final answer where it names one, else all of its words."""
    if content is None:
        return ""
    if content.tool_calls:
        return "; ".join(f"{call.name}({_same_json(call.arguments)})" for call in content.tool_calls)
    text = content.text.strip()
    same = _same_json(text)
    if same != text or text.startswith(("{", "[")):
        return same
    final = final_answer(text, _MARKS)
    return same_for_votes(text if final is None else final.text)


def _same_json(text: str) -> str:
    try:
        return msgspec.json.encode(msgspec.json.decode(text), order="sorted").decode() if text[:1] in "{[" else text
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return text
