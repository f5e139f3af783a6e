"""What becomes of parameters that leave the dialect."""

from __future__ import annotations

from typing import Any

import pytest

from lanewise.core.errors import InvalidRequest
from lanewise.wire.openai_responses.leaving import CARRIED, LOSSES, losses


def test_every_parameter_is_carried_or_lost_but_not_both() -> None:
    assert not CARRIED & LOSSES.keys()


@pytest.mark.parametrize(
    ("parameters", "lost"),
    [
        ({"model": "m", "input": "x", "temperature": 1, "later": None}, []),
        ({"truncation": "disabled", "service_tier": "auto", "client_metadata": {}}, []),
        ({"truncation": "auto"}, ["truncation"]),
        ({"a_later_invention": 1}, ["a_later_invention"]),
        (
            {"include": ["reasoning.encrypted_content", "file_search_call.results"]},
            ["include file_search_call.results"],
        ),
        ({"text": {"verbosity": "low"}}, ["text.verbosity"]),
        ({"text": {"format": {"type": "text"}, "verbosity": "medium"}}, []),
    ],
)
def test_what_is_lost_is_told_with_a_reason(parameters: dict[str, Any], lost: list[str]) -> None:
    told = losses(parameters)
    assert [each.partition(": ")[0] for each in told] == lost
    assert all(each.partition(": ")[2] for each in told)


@pytest.mark.parametrize("name", [name for name, loss in LOSSES.items() if loss.refused])
def test_without_some_it_would_be_another_question(name: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        losses({name: {"id": "it_1"}})
    assert refused.value.param == name
