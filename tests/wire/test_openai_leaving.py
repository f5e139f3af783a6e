"""What becomes of a chat completion's parameters that leave their dialect: carried, no loss, told as lost, or refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.errors import InvalidRequest
from lanewise.wire.openai_chat.leaving import CARRIED, LOSSES, losses
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


_NAMES = st.sampled_from(sorted(CARRIED | LOSSES.keys())) | st.text(min_size=1, max_size=12)
_NEUTRAL = st.sampled_from([value for loss in LOSSES.values() for value in loss.neutral])
_VALUES = st.none() | _NEUTRAL | st.integers(2, 9) | st.text(max_size=5) | st.lists(st.integers(), max_size=2)


def _asks_for_nothing(key: str, value: Any) -> bool:
    return key in CARRIED or value is None or (key in LOSSES and value in LOSSES[key].neutral)


@given(st.dictionaries(_NAMES, _VALUES, max_size=6))
def test_whatever_is_asked_for_is_told_once_in_the_callers_order_or_refused_by_name(parameters: dict[str, Any]) -> None:
    asked = [key for key, value in parameters.items() if not _asks_for_nothing(key, value)]
    refused = [key for key in asked if key in LOSSES and LOSSES[key].refused]
    if refused:
        with pytest.raises(InvalidRequest) as caught:
            losses(parameters)
        assert caught.value.param == refused[0]
        assert caught.value.message.startswith(f"`{refused[0]}`: ")
        return
    told = losses(parameters)
    assert len(told) == len(asked)
    assert all(loss.startswith(f"{key}: ") and len(loss) > len(key) + 10 for loss, key in zip(told, asked, strict=True))


def test_nothing_is_both_carried_and_lost() -> None:
    assert not CARRIED & LOSSES.keys()


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"verbosity": "medium", "store": False, "logit_bias": {}, "modalities": ["text"]}, []),
        ({"verbosity": "low"}, ["verbosity: this vendor has no such setting"]),
        ({"seed": 0, "logprobs": True}, []),
        ({"later": False}, ["later: not known outside the dialect it was written in"]),
    ],
)
def test_only_the_value_that_changes_nothing_asks_for_nothing(parameters: dict[str, Any], told: list[str]) -> None:
    assert losses(parameters) == told
