"""What is said to Anthropic, block by block: nothing that the vendor would refuse, and byte for byte what nobody needs to understand."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.conversation import Document, Image, Part, Text, Thinking, Tool, ToolChoice, ToolResult, ToolUse
from lanewise.core.errors import InvalidRequest
from lanewise.core.policy import ModelFacts
from lanewise.core.request import Dialect
from lanewise.wire.anthropic.blocks import Blocks, tool_choice
from wire.calls import MESSAGES, chat, sent, sent_json

EPHEMERAL = {"type": "ephemeral"}


TOOL = {"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object"}}}


def _sent(*messages: dict[str, Any], **members: Any) -> dict[str, Any]:
    return sent_json(chat(messages=list(messages), **members), dialect=MESSAGES)


def _user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def _call(call_id: str, arguments: str) -> dict[str, Any]:
    return {"id": call_id, "type": "function", "function": {"name": "f", "arguments": arguments}}


def test_a_tool_loop_keeps_its_order_its_ids_and_its_bytes() -> None:
    body = chat(
        messages=[
            _user("weather?"),
            {
                "role": "assistant",
                "content": "Looking.",
                "tool_calls": [_call("a", '{"t": 1.10, "é":"\\u00e9"}'), _call("b", "")],
            },
            {"role": "tool", "tool_call_id": "a", "content": "5"},
            {
                "role": "tool",
                "tool_call_id": "b",
                "content": [{"type": "text", "text": "6"}, {"type": "text", "text": "7"}],
            },
            _user("Thanks"),
        ],
        tools=[TOOL],
    )
    wire = sent(body, dialect=MESSAGES)
    assert '{"type":"tool_use","id":"a","name":"f","input":{"t": 1.10, "é":"\\u00e9"}}'.encode() in wire.body
    assert json.loads(wire.body)["messages"] == [
        _user("weather?"),
        {
            "role": "assistant",
            "content": [
                {"type": "text", "text": "Looking."},
                {"type": "tool_use", "id": "a", "name": "f", "input": {"t": 1.1, "é": "é"}},
                {"type": "tool_use", "id": "b", "name": "f", "input": {}},
            ],
        },
        _user(
            [
                {"type": "tool_result", "tool_use_id": "a", "content": "5"},
                {
                    "type": "tool_result",
                    "tool_use_id": "b",
                    "content": [{"type": "text", "text": "6"}, {"type": "text", "text": "7"}],
                },
                {"type": "text", "text": "Thanks"},
            ]
        ),
    ]


@pytest.mark.parametrize("arguments", ["[1]", "{", "text", '{"a":1}{"b":2}', '{"a":1,"a":2}'])
def test_arguments_that_are_no_object_are_refused(arguments: str) -> None:
    messages = [_user("x"), {"role": "assistant", "tool_calls": [_call("call-7", arguments)]}]
    with pytest.raises(InvalidRequest, match="'call-7' must be a JSON object"):
        _sent(*messages)


def test_tools_keep_their_schema_byte_for_byte() -> None:
    body = (
        b'{"model":"m","messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":'
        b'{"name":"f","parameters":{"type":"object","properties":{"t":{"maximum":1.10}}}}}]}'
    )
    assert b'"input_schema":{"type":"object","properties":{"t":{"maximum":1.10}}}' in sent(body, dialect=MESSAGES).body


@pytest.mark.parametrize(
    ("function", "schema"),
    [
        ({"name": "f"}, {"type": "object", "properties": {}}),
        ({"name": "f", "parameters": None}, {"type": "object", "properties": {}}),
        ({"name": "f", "parameters": {}}, {"type": "object"}),
        ({"name": "f", "parameters": {"properties": {}}}, {"properties": {}, "type": "object"}),
    ],
)
def test_a_schema_always_says_it_is_an_object(function: dict[str, Any], schema: dict[str, Any]) -> None:
    body = _sent(_user("x"), tools=[{"type": "function", "function": function}])
    assert body["tools"] == [{"name": "f", "input_schema": schema}]


def test_images_by_bytes_and_by_address() -> None:
    body = _sent(
        _user(
            [
                {"type": "text", "text": "What?"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0="}},
                {"type": "image_url", "image_url": {"url": "https://example.com/a.jpg", "detail": "auto"}},
            ]
        )
    )
    assert body["messages"][0]["content"][1:] == [
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0="}},
        {"type": "image", "source": {"type": "url", "url": "https://example.com/a.jpg"}},
    ]


@pytest.mark.parametrize("url", ["ftp://x/y.png", "data:image/tiff;base64,AAAA", "data:image/png,raw", "AAAA"])
def test_images_the_vendor_cannot_take_are_refused(url: str) -> None:
    with pytest.raises(InvalidRequest):
        _sent(_user([{"type": "image_url", "image_url": {"url": url}}]))


MARKED_REQUEST = chat(
    messages=[
        {"role": "system", "content": [{"type": "text", "text": "long", "cache_control": EPHEMERAL}]},
        {"role": "user", "content": [{"type": "text", "text": "x", "cache_control": EPHEMERAL}]},
    ],
    tools=[{**TOOL, "cache_control": EPHEMERAL}],
)


def test_the_callers_cache_markers_reach_a_model_that_takes_them() -> None:
    wire = sent(MARKED_REQUEST, dialect=MESSAGES, facts=ModelFacts(cache_markers=True))
    body = json.loads(wire.body)
    assert body["system"] == [{"type": "text", "text": "long", "cache_control": EPHEMERAL}]
    assert body["messages"][0]["content"][0]["cache_control"] == EPHEMERAL
    assert body["tools"][0]["cache_control"] == EPHEMERAL
    assert wire.dropped == ()


def test_they_are_dropped_visibly_elsewhere() -> None:
    wire = sent(MARKED_REQUEST, dialect=MESSAGES)
    assert b"cache_control" not in wire.body
    assert wire.dropped == ("cache_control: the model takes no cache markers",)


MARKER = b'{"type": "ephemeral","ttl":"1h"}'
HELLO = Text(text="Hello")


def _written(*parts: Part, cache_markers: bool = True) -> bytes:
    return msgspec.json.encode(Blocks(ModelFacts(cache_markers=cache_markers)).parts(parts))


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
    blocks = Blocks(ModelFacts(cache_markers=False))
    assert "cache_control" not in blocks.parts((part,))[0]
    assert blocks.dropped == ["cache_control: the model takes no cache markers"]


@pytest.mark.parametrize("cache_markers", [True, False])
def test_a_marker_that_is_null_asks_for_nothing_so_nothing_is_lost(cache_markers: bool) -> None:
    blocks = Blocks(ModelFacts(cache_markers=cache_markers))
    assert blocks.system((Text(text="x", cache_marker=b"null"),)) == "x"
    assert blocks.dropped == []


def test_a_marked_text_is_a_block_because_a_string_cannot_carry_the_marker() -> None:
    system = Blocks(ModelFacts(cache_markers=True)).system((Text(text="x", cache_marker=b"{}"),))
    assert json.loads(msgspec.json.encode(system)) == [{"type": "text", "text": "x", "cache_control": {}}]


def test_a_tools_schema_is_the_callers_own_bytes_and_its_marker_goes_along() -> None:
    schema = b'{ "type":"object", "properties":{"t":{"maximum":1.10}} }'
    tool = Tool(name="f", description="", schema=schema, cache_marker=MARKER)
    written = msgspec.json.encode(Blocks(ModelFacts(cache_markers=True)).tools((tool,)))
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


PDF = Document(data="aGk=", media_type="application/pdf", name="a.pdf")


@pytest.mark.parametrize(
    ("document", "block"),
    [
        (PDF, {"source": {"type": "base64", "media_type": "application/pdf", "data": "aGk="}, "title": "a.pdf"}),
        (Document(url="https://a/b.pdf"), {"source": {"type": "url", "url": "https://a/b.pdf"}}),
        (
            Document(text="words", media_type="text/plain"),
            {"source": {"type": "text", "media_type": "text/plain", "data": "words"}},
        ),
        (
            Document(data="d29yZHM=", media_type="text/csv"),
            {"source": {"type": "text", "media_type": "text/plain", "data": "words"}},
        ),
    ],
)
def test_documents_by_bytes_by_address_and_by_words(document: Document, block: dict[str, Any]) -> None:
    assert _said(document) == [{"type": "document", **block}]


@pytest.mark.parametrize(
    ("document", "facts", "why"),
    [
        (PDF, ModelFacts(documents=False), "takes no files"),
        (Document(data="aGk=", media_type="application/zip"), ModelFacts(), "of type 'application/zip'"),
        (Document(data="/w==", media_type="text/plain", name="a.txt"), ModelFacts(), "'a.txt' is no text"),
    ],
)
def test_a_document_that_cannot_be_said_is_refused(document: Document, facts: ModelFacts, why: str) -> None:
    with pytest.raises(InvalidRequest, match=why):
        Blocks(facts).parts((document,))


def test_only_anthropic_s_own_thinking_goes_back_to_it() -> None:
    blocks = Blocks(ModelFacts())
    assert blocks.parts(
        (
            Thinking(text="hm", signature="proof", origin=MESSAGES),
            Thinking(encrypted="xyz", origin=MESSAGES),
            Thinking(text="unsigned", origin=MESSAGES),
            Thinking(text="of another", signature="theirs", origin=Dialect.GEMINI),
        )
    ) == [
        {"type": "thinking", "thinking": "hm", "signature": "proof"},
        {"type": "redacted_thinking", "data": "xyz"},
    ]
    assert set(blocks.dropped) == {"messages[].thinking: thinking is never sent to another vendor"}


def test_a_failed_tool_is_said_to_have_failed() -> None:
    (result,) = _said(ToolResult(call_id="c", parts=(Text(text="no"),), failed=True))
    assert (result["is_error"], result["content"]) == (True, "no")


def test_ids_of_other_vendors_are_written_in_letters_that_this_one_takes() -> None:
    use, result = _said(ToolUse(id="a|b.c", name="f", arguments="{}"), ToolResult(call_id="a|b.c", parts=(HELLO,)))
    assert use["id"] == result["tool_use_id"] == "a_b_c"


def test_arguments_are_bound_to_their_schema_where_the_model_can() -> None:
    for can in (True, False):
        blocks = Blocks(ModelFacts(json_schema=can))
        (tool,) = blocks.tools((Tool(name="f", strict=True),))
        assert tool.get("strict", False) is can
        assert bool(blocks.dropped) is not can
    assert "strict" not in Blocks(ModelFacts()).tools((Tool(name="f", strict=False),))[0]
