"""A messages request as a conversation: what is carried, what is told as lost, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from lanewise.core.conversation import (
    Conversation,
    Document,
    Image,
    Text,
    Thinking,
    Tool,
    ToolChoice,
    ToolResult,
    ToolUse,
    Turn,
)
from lanewise.core.errors import InvalidRequest
from lanewise.wire.anthropic.conversation import read_conversation
from wire.calls import MESSAGES, messages

MARKER = {"type": "ephemeral"}
TOOL = {"name": "f", "description": "d", "input_schema": {"type": "object"}}


def told(**members: Any) -> tuple[Conversation, list[str]]:
    conversation, dropped = read_conversation(messages(**members))
    return conversation, dropped


def user(*content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content[0] if isinstance(content[0], str) else list(content)}


def parts(*content: Any, role: str = "user") -> tuple[Any, ...]:
    conversation, _ = told(messages=[{"role": role, "content": list(content)}])
    return conversation.turns[-1].parts


def test_a_plain_request_loses_nothing() -> None:
    conversation, dropped = told(system="Be kind.", temperature=0.5, top_p=0.9, top_k=5, stop_sequences=["END"])
    assert conversation == Conversation(
        turns=(Turn(role="user", parts=(Text(text="Hello"),)),),
        system=(Text(text="Be kind."),),
        temperature=0.5,
        top_p=0.9,
        top_k=5,
        stop=("END",),
    )
    assert dropped == []


def test_neighbours_of_one_side_are_one_turn() -> None:
    conversation, _ = told(messages=[user("a"), user("b"), {"role": "assistant", "content": "c"}])
    assert [(turn.role, len(turn.parts)) for turn in conversation.turns] == [("user", 2), ("assistant", 1)]


def test_thinking_keeps_its_proof_and_says_whose_it_is() -> None:
    assert parts(
        {"type": "thinking", "thinking": "hm", "signature": "proof"},
        {"type": "redacted_thinking", "data": "xyz"},
        {"type": "thinking", "thinking": "of another", "signature": ""},
        {"type": "text", "text": "8"},
        role="assistant",
    ) == (
        Thinking(text="hm", signature="proof", origin=MESSAGES),
        Thinking(encrypted="xyz", origin=MESSAGES),
        Thinking(text="of another"),
        Text(text="8"),
    )


def test_tool_calls_and_results_keep_their_bytes_their_failure_and_their_pictures() -> None:
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}}
    body = (
        b'{"model":"m","messages":[{"role":"user","content":"x"},'
        b'{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{"x": 1.10}}]}]}'
    )
    conversation, _ = read_conversation(body)
    assert conversation.turns[-1].parts == (ToolUse(id="t", name="f", arguments='{"x": 1.10}'),)
    result = {
        "type": "tool_result",
        "tool_use_id": "t",
        "is_error": True,
        "content": [{"type": "text", "text": "no", "cache_control": MARKER}, image],
    }
    assert parts(result) == (
        ToolResult(
            call_id="t",
            parts=(Text(text="no"), Image(data="aGk=", media_type="image/png")),
            failed=True,
            cache_marker=b'{"type": "ephemeral"}',
        ),
    )
    assert parts({"type": "tool_result", "tool_use_id": "t"}) == (ToolResult(call_id="t", parts=()),)


@pytest.mark.parametrize(
    ("block", "part"),
    [
        ({"type": "image", "source": {"type": "url", "url": "https://a/b.png"}}, Image(url="https://a/b.png")),
        (
            {
                "type": "document",
                "title": "A",
                "source": {"type": "base64", "media_type": "application/pdf", "data": "aGk="},
            },
            Document(data="aGk=", media_type="application/pdf", name="A"),
        ),
        (
            {"type": "document", "source": {"type": "url", "url": "https://a/b.pdf"}},
            Document(url="https://a/b.pdf", media_type="application/pdf"),
        ),
        (
            {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "words"}},
            Document(text="words", media_type="text/plain"),
        ),
        (
            {"type": "document", "source": {"type": "content", "content": [{"type": "text", "text": "words"}]}},
            Document(text="words", media_type="text/plain"),
        ),
        (
            {
                "type": "search_result",
                "source": "https://a",
                "title": "A",
                "content": [{"type": "text", "text": "found"}],
            },
            Document(text="found", media_type="text/plain", name="A - https://a"),
        ),
        ({"type": "compaction", "content": "What was said before"}, Text(text="What was said before")),
    ],
)
def test_material_of_every_kind_is_carried(block: dict[str, Any], part: Any) -> None:
    assert parts(block) == (part,)


def test_cache_markers_stay_on_their_parts() -> None:
    conversation, _ = told(
        system=[{"type": "text", "text": "s", "cache_control": MARKER}],
        tools=[{**TOOL, "cache_control": MARKER}],
        messages=[user({"type": "text", "text": "u", "cache_control": None})],
    )
    marker = b'{"type": "ephemeral"}'
    assert (conversation.system[0].cache_marker, conversation.tools[0].cache_marker) == (marker, marker)
    assert conversation.turns[0].parts == (Text(text="u"),)


def test_instructions_in_the_middle_move_to_the_front_and_say_so() -> None:
    conversation, dropped = told(system="A", messages=[user("x"), {"role": "system", "content": "B"}])
    assert [text.text for text in conversation.system] == ["A", "B"]
    assert dropped == ["messages: a system message after the first turn was moved to the front"]


def test_tools_keep_their_schemas_and_how_strict_they_are() -> None:
    conversation, dropped = told(tools=[{**TOOL, "strict": True, "defer_loading": True}], tool_choice={"type": "auto"})
    assert conversation.tools == (Tool(name="f", description="d", schema=b'{"type": "object"}', strict=True),)
    assert dropped == ["tools[].defer_loading: this vendor has no such setting"]


@pytest.mark.parametrize(
    ("choice", "meaning"),
    [
        ({"type": "auto", "disable_parallel_tool_use": True}, ToolChoice(parallel=False)),
        ({"type": "any"}, ToolChoice(mode="any")),
        ({"type": "none"}, ToolChoice(mode="none")),
        ({"type": "tool", "name": "f"}, ToolChoice(mode="tool", name="f")),
    ],
)
def test_the_choice_of_a_tool(choice: dict[str, Any], meaning: ToolChoice) -> None:
    conversation, _ = told(tools=[TOOL], tool_choice=choice)
    assert conversation.tool_choice == meaning


@pytest.mark.parametrize(
    "members",
    [
        {"output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}}},
        {"output_format": {"type": "json_schema", "schema": {"type": "object"}}},
    ],
)
def test_a_schema_is_carried(members: dict[str, Any]) -> None:
    conversation, dropped = told(**members)
    assert (conversation.schema, dropped) == (b'{"type": "object"}', [])


def test_the_user_is_carried_and_hints_are_lanewise_s_own() -> None:
    conversation, dropped = told(metadata={"user_id": "u-1", "task": "sum"})
    assert (conversation.user, dropped) == ("u-1", [])
    _, dropped = told(metadata={"order": "4711"})
    assert dropped == ["metadata: this vendor keeps no messages to tag"]


@pytest.mark.parametrize(
    ("members", "param"),
    [
        ({"messages": [{"role": "later", "content": "x"}]}, "messages[0].role"),
        ({"messages": [user({"type": "tool_result"})]}, "messages[0].content[0].tool_use_id"),
        (
            {"messages": [user({"type": "tool_result", "tool_use_id": "t", "content": 7})]},
            "messages[0].content[0].content",
        ),
        (
            {"messages": [user({"type": "document", "source": {"type": "file", "file_id": "f"}})]},
            "messages[0].content[0].source",
        ),
        ({"messages": [user({"type": "image", "source": {"type": "later"}})]}, "messages[0].content[0].source.type"),
        ({"messages": [user({"type": "image", "source": 7})]}, "messages[0].content[0].source"),
        ({"system": [{"type": "image"}]}, "system[0]"),
        ({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}, "tools[0].type"),
        ({"tool_choice": {"type": "later"}}, "tool_choice"),
        ({"tool_choice": {"type": "tool"}}, "tool_choice"),
    ],
)
def test_what_would_be_another_question_is_refused_by_its_name(members: dict[str, Any], param: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        told(**members)
    assert refused.value.param == param
    assert param in refused.value.message
