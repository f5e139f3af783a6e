"""A chat completion's parameters where the request leaves its dialect: refused, dropped visibly, or no loss."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lanewise.core.errors import InvalidRequest
from lanewise.wire.openai_chat.leaving import LOSSES
from wire.calls import MESSAGES, chat, sent

_REFUSED = {
    "n": 2,
    "audio": {"voice": "x"},
    "modalities": ["text", "audio"],
    "functions": [{"name": "f"}],
    "function_call": {"name": "f"},
    "web_search_options": {},
}


_LOST = {
    "logit_bias": {"1": 5},
    "prediction": {"type": "content", "content": "x"},
    "verbosity": "low",
    "service_tier": "flex",
    "store": True,
    "metadata": {"ticket": "T"},
    "prompt_cache_key": "k",
    "prompt_cache_retention": "24h",
}


#: Carried by the conversation: what Anthropic lacks of it, only the way out can tell.
_UNSAID = {"logprobs": True, "presence_penalty": 0.5, "frequency_penalty": 0.5, "seed": 7}


def test_these_tests_know_the_whole_table() -> None:
    assert LOSSES.keys() == _REFUSED.keys() | _LOST.keys()


@pytest.mark.parametrize("key", _REFUSED)
def test_what_would_change_the_question_is_refused(key: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        sent(chat(**{key: _REFUSED[key]}), dialect=MESSAGES)
    assert caught.value.param == key


@pytest.mark.parametrize(("key", "value"), (_LOST | _UNSAID).items())
def test_what_cannot_be_said_is_dropped_visibly(key: str, value: Any) -> None:
    wire = sent(chat(**{key: value}), dialect=MESSAGES)
    assert [lost.split(":")[0] for lost in wire.dropped] == [key]
    assert key not in json.loads(wire.body)


@pytest.mark.parametrize(
    ("key", "value"), [(key, value) for key, loss in LOSSES.items() for value in (*loss.neutral, None)]
)
def test_what_asks_for_nothing_is_no_loss(key: str, value: Any) -> None:
    assert sent(chat(**{key: value}), dialect=MESSAGES).dropped == ()


def test_unknown_parameters_are_dropped_visibly_and_hints_silently() -> None:
    wire = sent(chat(brand_new=1, lanewise={"task": "x"}, metadata={"task": "x"}), dialect=MESSAGES)
    assert wire.dropped == ("brand_new: not known outside the dialect it was written in",)
