"""The body's complaints say what to write, in this dialect's own words."""

from __future__ import annotations

from typing import Any

import pytest

from lanewise.core.errors import InvalidRequest
from lanewise.wire.anthropic.body import read_body
from wire.calls import messages


@pytest.mark.parametrize(
    ("members", "param", "remedy"),
    [
        ({"thinking": {"budget_tokens": "many"}}, "thinking.budget_tokens", '"type": "enabled"'),
        ({"output_config": {"effort": 3}}, "output_config.effort", '"effort": "high"'),
        ({"messages": [{"content": "Hello"}]}, "messages[0]", '"role": "user"'),
        ({"messages": [{"role": "user", "content": 1}]}, "messages[0].content", '"role": "user"'),
        ({"max_tokens": "0"}, "max_tokens", "a whole number"),
    ],
)
def test_a_wrong_value_is_named_with_what_to_write(members: dict[str, Any], param: str, remedy: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_body(messages(**members))
    assert (refused.value.param or "").startswith(param.split(".", maxsplit=1)[0])
    assert remedy in refused.value.message


@pytest.mark.parametrize("body", [b"", b"{", b'{"model":"\xff"}'])
def test_what_is_no_json_is_said_to_be_none(body: bytes) -> None:
    with pytest.raises(InvalidRequest, match="The body is not valid JSON"):
        read_body(body)


def test_what_nobody_here_knows_is_left_to_the_vendor() -> None:
    body = read_body(messages(later=1.10, messages=[{"role": "later", "content": [{"type": "later", "x": [1]}]}]))
    assert body.messages[0].role == "later"
