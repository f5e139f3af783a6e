"""What becomes of parameters that leave their dialect: each goes along, asks for nothing, is told as lost, or is refused.

What is said of each single parameter, tests/wire/test_openai_leaving.py sees on the wire.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.errors import InvalidRequest
from lanewise.wire.openai_chat.leaving import CARRIED, LOSSES, losses

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
