"""Gemini's usage in the core's meaning."""

from __future__ import annotations

import json

import pytest

from lanewise.core.usage import Usage
from lanewise.wire.gemini.usage import read_usage, usage_object

TOLD = {
    "promptTokenCount": 100, "candidatesTokenCount": 20, "thoughtsTokenCount": 30, "cachedContentTokenCount": 40,
    "toolUsePromptTokenCount": 7, "totalTokenCount": 157,
}  # fmt: skip


def test_thinking_is_output_once_and_what_google_s_tools_read_is_input() -> None:
    usage = read_usage(json.dumps(TOLD).encode())
    assert usage is not None
    assert (usage.input_tokens, usage.cached_tokens, usage.output_tokens, usage.reasoning_tokens) == (107, 40, 50, 30)
    assert usage.input_tokens + usage.output_tokens == TOLD["totalTokenCount"]
    assert json.loads(usage.raw) == TOLD


@pytest.mark.parametrize("raw", [b"", b"null", b"[]", b"{}", b'{"trafficType":"ON_DEMAND"}', b'{"totalTokenCount":'])
def test_what_counts_nothing_is_none(raw: bytes) -> None:
    assert read_usage(raw) is None


def test_odd_counts_cost_nothing() -> None:
    usage = read_usage(b'{"promptTokenCount":-5,"candidatesTokenCount":"many","cachedContentTokenCount":9}')
    assert usage == Usage(raw=usage.raw if usage else b"")


def test_it_is_said_and_read_again() -> None:
    usage = Usage(input_tokens=100, cached_tokens=40, output_tokens=50, reasoning_tokens=30)
    again = read_usage(json.dumps(usage_object(usage)).encode())
    assert again is not None
    assert (again.input_tokens, again.cached_tokens, again.output_tokens, again.reasoning_tokens) == (100, 40, 50, 30)
