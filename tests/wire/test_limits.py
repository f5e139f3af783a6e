"""What holds for a call in every dialect: how long its answer may be, and what cannot be left out of it."""

from __future__ import annotations

from typing import Any

import pytest

from lanewise.core.errors import InvalidRequest
from lanewise.core.policy import ModelFacts
from lanewise.wire.limits import output_cap, refuse_what_is_essential
from wire.calls import call, chat


def test_of_two_caps_a_caller_wrote_the_smaller_counts() -> None:
    assert output_cap(call(chat(max_tokens=30, max_completion_tokens=20))) == 20


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
