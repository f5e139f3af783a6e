"""The dialect as a whole: one object for all calls at once, and two gateways in a row that understand each other."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.answer import Delta
from lanewise.core.failure import FailureKind
from lanewise.core.policy import ModelFacts
from lanewise.core.protocols.dialect import ErrorReport
from lanewise.wire.openai_chat import OpenAIChat
from wire.calls import CHAT, HELLO, MESSAGES, chat, events, read_whole, sent

DIALECT = OpenAIChat()
REQUEST = DIALECT.read_request(HELLO)


def _stream(name: str, *words: str) -> bytes:
    call = {"index": 0, "id": f"call-{name}", "function": {"name": name, "arguments": "{}"}}
    deltas = [{"content": word} for word in words] + [{"tool_calls": [call]}]
    chunks = [{"model": name, "choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    return events(*(json.dumps(chunk) for chunk in chunks), "[DONE]")


STREAMS = (_stream("one", "Grüße, ", "world"), _stream("two", "another"), _stream("three"))


@given(st.permutations([number for number, stream in enumerate(STREAMS) for _ in range(len(stream) // 40 + 1)]))
def test_calls_that_stream_at_the_same_time_through_one_dialect_never_mix(turns: list[int]) -> None:
    readers = [DIALECT.stream_reader(ModelFacts()) for _ in STREAMS]
    writers = [DIALECT.stream_writer(REQUEST, run_id=f"r{number}", created_s=1) for number in range(len(STREAMS))]
    read: list[list[Delta]] = [[] for _ in STREAMS]
    places = [0 for _ in STREAMS]
    for number in turns:
        start, places[number] = places[number], places[number] + 40
        read[number] += readers[number].feed(STREAMS[number][start : places[number]])
    for number, stream in enumerate(STREAMS):
        assert readers[number].end() is None
        assert (read[number], None) == read_whole(DIALECT.stream_reader(ModelFacts()), stream)
        assert writers[number].write(CHAT, read[number]) == stream.removesuffix(b"data: [DONE]\n\n")


REPORTS = [
    (
        ErrorReport(status=400, kind="invalid_request_error", message="No", code="bad", param="messages[1]"),
        FailureKind.BAD_REQUEST,
    ),
    (ErrorReport(status=503, kind="upstream_error", message="Nobody answers"), FailureKind.OVERLOADED),
]


@pytest.mark.parametrize(("report", "kind"), REPORTS)
def test_an_error_that_one_gateway_tells_is_understood_by_the_gateway_before_it(
    report: ErrorReport, kind: FailureKind
) -> None:
    failure = DIALECT.read_failure(report.status, {}, DIALECT.write_error(report))
    assert (failure.kind, failure.status) == (kind, report.status)
    assert (failure.message, failure.param) == (report.message, report.param)
    assert failure.code == (report.code or report.kind)


def test_an_error_in_the_middle_of_one_gateways_stream_ends_the_stream_of_the_gateway_before_it() -> None:
    writer = DIALECT.stream_writer(REQUEST, run_id="r1", created_s=1)
    report = ErrorReport(status=502, kind="upstream_error", message="The vendor hung up", code="cut_stream")
    stream = writer.write(MESSAGES, [Delta(text="Grü")]) + writer.comment("thinking") + writer.error(report)
    deltas, failure = read_whole(DIALECT.stream_reader(ModelFacts()), stream)
    assert "".join(delta.text for delta in deltas) == "Grü"
    assert deltas[-1].last
    assert failure is not None
    assert (failure.message, failure.code) == ("The vendor hung up", "cut_stream")
    assert failure.transient


@given(st.dictionaries(st.sampled_from(["seed", "n", "later", "top_p", "stop"]), st.integers(1, 9), max_size=4))
def test_what_is_said_to_a_vendor_is_a_request_this_dialect_reads_as_the_same_question(asked: dict[str, int]) -> None:
    body = chat(**asked, lanewise={"task": "sum"})
    once = DIALECT.read_request(sent(body).body)
    assert once.model == "served-model"
    assert once.hints.task is None
    assert (once.last_user_text, once.choices) == ("Hello", DIALECT.read_request(body).choices)
    assert sent(sent(body).body).body == sent(body).body
