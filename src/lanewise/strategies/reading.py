"""What an answer comes to, so that two that say the same count as the same: its final words, without their dress."""

from __future__ import annotations

import json

from lanewise.core.answer import Content, Finish, Generation
from lanewise.core.final_answer import Mark, final_answer, same_for_votes
from lanewise.core.json_once import read_once
from lanewise.core.said_aloud import said_aloud

#: Not the last number: in prose it is often beside the point, and the answers would seem to agree.
_MARKS: tuple[Mark, ...] = ("boxed", "hashes", "said")


def answer_in(content: Content | None) -> str:
    """The answer's tool calls, its JSON in one way of writing, its final answer where it names one, else all of its words."""
    if content is None:
        return ""
    if content.tool_calls:
        return "; ".join(f"{call.name}({_same_json(call.arguments)})" for call in content.tool_calls)
    text = said_aloud(content.text).strip()
    same = _same_json(text)
    if same != text or text.startswith(("{", "[")):
        return same
    final = final_answer(text, _MARKS)
    return same_for_votes(text if final is None else final.text)


def is_an_answer(generation: Generation) -> bool:
    """Whether a sample says something to the matter: not nothing, no refusal, no half an answer, none of several, no call
    that cannot be read.
    """
    content = generation.content
    if content is None or content.refusal or generation.others:
        return False
    if generation.finish in (Finish.LENGTH, Finish.CONTENT_FILTER):
        return False
    if content.tool_calls:
        return all(map(_is_json, (call.arguments for call in content.tool_calls)))
    return bool(said_aloud(content.text).strip())


def _is_json(arguments: str) -> bool:
    try:
        read_once(arguments or "{}")
    except (ValueError, RecursionError):
        return False
    return True


def _same_json(text: str) -> str:
    try:
        return (
            json.dumps(read_once(text), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
            if text[:1] in ("{", "[")
            else text
        )
    except (ValueError, RecursionError):
        return text
