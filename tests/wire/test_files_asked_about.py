"""A file whose tokens only its vendor can count is seen in every dialect; words and pictures are no such files."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lanewise.core.request import Dialect, Target
from lanewise.wire import INBOUND

CHAT, RESPONSES = Dialect.OPENAI_CHAT, Dialect.OPENAI_RESPONSES
MESSAGES, GEMINI = Dialect.ANTHROPIC_MESSAGES, Dialect.GEMINI

_PDF = "JVBERi0="


def _asked(dialect: Dialect, part: dict[str, Any]) -> bytes:
    if dialect is GEMINI:
        return json.dumps({"contents": [{"role": "user", "parts": [part]}]}).encode()
    turns = [{"role": "user", "content": [part]}]
    key = "input" if dialect is RESPONSES else "messages"
    cap = {"max_tokens": 10} if dialect is MESSAGES else {}
    return json.dumps({"model": "m", key: turns, **cap}).encode()


@pytest.mark.parametrize(
    ("dialect", "part"),
    [
        (CHAT, {"type": "file", "file": {"file_data": f"data:application/pdf;base64,{_PDF}", "filename": "a.pdf"}}),
        (CHAT, {"type": "file", "file": {"file_id": "file-1"}}),
        (CHAT, {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}),
        (RESPONSES, {"type": "input_file", "file_url": "https://example.com/a.pdf"}),
        (MESSAGES, {"type": "document", "source": {"type": "url", "url": "https://example.com/a.pdf"}}),
        (MESSAGES, {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": _PDF}}),
        (GEMINI, {"inlineData": {"mimeType": "application/pdf", "data": _PDF}}),
        (GEMINI, {"fileData": {"mimeType": "video/mp4", "fileUri": "gs://a/b"}}),
    ],
)
def test_a_file_is_seen(dialect: Dialect, part: dict[str, Any]) -> None:
    assert INBOUND[dialect].read_request(_asked(dialect, part), Target(model="m", stream=False)).has_files


@pytest.mark.parametrize(
    ("dialect", "part"),
    [
        (CHAT, {"type": "text", "text": "a file"}),
        (CHAT, {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}),
        (RESPONSES, {"type": "input_image", "image_url": "https://example.com/a.png"}),
        (MESSAGES, {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "words"}}),
        (MESSAGES, {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}),
        (GEMINI, {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}),
    ],
)
def test_words_and_pictures_are_no_files(dialect: Dialect, part: dict[str, Any]) -> None:
    assert not INBOUND[dialect].read_request(_asked(dialect, part), Target(model="m", stream=False)).has_files
