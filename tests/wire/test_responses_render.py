"""A response made of what another vendor answered."""

from __future__ import annotations

from typing import Any

import pytest
from openai.types.responses import Response

from lanewise.core.answer import Content, Finish, Generation, Thought, TokenLogprob, ToolCall
from lanewise.core.request import Dialect
from lanewise.core.usage import Usage
from wire.responses_calls import FUNCTION, RESPONSES, answered, asked

MESSAGES = Dialect.ANTHROPIC_MESSAGES


def render(content: Content, finish: Finish = Finish.STOP, **asks: Any) -> dict[str, Any]:
    generation = Generation(
        dialect=MESSAGES,
        content=content,
        finish=finish,
        served_model="model-2026",
        usage=Usage(input_tokens=12, output_tokens=7),
    )
    return answered(generation, asked(**asks))


def test_it_is_what_the_official_client_expects() -> None:
    content = Content(
        text="yes",
        reasoning="hm",
        tool_calls=(ToolCall(id="toolu_1", name="look_up", arguments='{"n": 1.10}'),),
        logprobs=(TokenLogprob(token="é", logprob=-0.5, top=(("e", -2.0),)),),
    )
    schema = {"type": "json_schema", "name": "sum", "schema": {"type": "object"}, "strict": True}
    response = Response.model_validate(
        render(content, tools=[FUNCTION], text={"format": schema}, metadata={"task": "sum", "order": "4711"})
    )
    assert response.output_text == "yes"
    assert (response.id, response.model, response.status) == ("resp_run_1", "model-2026", "completed")
    assert [item.type for item in response.output] == ["reasoning", "message", "function_call"]
    assert response.metadata == {"order": "4711"}
    assert response.usage is not None
    assert response.usage.total_tokens == 19


def test_items_are_named_after_their_run_and_their_place() -> None:
    output = render(Content(text="a", reasoning="b", tool_calls=(ToolCall(id="", name="f", arguments=""),)))["output"]
    assert [item["id"] for item in output] == ["rs_lanewise_run_1_0", "msg_run_1_1", "fc_run_1_2"]
    assert output[2]["call_id"] == "call_run_1_2"


@pytest.mark.parametrize(
    ("finish", "status", "details"),
    [
        (Finish.STOP, "completed", None),
        (Finish.TOOL_CALLS, "completed", None),
        (Finish.LENGTH, "incomplete", {"reason": "max_output_tokens"}),
        (Finish.CONTENT_FILTER, "incomplete", {"reason": "content_filter"}),
        (Finish.OTHER, "completed", None),
    ],
)
def test_its_end(finish: Finish, status: str, details: dict[str, str] | None) -> None:
    response = render(Content(text="a"), finish)
    assert (response["status"], response["incomplete_details"]) == (status, details)


def test_a_refusal_is_a_part_of_its_own() -> None:
    (message,) = render(Content(refusal="no"))["output"]
    assert message["content"] == [{"type": "refusal", "refusal": "no"}]


def test_nothing_at_all_is_an_empty_message() -> None:
    (message,) = render(Content())["output"]
    assert message["content"][0]["text"] == ""


def test_calls_are_told_in_the_words_in_which_their_tools_were_offered() -> None:
    tools = [
        {"type": "custom", "name": "patch"},
        {"type": "namespace", "name": "agents", "tools": [FUNCTION | {"name": "close"}]},
    ]
    calls = (
        ToolCall(id="a", name="patch", arguments='{"input": "*** Begin"}'),
        ToolCall(id="b", name="agents__close", arguments="{}"),
    )
    free, grouped = render(Content(tool_calls=calls), tools=tools)["output"]
    assert (free["type"], free["input"]) == ("custom_tool_call", "*** Begin")
    assert (grouped["type"], grouped["name"], grouped["namespace"]) == ("function_call", "close", "agents")


def test_another_vendor_s_proofs_are_not_shown_and_an_own_one_s_are() -> None:
    thoughts = (Thought(text="hm", signature="proof"), Thought(encrypted="sealed", id="rs_1"))
    foreign = render(Content(text="a", reasoning="hm", thoughts=thoughts))
    assert [item.get("encrypted_content") for item in foreign["output"]] == [None, None, None]
    own = answered(Generation(dialect=RESPONSES, content=Content(text="a", thoughts=thoughts[1:]), finish=Finish.STOP))
    assert own["output"][0]["id"] == "rs_1"
    assert own["output"][0]["encrypted_content"] == "sealed"


def test_what_was_asked_for_is_told_again() -> None:
    response = render(
        Content(text="a"),
        instructions="Be brief.",
        temperature=0.5,
        reasoning={"effort": "low"},
        store=False,
        user="ada",
    )
    assert (response["instructions"], response["temperature"], response["user"]) == ("Be brief.", 0.5, "ada")
    assert (response["reasoning"], response["store"]) == ({"effort": "low", "summary": None}, False)
    assert render(Content(text="a"))["text"] == {"format": {"type": "text"}}
