"""What Lanewise learns of a messages request from its body."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from lanewise.core.errors import HeldElsewhere, InvalidRequest
from lanewise.core.request import Request
from lanewise.wire import INBOUND
from lanewise.wire.excerpts import MAX_LAST_TEXT, MAX_OPENING
from wire.calls import MESSAGES, messages

MARKER = {"type": "ephemeral"}
IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}}


def read(**members: Any) -> Request:
    return INBOUND[MESSAGES].read_request(messages(**members))


def user(*content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content[0] if isinstance(content[0], str) else list(content)}


def text(words: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **more}


def test_a_plain_request() -> None:
    asked = read()
    assert (asked.model, asked.stream, asked.max_output_tokens, asked.input_chars) == ("any", False, 8_192, 5)
    assert (asked.last_user_text, asked.opening, asked.continues) == ("Hello", "\nHello", False)
    assert (asked.effort, asked.thinking_budget_tokens, asked.has_tools, asked.has_images) == (None, None, False, False)


def test_an_output_cap_may_be_left_out_since_the_lane_has_one() -> None:
    asked = INBOUND[MESSAGES].read_request(b'{"model":"m","messages":[{"role":"user","content":"x"}]}')
    assert asked.max_output_tokens is None


@pytest.mark.parametrize(
    ("members", "effort", "budget_tokens"),
    [
        ({"thinking": {"type": "enabled", "budget_tokens": 10_000}}, "medium", 10_000),
        ({"thinking": {"type": "adaptive"}}, "high", None),
        ({"thinking": {"type": "adaptive"}, "output_config": {"effort": "low"}}, "low", None),
        ({"output_config": {"effort": "max"}}, "max", None),
        ({"thinking": {"type": "disabled"}, "output_config": {"effort": "low"}}, "none", None),
        ({"thinking": {"type": "between_tools"}}, "low", None),
    ],
)
def test_how_hard_to_think_is_read_however_it_is_said(
    members: dict[str, Any], effort: str, budget_tokens: int | None
) -> None:
    asked = read(**members)
    assert (asked.effort, asked.thinking_budget_tokens) == (effort, budget_tokens)


@pytest.mark.parametrize(
    ("members", "shows"),
    [
        ({}, False),
        ({"output_config": {"effort": "max"}}, False),
        ({"thinking": {"type": "disabled"}}, False),
        ({"thinking": {"type": "enabled", "budget_tokens": 10_000}}, True),
        ({"thinking": {"type": "adaptive"}}, True),
        ({"thinking": {"type": "adaptive", "display": "summarized"}}, True),
        ({"thinking": {"type": "adaptive", "display": "omitted"}}, False),
        ({"thinking": {"type": "adaptive", "display": {"odd": 1}}}, True),
    ],
)
def test_thinking_is_shown_where_it_is_asked_for_and_not_omitted(members: dict[str, Any], *, shows: bool) -> None:
    assert read(**members).shows_thinking is shows


def test_words_and_images_are_counted_in_results_of_tools_too() -> None:
    result = {"type": "tool_result", "tool_use_id": "t", "content": [text("12345"), IMAGE]}
    plain = {"type": "tool_result", "tool_use_id": "u", "content": "123"}
    odd = {"type": "tool_result", "tool_use_id": "v", "content": {"later": 1}}
    asked = read(system=[text("1234567")], messages=[user(text("1"), IMAGE, result, plain, odd)])
    assert (asked.input_chars, asked.image_count, asked.has_images) == (7 + 1 + 5 + 3, 2, True)


def test_the_last_word_of_the_user_is_looked_for_behind_results_of_tools() -> None:
    asked = read(
        messages=[
            user("First"),
            user(text("Do it"), text("now")),
            {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "f", "input": {}}]},
            user({"type": "tool_result", "tool_use_id": "t", "content": "done"}),
        ]
    )
    assert (asked.last_user_text, asked.continues) == ("Do it\nnow", True)


def test_what_is_kept_of_words_is_bounded() -> None:
    long = "x" * 100_000
    asked = read(system=long, messages=[user(text(long))])
    assert len(asked.last_user_text) == MAX_LAST_TEXT
    assert len(asked.opening) <= MAX_OPENING


@pytest.mark.parametrize(
    "members",
    [
        {"cache_control": MARKER},
        {"system": [text("s", cache_control=MARKER)]},
        {"messages": [user(text("u", cache_control=MARKER))]},
        {"messages": [user({"type": "tool_result", "content": [text("r", cache_control=MARKER)]})]},
        {"tools": [{"name": "f", "input_schema": {}, "cache_control": MARKER}]},
    ],
)
def test_cache_markers_are_seen_wherever_they_stand(members: dict[str, Any]) -> None:
    assert read(**members).has_cache_markers
    assert not read().has_cache_markers


@pytest.mark.parametrize(
    ("tool", "of_vendor"),
    [
        ({"name": "f", "input_schema": {"properties": {"type": {"type": "string"}}}}, False),
        ({"type": "custom", "name": "f", "input_schema": {}}, False),
        ({"type": "bash_20250124", "name": "bash"}, False),
        ({"type": "web_search_20250305", "name": "web_search"}, True),
        ({"type": "invented_20301231", "name": "later"}, True),
        ({"type": 7}, False),
    ],
)
def test_tools_that_the_vendor_runs_itself_are_known(tool: dict[str, Any], *, of_vendor: bool) -> None:
    asked = read(tools=[tool])
    assert (asked.has_tools, asked.vendor_tools) == (True, of_vendor)


def test_servers_that_the_vendor_asks_are_tools_of_its_own() -> None:
    asked = read(mcp_servers=[{"type": "url", "url": "https://example.com", "name": "x"}])
    assert (asked.has_tools, asked.vendor_tools) == (True, True)


@pytest.mark.parametrize(
    "members",
    [
        {"output_config": {"format": {"type": "json_schema", "schema": {}}}},
        {"output_format": {"type": "json_schema", "schema": {}}},
        {"output_config": {"effort": "low"}, "output_format": {"type": "json_schema", "schema": {}}},
    ],
)
def test_a_schema_is_seen_under_its_old_name_too(members: dict[str, Any]) -> None:
    assert read(**members).response_format == "json_schema"


def test_hints_stand_in_metadata_too() -> None:
    asked = read(metadata={"user_id": "u-1", "task": "sum"}, lanewise={"lane": "reasoning"})
    assert (asked.hints.task, asked.hints.lane, asked.hints.user) == ("sum", "reasoning", None)


def test_no_message_is_no_question() -> None:
    with pytest.raises(InvalidRequest, match="`messages`: it is empty"):
        read(messages=[])


@pytest.mark.parametrize(
    ("tools", "uses"),
    [
        ([{"type": "web_search_20250305", "name": "web_search", "max_uses": 3}], 3),
        (
            [
                {"type": "web_search_20250305", "max_uses": 3},
                {"type": "web_fetch_20250910", "max_uses": 2},
                {"name": "own"},
            ],
            5,
        ),
        ([{"type": "web_search_20250305", "max_uses": 3}, {"type": "code_execution_20250825"}], None),
        ([{"type": "web_search_20250305", "max_uses": "many"}], None),
        ([{"name": "own", "max_uses": 3}], None),
    ],
)
def test_how_often_the_vendor_s_tools_may_be_used(tools: list[dict[str, object]], uses: int | None) -> None:
    body = {"model": "claude", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}], "tools": tools}
    assert INBOUND[MESSAGES].read_request(msgspec.json.encode(body)).vendor_tool_uses == uses


@pytest.mark.parametrize("thread", [{"type": "create"}, {"type": "continue", "previous_message_id": "msg_1"}])
def test_a_conversation_that_its_vendor_is_to_hold_is_refused(thread: dict[str, str]) -> None:
    with pytest.raises(HeldElsewhere, match="send all messages") as refused:
        read(thread=thread)
    assert (refused.value.param, refused.value.code) == ("thread", "thread_unsupported_request")
    assert read(thread=None).model == "any"
