"""What stays behind when a request leaves the dialect is in the reference, every row of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lanewise.core.errors import InvalidRequest
from lanewise.wire.gemini.candidate import FINISH_WORDS
from lanewise.wire.gemini.leaving import CARRIED, CARRIED_CONFIG, CONFIG_LOSSES, LOSSES, config_losses, losses

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "gemini.md"


@pytest.mark.parametrize("name", sorted({*LOSSES, *CONFIG_LOSSES, *FINISH_WORDS.values()} - {"OTHER"}))
def test_the_reference_names_it(name: str) -> None:
    assert re.search(rf"\b{name}\b", PAGE.read_text())


def test_what_is_carried_is_never_told_as_lost() -> None:
    assert losses(dict.fromkeys(CARRIED, b"7")) == []
    assert config_losses(dict.fromkeys(CARRIED_CONFIG, b"7")) == []


def test_what_an_unknown_parameter_says_is_not_read() -> None:
    assert losses({"generaionConfig": b'{"maxOutputTokens": 1e99992}'}) == [
        "generaionConfig: not known outside the dialect it was written in"
    ]


def test_a_value_that_no_number_can_hold_is_named() -> None:
    with pytest.raises(InvalidRequest, match=r"`generationConfig.audioTimestamp`: .*out of range") as refused:
        config_losses({"audioTimestamp": b"1e99992"})
    assert refused.value.param == "generationConfig.audioTimestamp"
