from __future__ import annotations

import json
from typing import Any

import pytest

from lanewise.core.answer import Content, Finish, Generation, ToolCall
from lanewise.core.failure import FailureKind
from lanewise.core.usage import Usage
from lanewise.wire import INBOUND, OUTBOUND
from wire.calls import CHAT, HELLO, MESSAGES, chat

REQUEST = INBOUND[CHAT].read_request(HELLO)


def _written(generation: Generation, lanewise: bytes = b'{"run":"r"}') -> bytes:
    return INBOUND[CHAT].write_answer(generation, REQUEST, lanewise, run_id="r1", created_s=1_700_000_000)


def _completion(message: dict[str, Any], **members: Any) -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": members.pop("finish", "stop")}
    return json.dumps({"id": "x", "object": "chat.completion", "model": "m", "choices": [choice], **members}).encode()


def test_an_answer_is_read_with_or_without_its_content() -> None:
    body = _completion({"content": "Hi"}, usage={"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4})
    full = OUTBOUND[CHAT].read_answer(body, want_content=True)
    lean = OUTBOUND[CHAT].read_answer(body, want_content=False)
    assert full.content == Content(text="Hi")
    assert lean.content is None
    assert lean.usage == full.usage
    assert (lean.finish, lean.served_model, lean.failure) == (Finish.STOP, "m", None)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"error": {"message": "Busy", "type": "overloaded_error"}}', FailureKind.OVERLOADED),
        (b'{"error": {"message": "Gone", "code": 502}, "choices": []}', FailureKind.SERVER_ERROR),
        (b'{"choices": []}', FailureKind.MALFORMED),
        (b'{"choices": 3}', FailureKind.MALFORMED),
        (b"<html>hello</html>", FailureKind.MALFORMED),
        (b"", FailureKind.MALFORMED),
        (b'{"id": "x"', FailureKind.MALFORMED),
    ],
)
def test_a_body_that_is_no_answer_is_a_failure_though_its_status_was_200(body: bytes, kind: FailureKind) -> None:
    failure = OUTBOUND[CHAT].read_answer(body, want_content=True).failure
    assert failure is not None
    assert failure.kind is kind


def test_the_vendors_bytes_stay_and_one_key_is_added() -> None:
    body = b'{ "id" : "x", "n": 1.10, "choices": [{"message": {"content": "}"}}] }\n'
    generation = Generation(dialect=CHAT, body=body)
    assert _written(generation) == body.replace(b" }\n", b' ,"lanewise":{"run":"r"}}\n')


def test_another_gateways_key_is_replaced_not_doubled() -> None:
    body = b'{"choices":[],"lanewise":{"run":"theirs"}}'
    assert _written(Generation(dialect=CHAT, body=body)) == b'{"choices":[],"lanewise":{"run":"r"}}'


def test_an_answer_of_another_dialect_becomes_a_whole_chat_completion() -> None:
    generation = Generation(
        dialect=MESSAGES,
        body=b"{}",
        content=Content(text="Hi", reasoning="hm", tool_calls=(ToolCall(id="c", name="f", arguments='{"x":1.10}'),)),
        finish=Finish.TOOL_CALLS,
        usage=Usage(input_tokens=9, cached_tokens=4, output_tokens=5, reasoning_tokens=2),
        served_model="claude-x",
    )
    assert json.loads(_written(generation)) == {
        "id": "chatcmpl-r1",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": "claude-x",
        "choices": [
            {
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": "Hi",
                    "refusal": None,
                    "reasoning_content": "hm",
                    "tool_calls": [
                        {"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"x":1.10}'}}
                    ],
                },
                "logprobs": None,
                "finish_reason": "tool_calls",
            }
        ],
        "usage": {
            "prompt_tokens": 9,
            "completion_tokens": 5,
            "total_tokens": 14,
            "prompt_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 2},
        },
        "lanewise": {"run": "r"},
    }


def test_what_the_writer_says_its_own_reader_understands() -> None:
    content = Content(text="Hi", reasoning="hm", refusal="no", tool_calls=(ToolCall(id="c", name="f", arguments="{}"),))
    usage = Usage(input_tokens=9, cached_tokens=4, output_tokens=5, reasoning_tokens=2)
    generation = Generation(dialect=MESSAGES, content=content, finish=Finish.LENGTH, usage=usage, served_model="m")
    answer = OUTBOUND[CHAT].read_answer(_written(generation), want_content=True)
    assert answer.content == content
    assert answer.finish is Finish.LENGTH
    assert answer.usage is not None
    assert Usage(**{name: getattr(answer.usage, name) for name in usage.__struct_fields__ if name != "raw"}) == usage


def test_a_filtered_answer_says_so() -> None:
    generation = Generation(dialect=MESSAGES, content=Content(), finish=Finish.CONTENT_FILTER)
    assert json.loads(_written(generation))["choices"][0]["finish_reason"] == "content_filter"


def test_an_answer_of_another_dialect_without_its_content_is_a_mistake_not_an_empty_answer() -> None:
    with pytest.raises(ValueError, match="content"):
        _written(Generation(dialect=MESSAGES, body=b'{"content":[]}'))


def test_hints_are_no_part_of_an_answer() -> None:
    request = INBOUND[CHAT].read_request(chat(lanewise={"task": "x"}))
    answer = INBOUND[CHAT].write_answer(Generation(dialect=CHAT, body=b"{}"), request, b"{}", run_id="r", created_s=1)
    assert answer == b'{"lanewise":{}}'


@pytest.mark.parametrize("want_content", [True, False])
def test_answers_that_nobody_has_asked_for_are_told(want_content: bool) -> None:
    one = json.loads(_completion({"content": "Hi"}))
    several = one | {"choices": [*one["choices"], {"index": 1, "message": {"content": "Ho"}}]}
    told = [OUTBOUND[CHAT].read_answer(json.dumps(each).encode(), want_content=want_content) for each in (one, several)]
    assert [each.others for each in told] == [False, True]
