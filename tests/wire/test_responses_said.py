"""A conversation of any dialect as a Responses call."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from msgspec import structs

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
    Translated,
    Turn,
)
from lanewise.core.errors import InvalidRequest
from lanewise.core.policy import Adaptation, ModelFacts
from lanewise.core.protocols.dialect import WireCall
from lanewise.core.request import Dialect
from lanewise.wire.openai_responses.said import say_call
from wire.calls import HELLO, call
from wire.responses_calls import RESPONSES

HELLO_TURN = Turn(role="user", parts=(Text(text="Hello"),))
THINKS = ModelFacts(thinking="effort", efforts=("low", "medium", "high"))


def wire(conversation: Conversation, facts: ModelFacts | None = None, **limits: Any) -> WireCall:
    return say_call(call(HELLO, dialect=RESPONSES, facts=facts, **limits), Translated(conversation, []))


def said(*turns: Turn, facts: ModelFacts | None = None, **members: Any) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(wire(Conversation(turns=turns or (HELLO_TURN,), **members), facts).body)
    return body


def lost(facts: ModelFacts | None = None, **members: Any) -> list[str]:
    told = wire(Conversation(turns=(HELLO_TURN,), **members), facts).dropped
    return [each.partition(":")[0] for each in told]


def test_a_plain_question_is_not_for_the_vendor_to_keep() -> None:
    assert said(system=(Text(text="Be brief."), Text(text="Be kind.")), user="ada") == {
        "model": "served-model",
        "max_output_tokens": 4_096,
        "store": False,
        "instructions": "Be brief.\n\nBe kind.",
        "input": [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello"}]}],
        "user": "ada",
    }


def test_words_calls_and_outputs_are_items_in_their_order() -> None:
    turns = (
        HELLO_TURN,
        Turn(role="assistant", parts=(Text(text="I will"), ToolUse(id="c", name="f", arguments='{"n": 1.0}'))),
        Turn(
            role="user",
            parts=(
                ToolResult(call_id="c", parts=(Text(text="four"), Text(text="five"))),
                ToolResult(call_id="d", parts=(Text(text="see"), Image(data="AAAA", media_type="image/png"))),
                Text(text="And?"),
            ),
        ),
    )
    assert said(*turns)["input"][1:] == [
        {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "I will", "annotations": []}],
        },
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": '{"n": 1.0}'},
        {"type": "function_call_output", "call_id": "c", "output": "four\nfive"},
        {
            "type": "function_call_output",
            "call_id": "d",
            "output": [
                {"type": "input_text", "text": "see"},
                {"type": "input_image", "image_url": "data:image/png;base64,AAAA"},
            ],
        },
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "And?"}]},
    ]


@pytest.mark.parametrize(
    ("document", "part"),
    [
        (Document(text="words"), {"type": "input_text", "text": "words"}),
        (Document(url="https://a/b.pdf"), {"type": "input_file", "file_url": "https://a/b.pdf"}),
        (
            Document(data="JVBE", media_type="application/pdf"),
            {"type": "input_file", "filename": "document.pdf", "file_data": "data:application/pdf;base64,JVBE"},
        ),
    ],
)
def test_files(document: Document, part: dict[str, Any]) -> None:
    assert said(Turn(role="user", parts=(document,)))["input"][0]["content"] == [part]


def test_thinking_returns_to_whoever_gave_it_and_to_nobody_else() -> None:
    own = Thinking(id="rs_1", encrypted="sealed", text="hm", origin=Dialect.OPENAI_RESPONSES)
    foreign = Thinking(text="hm", signature="proof", origin=Dialect.ANTHROPIC_MESSAGES)
    conversation = Conversation(turns=(HELLO_TURN, Turn(role="assistant", parts=(own, foreign, Text(text="yes")))))
    call_ = wire(conversation)
    items = json.loads(call_.body)["input"]
    assert items[1] == {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "sealed"}
    assert b"proof" not in call_.body
    assert call_.dropped == ("thinking: it is never sent to another vendor",)


def test_tools_are_strict_only_where_they_say_so() -> None:
    tools = (Tool(name="f", description="d", schema=b'{"n": 1.10}'), Tool(name="g", strict=True))
    body = wire(Conversation(turns=(HELLO_TURN,), tools=tools)).body
    first, second = json.loads(body)["tools"]
    assert (first["strict"], second["strict"]) == (False, True)
    assert b'"parameters":{"n": 1.10}' in body


@pytest.mark.parametrize(
    ("choice", "members"),
    [
        (ToolChoice(), {}),
        (ToolChoice(parallel=False), {"parallel_tool_calls": False}),
        (ToolChoice(mode="none"), {"tool_choice": "none"}),
        (ToolChoice(mode="any"), {"tool_choice": "required"}),
        (ToolChoice(mode="tool", name="f"), {"tool_choice": {"type": "function", "name": "f"}}),
        (
            ToolChoice(mode="any", allowed=("f",)),
            {
                "tool_choice": {
                    "type": "allowed_tools",
                    "mode": "required",
                    "tools": [{"type": "function", "name": "f"}],
                }
            },
        ),
    ],
)
def test_the_choice_of_a_tool(choice: ToolChoice, members: dict[str, Any]) -> None:
    body = said(tools=(Tool(name="f"),), tool_choice=choice)
    assert {key: body[key] for key in ("tool_choice", "parallel_tool_calls") if key in body} == members


def test_a_choice_that_cannot_be_forced_is_free_and_told() -> None:
    facts = ModelFacts(forced_tools=False)
    members: dict[str, Any] = {"tools": (Tool(name="f"),), "tool_choice": ToolChoice(mode="any")}
    assert "tool_choice" not in said(facts=facts, **members)
    assert lost(facts, **members) == ["tool_choice"]


def test_formats() -> None:
    schema: dict[str, Any] = {"schema": b'{"type":"object"}', "schema_name": "sum", "schema_strict": True}
    assert said(**schema)["text"]["format"] == {
        "type": "json_schema",
        "name": "sum",
        "schema": {"type": "object"},
        "strict": True,
    }
    assert said(json_mode=True)["text"]["format"] == {"type": "json_object"}
    assert lost(ModelFacts(json_schema=False), **schema) == ["response_format"]


def test_thinking_is_asked_for_with_its_proof() -> None:
    body = json.loads(wire(Conversation(turns=(HELLO_TURN,)), THINKS, effort="high").body)
    assert body["reasoning"] == {"effort": "high", "summary": "auto"}
    assert body["include"] == ["reasoning.encrypted_content"]
    assert "reasoning" not in said(facts=THINKS)
    assert wire(Conversation(turns=(HELLO_TURN,)), ModelFacts(), effort="high").dropped == (
        "reasoning_effort: the model has no thinking to steer",
    )


def test_sampling_as_far_as_the_model_leaves_it_free() -> None:
    free = said(temperature=0.5, top_p=0.9, logprobs=3)
    assert (free["temperature"], free["top_p"], free["top_logprobs"]) == (0.5, 0.9, 3)
    assert "message.output_text.logprobs" in said(logprobs=0)["include"]  # a number of alternatives alone asks for none
    bound = ModelFacts(sampling=False, logprobs=False)
    assert lost(bound, temperature=0.5, top_p=1.0, logprobs=3) == ["temperature", "logprobs"]
    assert lost(ModelFacts(refused_parameters=("top_p",)), top_p=0.5) == ["top_p"]


def test_what_this_dialect_has_no_words_for_is_told() -> None:
    unsaid = lost(stop=("END",), seed=7, top_k=4, presence_penalty=0.5, frequency_penalty=0.5)
    assert unsaid == ["stop", "seed", "top_k", "presence_penalty", "frequency_penalty"]
    assert lost(system=(Text(text="x", cache_marker=b"{}"),)) == ["cache_control"]


def test_a_conversation_in_which_nothing_is_said_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="all are empty"):
        wire(Conversation(turns=(Turn(role="user", parts=(Text(text=""),)),)))


def test_summaries_of_thinking_are_not_asked_for_where_the_account_may_not_have_them() -> None:
    made = call(HELLO, dialect=RESPONSES, facts=THINKS, effort="high")
    at = dataclasses.replace(made.deployment, adaptation=Adaptation(summaries="off"))
    sent = say_call(structs.replace(made, deployment=at), Translated(Conversation(turns=(HELLO_TURN,)), []))
    assert json.loads(sent.body)["reasoning"] == {"effort": "high"}
