"""Parts of messages and of tools' outputs."""

from __future__ import annotations

from typing import Any

import pytest

from lanewise.core.conversation import Document, Image, Text
from lanewise.core.errors import InvalidRequest
from lanewise.wire.openai_responses.parts import read_parts


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (None, []),
        ("", []),
        ("a", [Text(text="a")]),
        ([{"type": "input_text", "text": "a"}, "b", ""], [Text(text="a"), Text(text="b")]),
        ([{"type": "output_text", "text": "a", "annotations": []}], [Text(text="a")]),
        ([{"type": "refusal", "refusal": "no"}], [Text(text="no")]),
        ([{"type": "input_image", "image_url": "https://a/b.png"}], [Image(url="https://a/b.png")]),
        (
            [{"type": "input_image", "image_url": "data:image/png;base64,AAAA"}],
            [Image(data="AAAA", media_type="image/png")],
        ),
        (
            [{"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBE"}],
            [Document(data="JVBE", media_type="application/pdf", name="a.pdf")],
        ),
        ([{"type": "input_file", "file_url": "https://a/b.pdf"}], [Document(url="https://a/b.pdf")]),
    ],
)
def test_what_is_said(content: object, parts: list[Any]) -> None:
    assert read_parts(content, "input[0].content", []) == parts


@pytest.mark.parametrize(
    ("content", "param"),
    [
        (5, "c"),
        ([5], "c[0]"),
        ([{"type": "input_audio"}], "c[0].type"),
        ([{"type": "input_image", "file_id": "file_1"}], "c[0].file_id"),
        ([{"type": "input_image", "image_url": "ftp://a"}], "c[0].image_url"),
        ([{"type": "input_file", "file_id": "file_1"}], "c[0].file_id"),
        ([{"type": "input_file", "file_data": "AAAA"}], "c[0].file_data"),
    ],
)
def test_what_cannot_be_shown_to_another_vendor_is_refused_by_its_place(content: object, param: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_parts(content, "c", [])
    assert refused.value.param == param
    assert "write" in refused.value.message


def test_a_picture_s_detail_is_lost_and_told() -> None:
    dropped: list[str] = []
    read_parts([{"type": "input_image", "image_url": "https://a/b.png", "detail": "high"}], "c", dropped)
    assert dropped == ["input_image.detail: this vendor has no such setting"]
