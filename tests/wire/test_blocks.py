"""Turns as Anthropic's blocks: what the vendor would refuse is never written, and what nobody needs to understand stays byte for byte."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.conversation import Image, Part, Text, Tool, ToolChoice, ToolResult, ToolUse
from lanewise.core.errors import InvalidRequest
from lanewise.wire.anthropic.blocks import Blocks, tool_choice

MARKER = b'{"type": "ephemeral","ttl":"1h"}'
HELLO = Text(text="Hello")


def _written(*parts: Part, cache_markers: bool = True) -> bytes:
    return msgspec.json.encode(Blocks(cache_markers=cache_markers).parts(parts))


def _said(*parts: Part) -> list[dict[str, Any]]:
    said: list[dict[str, Any]] = json.loads(_written(*parts))
    return said


def test_words_keep_the_spaces_around_them() -> None:
    assert _said(Text(text=" Hello\n")) == [{"type": "text", "text": " Hello\n"}]


def test_a_tool_that_gave_nothing_has_a_result_without_content() -> None:
    nothing = {"type": "tool_result", "tool_use_id": "c"}
    assert _said(ToolResult(call_id="c", parts=())) == [nothing]
    assert _said(ToolResult(call_id="c", parts=(Text(text=" "),))) == [nothing]


def test_a_tool_may_give_a_picture() -> None:
    (result,) = _said(ToolResult(call_id="c", parts=(Image(data="AAAA", media_type="image/png"),)))
    assert result["content"] == [
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}
    ]


@pytest.mark.parametrize("media_type", ["image/tiff", "image/svg+xml", ""])
def test_a_picture_of_a_kind_the_vendor_lacks_is_refused_with_the_kinds_it_has(media_type: str) -> None:
    with pytest.raises(InvalidRequest, match="write one of image/jpeg, image/png, image/gif, image/webp") as refused:
        _written(Image(data="AAAA", media_type=media_type))
    assert refused.value.param == "messages"


_JSON = st.dictionaries(
    st.text(max_size=5), st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5) | st.none(), max_size=3
)
_STYLES = st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", "\t:")])


@given(value=_JSON, separators=_STYLES, ascii_only=st.booleans(), space=st.sampled_from(["", " ", "\n"]))
def test_arguments_of_a_call_are_handed_on_as_the_model_wrote_them(
    value: dict[str, Any], separators: tuple[str, str], ascii_only: bool, space: str
) -> None:
    arguments = json.dumps(value, separators=separators, ensure_ascii=ascii_only)
    written = _written(ToolUse(id="c", name="f", arguments=space + arguments + space))
    assert written == b'[{"type":"tool_use","id":"c","name":"f","input":%b}]' % arguments.encode()


MARKED: list[Part] = [
    Text(text="x", cache_marker=MARKER),
    Image(url="https://a.test/b", cache_marker=MARKER),
    ToolUse(id="c", name="f", arguments="{}", cache_marker=MARKER),
    ToolResult(call_id="c", parts=(HELLO,), cache_marker=MARKER),
]


@pytest.mark.parametrize("part", MARKED)
def test_a_cache_marker_stands_on_every_kind_of_block_in_the_callers_own_bytes(part: Part) -> None:
    assert b'"cache_control":' + MARKER in _written(part)


@pytest.mark.parametrize("part", MARKED)
def test_a_marker_the_model_does_not_take_is_left_out_and_told(part: Part) -> None:
    blocks = Blocks(cache_markers=False)
    assert "cache_control" not in blocks.parts((part,))[0]
    assert blocks.dropped == ["cache_control: the model takes no cache markers"]


@pytest.mark.parametrize("cache_markers", [True, False])
def test_a_marker_that_is_null_asks_for_nothing_so_nothing_is_lost(cache_markers: bool) -> None:
    blocks = Blocks(cache_markers=cache_markers)
    assert blocks.system((Text(text="x", cache_marker=b"null"),)) == "x"
    assert blocks.dropped == []


def test_a_marked_text_is_a_block_because_a_string_cannot_carry_the_marker() -> None:
    system = Blocks(cache_markers=True).system((Text(text="x", cache_marker=b"{}"),))
    assert json.loads(msgspec.json.encode(system)) == [{"type": "text", "text": "x", "cache_control": {}}]


def test_a_tools_schema_is_the_callers_own_bytes_and_its_marker_goes_along() -> None:
    schema = b'{ "type":"object", "properties":{"t":{"maximum":1.10}} }'
    tool = Tool(name="f", description="", schema=schema, cache_marker=MARKER)
    written = msgspec.json.encode(Blocks(cache_markers=True).tools((tool,)))
    assert written == b'[{"name":"f","input_schema":%b,"cache_control":%b}]' % (schema, MARKER)


@pytest.mark.parametrize(
    ("choice", "block"),
    [
        (ToolChoice(), None),
        (ToolChoice(mode="none", parallel=False), {"type": "none"}),
        (
            ToolChoice(mode="tool", name="f", parallel=False),
            {"type": "tool", "name": "f", "disable_parallel_tool_use": True},
        ),
    ],
)
def test_one_call_at_a_time_is_said_wherever_a_call_can_be_made(choice: ToolChoice, block: Any) -> None:
    assert tool_choice(choice) == block
