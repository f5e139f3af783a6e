"""Files in a chat completion request, read into its conversation."""

from __future__ import annotations

from typing import Any

import pytest

from lanewise.core.conversation import Document, Text, ToolResult
from lanewise.core.errors import InvalidRequest
from lanewise.wire.openai_chat.conversation import read_conversation
from wire.calls import chat


def parts(*content: dict[str, Any], **message: Any) -> tuple[Any, ...]:
    said = {"role": "user", "content": list(content), **message}
    return read_conversation(chat(messages=[said])).conversation.turns[-1].parts


def file(**members: Any) -> dict[str, Any]:
    return {"type": "file", "file": members}


@pytest.mark.parametrize(
    ("members", "document"),
    [
        (
            {"file_data": "data:application/pdf;base64,aGk=", "filename": "a.pdf"},
            Document(data="aGk=", media_type="application/pdf", name="a.pdf"),
        ),
        ({"file_data": "data:;base64,aGk="}, Document(data="aGk=", media_type="application/pdf")),
        (
            {"file_data": "https://a/b.pdf", "filename": "b.pdf"},
            Document(url="https://a/b.pdf", media_type="application/pdf", name="b.pdf"),
        ),
    ],
)
def test_a_file_is_a_document(members: dict[str, Any], document: Document) -> None:
    assert parts(file(**members), {"type": "text", "text": "Sum it up"}) == (document, Text(text="Sum it up"))


@pytest.mark.parametrize(("members", "why"), [({"file_id": "file-1"}, "lies with OpenAI"), ({}, "has no bytes")])
def test_a_file_without_bytes_is_refused(members: dict[str, Any], why: str) -> None:
    with pytest.raises(InvalidRequest, match=why) as refused:
        parts(file(**members))
    assert refused.value.param == "messages[0].content[0].file"


def test_a_tool_s_result_carries_one_marker_for_all_it_holds() -> None:
    marked = {"type": "text", "text": "1", "cache_control": {"type": "ephemeral"}}
    pdf = file(file_data="data:application/pdf;base64,aGk=")
    (result,) = parts(marked, pdf, role="tool", tool_call_id="t")
    assert result == ToolResult(
        call_id="t",
        parts=(Text(text="1"), Document(data="aGk=", media_type="application/pdf")),
        cache_marker=b'{"type": "ephemeral"}',
    )
