from __future__ import annotations

from typing import Any

import pytest

from lanewise.core.errors import InvalidRequest
from lanewise.core.request import Hints
from lanewise.wire.excerpts import MAX_LAST_TEXT, MAX_OPENING
from lanewise.wire.openai_chat.request import read_request
from wire.calls import chat

PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}


def test_a_plain_request_is_read_and_its_bytes_are_kept() -> None:
    body = b'{"model":"gpt-5.4-mini", "messages":[{"role":"user","content":"Hi"}],"temperature":1.10}'
    request = read_request(body)
    assert request.body is body
    assert (request.model, request.stream, request.last_user_text, request.input_chars) == (
        "gpt-5.4-mini",
        False,
        "Hi",
        2,
    )
    assert request.hints == Hints()


def test_everything_a_router_looks_at_is_read() -> None:
    request = read_request(
        chat(
            messages=[
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": [{"type": "text", "text": "What is this?"}, PICTURE, PICTURE]},
                {"role": "assistant", "content": None, "tool_calls": []},
                {"role": "user", "content": [{"type": "text", "text": "And"}, {"type": "text", "text": "this?"}]},
            ],
            stream=True,
            stream_options={"include_usage": True},
            max_tokens=900,
            max_completion_tokens=700,
            n=3,
            tools=[{"type": "function", "function": {"name": "f"}}],
            response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": {}}},
            reasoning_effort="low",
        )
    )
    assert request.stream
    assert request.include_usage
    assert request.max_output_tokens == 700
    assert request.choices == 3
    assert request.has_tools
    assert (request.has_images, request.image_count) == (True, 2)
    assert request.response_format == "json_schema"
    assert request.effort == "low"
    assert request.input_chars == len("Be brief.What is this?Andthis?")
    assert request.last_user_text == "And\nthis?"


def test_effort_is_read_from_where_openrouter_callers_write_it() -> None:
    assert read_request(chat(reasoning={"effort": "high"})).effort == "high"


@pytest.mark.parametrize(
    "members",
    [
        {"cache_control": {"type": "ephemeral"}},
        {"messages": [{"role": "user", "content": "x", "cache_control": {"type": "ephemeral"}}]},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "x", "cache_control": {}}]}]},
        {"tools": [{"type": "function", "function": {"name": "f"}, "cache_control": {"type": "ephemeral"}}]},
    ],
)
def test_cache_markers_are_seen_wherever_they_can_stand(members: dict[str, Any]) -> None:
    assert read_request(chat(**members)).has_cache_markers
    assert not read_request(chat()).has_cache_markers


def test_nulls_are_as_good_as_nothing() -> None:
    names = ["stream", "stream_options", "max_tokens", "n", "tools", "response_format", "reasoning_effort", "lanewise"]
    request = read_request(chat(**dict.fromkeys([*names, "metadata", "reasoning"])))
    assert (request.stream, request.max_output_tokens, request.choices, request.has_tools) == (False, None, 1, False)


def test_hints_come_from_the_own_key_before_metadata() -> None:
    body = chat(
        lanewise={"task": "summarize", "risk": "high", "lane": "reasoning", "progress": True},
        metadata={"task": "extract", "user": "u-1", "latency": "can_wait", "trace": "kept"},
    )
    assert read_request(body).hints == Hints(
        task="summarize", user="u-1", lane="reasoning", latency="can_wait", risk="high", progress=True
    )


@pytest.mark.parametrize(
    ("written", "deadline_s"), [(5, 5.0), (0.5, 0.5), ("5s", 5.0), ("2m", 120.0), ("1m30s", 90.0), (" 10 ", 10.0)]
)
def test_a_deadline_is_a_number_of_seconds_or_a_duration(written: float | str, deadline_s: float) -> None:
    hints = Hints(profile="live_coding", deadline_s=deadline_s)
    assert read_request(chat(lanewise={"profile": "live_coding", "deadline": written})).hints == hints
    assert read_request(chat(metadata={"profile": "live_coding", "deadline": written})).hints == hints
    both = chat(lanewise={"deadline": written}, metadata={"profile": "live_coding", "deadline": "1d"})
    assert read_request(both).hints == hints


def test_metadata_that_lanewise_could_not_mean_is_the_callers_own() -> None:
    assert read_request(chat(metadata={"risk": "a7", "task": 5, "feature": "search"})).hints == Hints(feature="search")
    assert read_request(chat(metadata={"deadline": "2026-12-24", "profile": ["x"]})).hints == Hints()


@pytest.mark.parametrize("deadline", [0, -5, 86_401, 1e300, "", "soon", "0s", "5 minutes", "2d"])
def test_a_deadline_that_is_none_is_refused_with_what_to_write(deadline: float | str) -> None:
    with pytest.raises(InvalidRequest, match=r'seconds, or a duration such as "5s" or "2m"') as caught:
        read_request(chat(lanewise={"deadline": deadline}))
    assert caught.value.param == "lanewise.deadline"


SYSTEM = {"role": "system", "content": "You are kind."}
ASKS = {"role": "user", "content": "How many legs has a spider?"}
SAYS = {"role": "assistant", "content": "Eight."}


def opening(*messages: Any) -> str:
    return read_request(chat(messages=messages)).opening


def test_all_turns_of_a_conversation_open_alike() -> None:
    first = opening(SYSTEM, ASKS)
    assert first == "You are kind.\nHow many legs has a spider?"
    assert opening(SYSTEM, ASKS, SAYS, {"role": "user", "content": "And an ant?"}) == first
    assert opening({"role": "developer", "content": "You are kind."}, SYSTEM, SAYS, ASKS) == first


@pytest.mark.parametrize(
    "other",
    [
        [ASKS],
        [SYSTEM, {"role": "user", "content": "How many legs has an ant?"}],
        [{"role": "system", "content": "You are not."}, ASKS],
    ],
)
def test_other_words_at_the_begin_open_another_conversation(other: list[Any]) -> None:
    assert opening(*other) != opening(SYSTEM, ASKS)


def test_an_opening_is_bounded_and_a_long_system_message_leaves_room_for_the_user_s() -> None:
    long = {"role": "system", "content": "x" * 100_000}
    assert len(opening(long, {"role": "user", "content": "y" * 100_000})) <= MAX_OPENING
    assert opening(long, ASKS).endswith("\nHow many legs has a spider?")
    parts = [{"type": "text", "text": "y" * 400}, PICTURE] * 500
    assert len(opening(long, {"role": "user", "content": parts})) <= MAX_OPENING


def test_an_opening_is_made_of_the_words_of_parts() -> None:
    parts = [PICTURE, {"type": "text", "text": "What"}, "is", {"type": "text", "text": "this?"}]
    assert opening({"role": "user", "content": parts}) == "\nWhat\nis\nthis?"
    assert opening({"role": "user", "content": None}) == "\n"
    assert opening(SAYS) == ""
    assert opening(SYSTEM) == "You are kind."


@pytest.mark.parametrize(
    ("messages", "continues", "last"),
    [
        ([ASKS], False, ASKS),
        ([SYSTEM, ASKS], False, ASKS),
        ([ASKS, SAYS, {"role": "user", "content": "And?"}], True, {"content": "And?"}),
        ([SAYS, ASKS], True, ASKS),
        ([ASKS, SAYS], True, ASKS),
        ([ASKS, SAYS, {"role": "tool", "content": "4", "tool_call_id": "c"}], True, ASKS),
        ([{"role": "user", "content": "First"}, ASKS], False, ASKS),
        ([SYSTEM], False, {"content": ""}),
    ],
)
def test_a_conversation_goes_on_where_somebody_answered_in_it(
    messages: list[Any], *, continues: bool, last: Any
) -> None:
    request = read_request(chat(messages=messages))
    assert (request.continues, request.last_user_text) == (continues, last["content"])


FUNCTION = {"type": "function", "function": {"name": "f"}}


@pytest.mark.parametrize(
    ("members", "of_vendor"),
    [
        ({}, False),
        ({"tools": []}, False),
        ({"tools": None, "web_search_options": None}, False),
        ({"tools": [FUNCTION, {"function": {"name": "f"}, "type": "function"}]}, False),
        ({"tools": [{"type": "custom", "custom": {"name": "c"}}]}, False),
        ({"tools": [{"function": {"name": "f"}}, {"type": None}, "odd"]}, False),
        ({"functions": [{"name": "f"}]}, False),
        ({"web_search_options": {}}, True),
        ({"tools": [FUNCTION, {"type": "web_search_preview"}]}, True),
        ({"tools": [{"name": "bash", "type": "code_execution_20250825"}, FUNCTION]}, True),
        ({"tools": [{"type": "mcp", "server_url": "https://example.org"}]}, True),
        ({"tools": [{"type": ["function"]}]}, True),
    ],
)
def test_tools_that_the_vendor_runs_itself_are_told_apart(members: dict[str, Any], *, of_vendor: bool) -> None:
    request = read_request(chat(**members))
    assert request.vendor_tools is of_vendor
    assert request.has_tools is bool(members.get("tools") or members.get("functions"))


def test_a_long_last_message_keeps_its_beginning_and_its_end() -> None:
    text = "start " + "x" * 40_000 + " finish"
    request = read_request(chat(messages=[{"role": "user", "content": text}]))
    assert len(request.last_user_text) == MAX_LAST_TEXT
    assert request.last_user_text.startswith("start ")
    assert request.last_user_text.endswith(" finish")
    assert request.input_chars == len(text)


@pytest.mark.parametrize(
    ("members", "param", "words"),
    [
        ({"model": 5}, "model", "gpt-5.4-mini"),
        ({"messages": []}, "messages", "empty"),
        ({"messages": "hi"}, "messages", "write a list"),
        ({"messages": [{"content": "x"}]}, "messages[0]", "role"),
        ({"messages": [{"role": "user", "content": {}}]}, "messages[0].content", "got `object`"),
        ({"messages": [{"role": "user", "content": [1]}]}, "messages[0].content[0]", "got `int`"),
        ({"stream": "yes"}, "stream", "true or false"),
        ({"max_tokens": "0"}, "max_tokens", "whole number"),
        ({"max_tokens": 1.5}, "max_tokens", "whole number"),
        ({"n": "0"}, "n", "whole number"),
        ({"lanewise": {"tsk": "x"}}, "lanewise.tsk", "task, user, feature"),
        ({"lanewise": {"risk": "extreme"}}, "lanewise.risk", "low, normal, high"),
        ({"lanewise": {"deadline": True}}, "lanewise.deadline", "seconds, or a duration"),
        ({"lanewise": {"profile": 5}}, "lanewise.profile", "profile, latency"),
        ({"lanewise": "fast"}, "lanewise", "write an object"),
    ],
)
def test_a_mistake_is_named_with_what_to_write(members: dict[str, Any], param: str, words: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_request(chat(**members))
    assert caught.value.param == param
    assert words in caught.value.message
    assert caught.value.status == 400


def test_what_is_missing_is_named() -> None:
    with pytest.raises(InvalidRequest, match="`messages`: it is missing") as caught:
        read_request(b'{"model":"any"}')
    assert caught.value.param == "messages"


def test_of_two_caps_the_one_that_bounds_something_holds() -> None:
    asked = read_request(chat(max_tokens=0, max_completion_tokens=20))
    assert asked.max_output_tokens == 20
    assert [each.partition(":")[0] for each in asked.ignored] == ["max_tokens"]


def test_no_answer_at_all_is_for_the_vendor_to_judge_and_paid_for_as_one() -> None:
    assert read_request(chat(n=0)).choices == 1
    assert read_request(chat(n=-3)).choices == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "not valid JSON"),
        (b'{"model":"a",}', r"byte 13"),
        (b'{"model":"\xff","messages":[]}', "not UTF-8"),
        (b'{"model":"a","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
        (b'"text"', "must be a JSON object"),
    ],
)
def test_a_body_that_is_no_json_object_is_refused_with_its_place(body: bytes, words: str) -> None:
    with pytest.raises(InvalidRequest, match=words):
        read_request(body)
