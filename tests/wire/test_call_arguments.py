"""Arguments are handed on byte for byte, or the call is refused."""

from __future__ import annotations

import pytest

from lanewise.core.conversation import ToolUse
from lanewise.core.errors import InvalidRequest
from lanewise.wire.call_arguments import as_object


def call(arguments: str) -> ToolUse:
    return ToolUse(id="call_1", name="add", arguments=arguments)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(' {"a": 1.10, "b":  "\u00e9"}\n', b'{"a": 1.10, "b":  "\xc3\xa9"}'), ("", b"{}"), (" ", b"{}")],
)
def test_an_object_stays_as_it_was_written(arguments: str, said: bytes) -> None:
    assert bytes(as_object(call(arguments))) == said


@pytest.mark.parametrize("arguments", ["[1]", '"a"', '{"a": ', "{} {}"])
def test_anything_else_is_refused_by_the_call_s_id(arguments: str) -> None:
    with pytest.raises(InvalidRequest, match="The arguments of tool call 'call_1' must be a JSON object"):
        as_object(call(arguments))
