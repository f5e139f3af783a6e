"""A parameter goes along, is dropped with a word, or is refused: nothing is lost unsaid."""

from __future__ import annotations

import pytest

from lanewise.core.errors import InvalidRequest
from lanewise.wire.losses import Leaving, Loss

LOSSES = {
    "seed": Loss("no dice here", neutral=(0,)),
    "audio": Loss("no sound here", refused=True, neutral=({},)),
    "prompt": Loss("kept elsewhere", refused=True),
}
LEAVING = Leaving(("model", "input"), LOSSES)


def test_what_is_carried_or_null_or_asks_for_nothing_needs_no_word() -> None:
    assert LEAVING.losses({"model": "m", "input": "i", "prompt": None, "seed": 0, "audio": {}}) == []


def test_what_is_dropped_is_said_in_the_caller_s_order_with_why() -> None:
    assert LEAVING.losses({"colour": "red", "seed": 7}) == [
        "colour: not known outside the dialect it was written in",
        "seed: no dice here",
    ]


@pytest.mark.parametrize(("parameter", "why"), [("audio", "no sound here"), ("prompt", "kept elsewhere")])
def test_without_it_the_answer_would_be_to_another_question(parameter: str, why: str) -> None:
    with pytest.raises(InvalidRequest, match=f"`{parameter}`: {why}") as refused:
        LEAVING.losses({parameter: {"voice": "ann"}})
    assert refused.value.param == parameter


def test_parameters_under_a_key_are_told_with_it() -> None:
    within = Leaving((), LOSSES, within="config")
    assert within.losses({"seed": 7}) == ["config.seed: no dice here"]
    with pytest.raises(InvalidRequest) as refused:
        within.losses({"prompt": "p"})
    assert refused.value.param == "config.prompt"


def test_a_value_is_read_only_where_some_values_ask_for_nothing() -> None:
    read: list[str] = []

    def reading(text: bytes, where: str) -> object:
        read.append(where)
        return int(text)

    assert LEAVING.losses({"seed": b"0", "colour": b"red"}, reading) == [
        "colour: not known outside the dialect it was written in"
    ]
    assert read == ["seed"]
