"""What holds for a call in every dialect: how long its answer may be, and what cannot be left out of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lanewise.core.conversation import Tool, ToolChoice
from lanewise.core.errors import InvalidRequest
from lanewise.core.policy import ModelFacts
from lanewise.core.request import Dialect
from lanewise.wire.limits import allowed_tools, output_cap, raised_cap, refuse_what_is_essential
from wire.calls import CHAT, HELLO, MESSAGES, call, chat, messages, sent, sent_json, written


def test_of_two_caps_a_caller_wrote_the_smaller_counts() -> None:
    assert output_cap(call(chat(max_tokens=30, max_completion_tokens=20))) == 20


@pytest.mark.parametrize("spoken", [Dialect.OPENAI_CHAT, Dialect.ANTHROPIC_MESSAGES, Dialect.OPENAI_RESPONSES])
def test_who_names_no_model_is_given_one(spoken: Dialect) -> None:
    asked = (
        b'{"input":"Hello"}' if spoken is Dialect.OPENAI_RESPONSES else b'{"messages":[{"role":"user","content":"Hi"}]}'
    )
    assert sent_json(asked, spoken=spoken, dialect=spoken)["model"] == "served-model"


@pytest.mark.parametrize("dialect", [CHAT, MESSAGES])
@pytest.mark.parametrize("bounds_nothing", [0, -1])
def test_a_cap_that_bounds_nothing_gives_way_to_the_lane_s(dialect: Dialect, bounds_nothing: int) -> None:
    assert sent_json(chat(max_tokens=bounds_nothing), dialect=dialect)["max_tokens"] == 4_096


def test_a_warm_up_reaches_anthropic_s_vendors_as_it_is_and_no_others() -> None:
    warming = messages(max_tokens=0)
    assert sent_json(warming, spoken=MESSAGES, dialect=MESSAGES)["max_tokens"] == 0
    with pytest.raises(InvalidRequest, match="asks for no answer"):
        sent(warming, spoken=MESSAGES, dialect=CHAT)


RENAMED = ModelFacts(output_cap="max_completion_tokens")


def test_the_callers_smaller_cap_is_kept_and_moved_to_the_key_the_model_knows() -> None:
    moved = sent_json(chat(max_tokens=50), facts=RENAMED)
    assert moved["max_completion_tokens"] == 50
    assert "max_tokens" not in moved
    assert sent_json(chat(max_completion_tokens=50))["max_tokens"] == 50


def test_the_cap_is_never_more_than_was_reserved_or_the_model_can() -> None:
    assert sent_json(chat(max_tokens=9_999))["max_tokens"] == 4_096
    assert sent_json(HELLO, facts=ModelFacts(max_output_tokens=100))["max_tokens"] == 100


PICTURE = {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://a.test/b"}}]}]}
TOOLS = {"tools": [{"type": "function", "function": {"name": "look_up"}}]}


@pytest.mark.parametrize(
    ("asked", "facts", "param"),
    [
        (PICTURE, ModelFacts(images=False), "messages"),
        (TOOLS, ModelFacts(tools=False), "tools"),
        ({"functions": [{"name": "look_up"}]}, ModelFacts(tools=False), "tools"),
        (PICTURE | TOOLS, ModelFacts(images=False, tools=False), "messages"),
    ],
)
def test_what_a_question_is_about_is_refused_and_never_left_out(
    asked: dict[str, Any], facts: ModelFacts, param: str
) -> None:
    with pytest.raises(InvalidRequest, match="vendor/served-model takes no"):
        sent(chat(**asked), facts=facts)
    with pytest.raises(InvalidRequest, match=r"^vendor/served-model takes no \w+; ask a model that does$") as refused:
        refuse_what_is_essential(call(chat(**asked), facts=facts))
    assert refused.value.param == param


@pytest.mark.parametrize(
    ("asked", "facts"),
    [
        ({}, ModelFacts(images=False, tools=False)),
        (PICTURE, ModelFacts(tools=False)),
        (TOOLS, ModelFacts(images=False)),
        ({"tools": []}, ModelFacts(tools=False)),
    ],
)
def test_what_a_model_cannot_take_matters_only_where_it_is_asked_for(asked: dict[str, Any], facts: ModelFacts) -> None:
    refuse_what_is_essential(call(chat(**asked), facts=facts))


@pytest.mark.parametrize(
    ("choice", "names", "told"),
    [
        (ToolChoice(), ["f", "g"], False),
        (ToolChoice(allowed=("g",)), ["g"], True),
        (ToolChoice(mode="any", allowed=("g", "f")), ["f", "g"], False),
        (ToolChoice(mode="none", allowed=("g",)), ["f", "g"], False),
    ],
)
def test_tools_that_must_not_be_called_are_left_out_and_told(
    choice: ToolChoice, names: list[str], *, told: bool
) -> None:
    dropped: list[str] = []
    kept = allowed_tools((Tool(name="f"), Tool(name="g")), choice, dropped)
    assert ([tool.name for tool in kept], bool(dropped)) == (names, told)


LEAST = ModelFacts(min_output_tokens=16)


@pytest.mark.parametrize(("own", "sent", "told"), [(1, 16, 1), (15, 16, 1), (16, 16, 0), (40, 40, 0)])
def test_a_cap_below_the_vendor_s_least_is_raised_and_told(own: int, sent: int, told: int) -> None:
    made = call(chat(max_tokens=own), facts=LEAST, max_output_tokens=max(own, 16))
    assert json.loads(written(made).body)["max_tokens"] == sent
    assert len(raised_cap(made)) == told
    assert all(each.startswith(f"max_tokens: {own} is less") for each in raised_cap(made))


def test_where_no_answer_is_asked_for_nothing_is_raised() -> None:
    assert raised_cap(call(chat(), facts=LEAST)) == ()
