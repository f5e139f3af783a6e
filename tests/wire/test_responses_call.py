"""A Responses request for a vendor of the same dialect: spliced bytes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lanewise.core.errors import InvalidRequest
from lanewise.core.policy import ModelFacts
from lanewise.core.request import Earlier
from wire.responses_calls import FUNCTION, SPOKEN, asked, call_of, sent, written

THINKS = ModelFacts(thinking="effort", efforts=("low", "medium", "high"))
ACCOUNT = call_of(asked()).deployment.provider.account


def dropped(facts: ModelFacts, **members: Any) -> list[str]:
    return [each.partition(":")[0] for each in written(call_of(asked(**members), facts=facts)).dropped]


def test_all_but_the_closed_list_of_edits_stays_byte_for_byte() -> None:
    body = (
        b'{ "model":"any" , "input" : [{"role":"user","content":"\\u00e9", "later": 1.10}],"tools":[{"type":"mcp","a":1e5}],'
        b'"include":["reasoning.encrypted_content"], "max_output_tokens": 50, "unknown": [ 1.0 ]}'
    )
    wire = written(call_of(SPOKEN.read_request(body)))
    assert wire.body == body.replace(b'"any"', b'"served-model"')
    assert (wire.path, wire.dropped) == ("/responses", ())


def test_the_cap_is_always_sent() -> None:
    assert sent()["max_output_tokens"] == 4_096
    assert sent(max_output_tokens=10)["max_output_tokens"] == 10
    assert sent(ModelFacts(max_output_tokens=5), max_output_tokens=10)["max_output_tokens"] == 5


def test_lanewise_s_own_words_stay_here() -> None:
    body = sent(lanewise={"task": "sum"}, metadata={"task": "sum", "order": "4711"})
    assert "lanewise" not in body
    assert body["metadata"] == {"order": "4711"}


def test_effort_is_set_beside_what_else_the_caller_says_of_thinking() -> None:
    assert sent(THINKS, reasoning={"effort": "max", "summary": "auto"})["reasoning"] == {
        "effort": "high",
        "summary": "auto",
    }
    lane = written(call_of(asked(reasoning={"summary": "auto"}), facts=THINKS, effort="low"))
    assert json.loads(lane.body)["reasoning"] == {"summary": "auto", "effort": "low"}
    assert "reasoning" not in sent(THINKS)
    assert "reasoning" not in sent(ModelFacts(), reasoning={"effort": "high"})
    assert dropped(ModelFacts(), reasoning={"effort": "high"}) == ["reasoning"]


def test_a_forced_choice_becomes_a_free_one_where_the_model_cannot_be_forced() -> None:
    facts = ModelFacts(forced_tools=False)
    forced: tuple[Any, ...] = ("required", {"type": "function", "name": "look_up"})
    free: tuple[Any, ...] = ("none", {"type": "allowed_tools", "mode": "auto", "tools": []})
    for choice in forced:
        assert sent(facts, tools=[FUNCTION], tool_choice=choice)["tool_choice"] == "auto"
        assert dropped(facts, tools=[FUNCTION], tool_choice=choice) == ["tool_choice"]
    for choice in free:
        assert sent(facts, tools=[FUNCTION], tool_choice=choice)["tool_choice"] == choice


def test_what_the_model_does_not_take_is_left_out_and_told() -> None:
    facts = ModelFacts(sampling=False, logprobs=False, json_schema=False, refused_parameters=("truncation",))
    members: dict[str, Any] = {
        "temperature": 0.5,
        "top_p": 1,
        "top_logprobs": 2,
        "include": ["message.output_text.logprobs", "reasoning.encrypted_content"],
        "text": {"format": {"type": "json_schema", "name": "a", "schema": {}}, "verbosity": "low"},
        "truncation": "auto",
    }
    body = sent(facts, **members)
    assert body.keys() & members.keys() == {"include", "text"}
    assert (body["include"], body["text"]) == (["reasoning.encrypted_content"], {"verbosity": "low"})
    assert dropped(facts, **members) == ["temperature", "truncation", "top_logprobs", "include", "text.format"]


def test_the_way_of_asking_may_be_another_than_the_caller_s() -> None:
    body = json.loads(
        written(call_of(asked(stream=True, stream_options={"include_obfuscation": False}), stream=False)).body
    )
    assert body["stream"] is False
    assert "stream_options" not in body


FIRST = {"role": "user", "content": "First?"}
THOUGHT = {"type": "reasoning", "id": "rs_1", "summary": []}
ANSWER = {"type": "message", "id": "msg_1", "role": "assistant", "content": []}
ITEMS = json.dumps([FIRST, THOUGHT, ANSWER]).encode()


def test_the_account_that_remembers_is_asked_by_the_same_names() -> None:
    earlier = Earlier(items=ITEMS, account=ACCOUNT)
    body = sent(earlier=earlier, previous_response_id="resp_1")
    assert (body["previous_response_id"], body["input"]) == ("resp_1", "Hello")


def test_another_account_is_told_all_of_it_but_the_thinking() -> None:
    earlier = Earlier(items=ITEMS, account="another")
    body = sent(earlier=earlier, previous_response_id="resp_1")
    assert "previous_response_id" not in body
    assert body["input"] == [FIRST, ANSWER, {"role": "user", "content": "Hello"}]


def test_what_is_only_named_is_written_out() -> None:
    named = {"msg_1": json.dumps(ANSWER).encode(), "rs_1": json.dumps(THOUGHT).encode()}
    references = [{"type": "item_reference", "id": each} for each in ("rs_1", "msg_1", "unknown")]
    body = sent(earlier=Earlier(named=named), input=[*references, FIRST])
    assert body["input"] == [ANSWER, {"type": "item_reference", "id": "unknown"}, FIRST]


def test_an_answer_without_an_input_of_its_own() -> None:
    assert sent(earlier=Earlier(items=ITEMS), input=None, previous_response_id="resp_1")["input"] == [FIRST, ANSWER]


def test_thinking_that_lanewise_wrote_is_taken_out() -> None:
    own = {"type": "reasoning", "id": "rs_lanewise_run_1_0", "summary": []}
    assert sent(input=[own, FIRST])["input"] == [FIRST]


def test_what_the_model_cannot_take_at_all_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="takes no tools"):
        sent(ModelFacts(tools=False), tools=[FUNCTION])
