"""The items of a vendor's output: words, thinking, calls, and the vendor's own tools at work."""

from __future__ import annotations

from typing import Any

import msgspec

from lanewise.core.answer import Content, Finish, Thought, TokenLogprob, ToolCall

#: Items that are no part of an answer.
MUTE_ITEMS = frozenset({"reasoning", "compaction", ""})
CALLS = frozenset({"function_call", "custom_tool_call"})
BETWEEN_SUMMARIES = "\n\n"
#: Between a namespace and a tool's name, where both are said in one.
OF_NAMESPACE = "__"


class OutputItem(msgspec.Struct, gc=False):
    """One item of the output. Leaves are read as they come: an unknown shape of one must not cost the whole answer."""

    type: str = ""
    id: Any = None
    content: Any = None
    summary: Any = None
    encrypted_content: Any = None
    call_id: Any = None
    name: Any = None
    namespace: Any = None
    arguments: Any = None
    input: Any = None


def content_of(items: list[OutputItem]) -> Content:
    """What the items say together."""
    parts = [part for item in items if item.type == "message" for part in dicts(item.content)]
    thoughts = tuple(thought_of(item) for item in items if item.type == "reasoning")
    return Content(
        text="".join(text_or_empty(part.get("text")) for part in parts if part.get("type") == "output_text"),
        reasoning="".join(thought.text for thought in thoughts),
        refusal="".join(text_or_empty(part.get("refusal")) for part in parts if part.get("type") == "refusal"),
        tool_calls=tuple(call_of(item) for item in items if item.type in CALLS),
        thoughts=thoughts,
        logprobs=tuple(each for part in parts for each in logprobs_of(part.get("logprobs"))),
    )


def thought_of(item: OutputItem) -> Thought:
    """A reasoning item: its summary, or its words where the vendor shows them, and what proves it."""
    summary = BETWEEN_SUMMARIES.join(text_or_empty(part.get("text")) for part in dicts(item.summary))
    text = summary or "".join(text_or_empty(part.get("text")) for part in dicts(item.content))
    return Thought(text=text, encrypted=text_or_empty(item.encrypted_content), id=text_or_empty(item.id))


def call_of(item: OutputItem) -> ToolCall:
    """A call of a function, or of a tool that takes free text, which stands in the place of arguments."""
    return ToolCall(
        id=text_or_empty(item.call_id) or text_or_empty(item.id), name=name_of(item), arguments=arguments_of(item)
    )


def name_of(item: OutputItem) -> str:
    """The called tool's name, its namespace before it."""
    name, namespace = text_or_empty(item.name), text_or_empty(item.namespace)
    return f"{namespace}{OF_NAMESPACE}{name}" if namespace else name


def arguments_of(item: OutputItem) -> str:
    """A call's arguments as text, byte for byte where they came as text."""
    given = item.input if item.type == "custom_tool_call" else item.arguments
    if given is None:
        return ""
    return given if isinstance(given, str) else msgspec.json.encode(given).decode()


def logprobs_of(told: object) -> tuple[TokenLogprob, ...]:
    """Log-probabilities, as far as they are some."""
    found: list[TokenLogprob] = []
    for each in dicts(told):
        token, number = each.get("token"), each.get("logprob")
        if isinstance(token, str) and isinstance(number, int | float):
            top = tuple(
                (other["token"], float(other["logprob"]))
                for other in dicts(each.get("top_logprobs"))
                if isinstance(other.get("token"), str) and isinstance(other.get("logprob"), int | float)
            )
            found.append(TokenLogprob(token=token, logprob=float(number), top=top))
    return tuple(found)


def finish_of(status: object, reason: object, *, calls: bool) -> Finish | None:
    """Why the model stopped, by the answer's status, the reason of an incomplete one, and whether it calls a tool."""
    if status == "completed":
        return Finish.TOOL_CALLS if calls else Finish.STOP
    if status != "incomplete":
        return None if status is None else Finish.OTHER
    return {"max_output_tokens": Finish.LENGTH, "content_filter": Finish.CONTENT_FILTER}.get(str(reason), Finish.OTHER)


def dicts(value: object) -> list[dict[str, Any]]:
    """The objects in a list; nothing where it is none."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def text_or_empty(value: object) -> str:
    """The string, or an empty one where there is none."""
    return value if isinstance(value, str) else ""
