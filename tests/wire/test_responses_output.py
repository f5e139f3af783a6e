"""The events of a response, in order."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from openai import omit
from openai.lib.streaming.responses._responses import ResponseStreamState
from openai.types.responses import ResponseStreamEvent
from pydantic import TypeAdapter

from lanewise.core.answer import Delta, Finish, TokenLogprob, ToolCallDelta
from lanewise.core.request import Dialect, Request
from lanewise.core.usage import Usage
from wire.calls import unhurried
from wire.responses_calls import asked, streamed, told

MESSAGES = Dialect.ANTHROPIC_MESSAGES
_EVENTS: TypeAdapter[ResponseStreamEvent] = TypeAdapter(ResponseStreamEvent)


def events(deltas: list[Delta], request: Request | None = None) -> list[dict[str, Any]]:
    return told(streamed(MESSAGES, deltas, request))


def kinds(deltas: list[Delta], request: Request | None = None) -> list[str]:
    return [each["type"].removeprefix("response.") for each in events(deltas, request)]


def call(index: int, arguments: str = "", *, name: str | None = None) -> Delta:
    piece = ToolCallDelta(index=index, id=None if name is None else f"call_{index}", name=name, arguments=arguments)
    return Delta(tool_calls=(piece,))


def test_words() -> None:
    assert kinds([Delta(text="a"), Delta(text="b"), Delta(finish=Finish.STOP)]) == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]


def test_thinking_words_a_refusal_and_calls() -> None:
    deltas = [
        Delta(reasoning="h"),
        Delta(reasoning="m"),
        Delta(text="yes"),
        Delta(refusal="but no"),
        call(0, name="f"),
        call(1, name="g"),
        call(0, '{"a"'),
        call(1, "{}"),
        call(0, ":1}"),
        Delta(finish=Finish.TOOL_CALLS, usage=Usage(input_tokens=2, output_tokens=3)),
    ]
    found = events(deltas)
    assert [each["type"] for each in found if "delta" not in each["type"] and each["type"].endswith(".done")] == [
        "response.reasoning_summary_text.done",
        "response.reasoning_summary_part.done",
        "response.output_item.done",
        "response.output_text.done",
        "response.content_part.done",
        "response.refusal.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.function_call_arguments.done",
        "response.output_item.done",
        "response.function_call_arguments.done",
        "response.output_item.done",
    ]
    response = found[-1]["response"]
    assert [item["type"] for item in response["output"]] == ["reasoning", "message", "function_call", "function_call"]
    assert [item["arguments"] for item in response["output"][2:]] == ['{"a":1}', "{}"]
    assert response["usage"]["total_tokens"] == 5


def test_a_tool_of_free_text_is_told_when_its_text_is_whole() -> None:
    request = asked(stream=True, tools=[{"type": "custom", "name": "patch"}])
    deltas = [call(0, '{"input":', name="patch"), call(0, '"***"}'), Delta(finish=Finish.TOOL_CALLS)]
    assert "function_call_arguments.delta" not in kinds(deltas, request)
    found = events(deltas, request)
    assert next(each for each in found if each["type"] == "response.custom_tool_call_input.done")["input"] == "***"
    assert found[-1]["response"]["output"][0]["input"] == "***"


def test_an_answer_that_was_cut_says_so_in_its_items_too() -> None:
    found = events([Delta(text="a"), Delta(finish=Finish.LENGTH)])
    assert found[-1]["type"] == "response.incomplete"
    assert found[-1]["response"]["incomplete_details"] == {"reason": "max_output_tokens"}
    assert found[-1]["response"]["output"][0]["status"] == "incomplete"


def test_log_probabilities_come_with_their_words() -> None:
    certain = TokenLogprob(token="a", logprob=-0.1, top=(("b", -3.0),))
    found = events([Delta(text="a", logprobs=(certain,)), Delta(finish=Finish.STOP)])
    (delta,) = [each for each in found if each["type"] == "response.output_text.delta"]
    assert delta["logprobs"] == found[-1]["response"]["output"][0]["content"][0]["logprobs"]
    assert delta["logprobs"][0]["bytes"] == [97]


PIECES = st.text(min_size=1, max_size=6)
DELTAS = st.lists(
    st.builds(Delta, text=PIECES)
    | st.builds(Delta, reasoning=PIECES)
    | st.builds(Delta, refusal=PIECES)
    | st.builds(Delta, served_model=st.sampled_from(["m-1", "m-2"]))
    | st.builds(lambda index, text: call(index, text, name="f"), st.integers(0, 2), PIECES),
    max_size=10,
)


@given(DELTAS)
@unhurried
def test_whatever_is_said_the_events_fit_together(deltas: list[Delta]) -> None:
    found = events([*deltas, Delta(finish=Finish.STOP)])
    assert [each["sequence_number"] for each in found] == list(range(len(found)))
    opened = [each["output_index"] for each in found if each["type"] == "response.output_item.added"]
    closed = [each["output_index"] for each in found if each["type"] == "response.output_item.done"]
    assert opened == sorted(closed) == list(range(len(opened)))
    done = {each["output_index"]: each["item"] for each in found if each["type"] == "response.output_item.done"}
    assert found[-1]["response"]["output"] == [done[place] for place in sorted(done)]
    for each in found:
        _EVENTS.validate_python(each)


@given(DELTAS)
@unhurried
def test_the_official_client_puts_the_same_answer_together(deltas: list[Delta]) -> None:
    state: ResponseStreamState[None] = ResponseStreamState(input_tools=[], text_format=omit)
    for each in events([*deltas, Delta(finish=Finish.STOP)]):
        state.handle_event(_EVENTS.validate_python(each))
    snapshot = state._completed_response  # what `stream.get_final_response()` gives
    assert snapshot is not None
    assert snapshot.output_text == "".join(delta.text for delta in deltas)
