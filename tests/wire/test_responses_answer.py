"""Whole responses of a vendor."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lanewise.core.answer import Finish
from lanewise.core.failure import FailureKind
from lanewise.wire.openai_responses.answer import read_answer

CALL = {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"}


def message(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"type": "message", "content": list(parts)}


def said(text: str) -> dict[str, Any]:
    return message({"type": "output_text", "text": text, "annotations": []})


def response(*output: dict[str, Any], **members: Any) -> bytes:
    return json.dumps(
        {"object": "response", "status": "completed", "model": "m", "output": list(output)} | members
    ).encode()


@pytest.mark.parametrize("want_content", [False, True])
@pytest.mark.parametrize(
    ("output", "empty"),
    [
        ([], True),
        ([said("")], True),
        ([said(" \n")], True),
        ([message()], True),
        ([{"type": "reasoning", "summary": [], "encrypted_content": "e"}], True),
        ([said("yes")], False),
        ([said("long " * 100)], False),
        ([message({"type": "refusal", "refusal": "no"})], False),
        ([message({"type": "later", "sound": "..."})], False),
        ([{"type": "image_generation_call", "result": "..."}], False),
        ([CALL], False),
    ],
)
def test_an_answer_that_says_nothing_is_empty(output: list[dict[str, Any]], empty: bool, want_content: bool) -> None:
    answer = read_answer(response(*output), want_content=want_content)
    assert (answer.empty, answer.failure) == (empty, None)


def test_its_end() -> None:
    assert read_answer(response(CALL), want_content=False).finish is Finish.TOOL_CALLS
    cut = response(said("a"), status="incomplete", incomplete_details={"reason": "max_output_tokens"})
    assert read_answer(cut, want_content=False).finish is Finish.LENGTH
    assert read_answer(response(said("a"), status=None), want_content=False).finish is Finish.STOP


def test_a_failed_response_is_a_failure_in_the_vendor_s_words_and_its_usage_is_kept() -> None:
    usage = {"input_tokens": 5, "output_tokens": 1, "total_tokens": 6}
    body = response(status="failed", error={"code": "rate_limit_exceeded", "message": "Slow down"}, usage=usage)
    answer = read_answer(body, want_content=True)
    assert answer.failure is not None
    assert (answer.failure.kind, answer.failure.message) == (FailureKind.RATE_LIMITED, "Slow down")
    assert answer.usage is not None
    assert answer.usage.input_tokens == 5


def test_a_cancelled_one_without_a_word_says_so() -> None:
    failure = read_answer(response(status="cancelled"), want_content=False).failure
    assert failure is not None
    assert failure.message == "The vendor's response ended as cancelled"


@pytest.mark.parametrize("body", [b"{}", b'{"output": null}', b'{"output": 5}', b"<html>", b'{"choices": []}'])
def test_what_is_no_response_is_malformed(body: bytes) -> None:
    failure = read_answer(body, want_content=True).failure
    assert failure is not None
    assert failure.kind is FailureKind.MALFORMED
