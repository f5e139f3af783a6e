"""What holds for a call in whatever dialect it is said."""

from __future__ import annotations

from typing import Any

import pytest

from lanewise.core.errors import InvalidRequest
from lanewise.core.policy import ModelFacts
from wire.calls import HELLO, chat, sent, sent_json

RENAMED = ModelFacts(output_cap="max_completion_tokens")


def test_the_callers_smaller_cap_is_kept_and_moved_to_the_key_the_model_knows() -> None:
    moved = sent_json(chat(max_tokens=50), facts=RENAMED)
    assert moved["max_completion_tokens"] == 50
    assert "max_tokens" not in moved
    assert sent_json(chat(max_completion_tokens=50))["max_tokens"] == 50


def test_the_cap_is_never_more_than_was_reserved_or_the_model_can() -> None:
    assert sent_json(chat(max_tokens=9_999))["max_tokens"] == 4_096
    assert sent_json(HELLO, facts=ModelFacts(max_output_tokens=100))["max_tokens"] == 100


@pytest.mark.parametrize(
    ("members", "facts"),
    [
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, ModelFacts(tools=False)),
        (
            {
                "messages": [
                    {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://x/y.png"}}]}
                ]
            },
            ModelFacts(images=False),
        ),
    ],
)
def test_what_the_request_is_about_is_never_dropped(members: dict[str, Any], facts: ModelFacts) -> None:
    with pytest.raises(InvalidRequest, match="vendor/served-model takes no"):
        sent(chat(**members), facts=facts)
