"""A caller's stream of response events, and its errors."""

from __future__ import annotations

import json

from openai.types.responses import Response

from lanewise.core.answer import Delta, Finish
from lanewise.core.protocols.dialect import ErrorReport, StreamWriter
from lanewise.core.refusal import Refusal
from lanewise.core.request import Dialect
from wire.responses_calls import RESPONSES, SPOKEN, asked, event, read, told

MESSAGES = Dialect.ANTHROPIC_MESSAGES
REPORT = ErrorReport(status=502, kind="upstream_error", message="The vendor hung up", code="cut_stream")
CREATED = {"id": "resp_theirs", "object": "response", "status": "in_progress", "model": "m", "output": [], "later": 1}
STREAM = (
    event("response.created", sequence_number=0, response=CREATED)
    + event("response.output_text.delta", sequence_number=4, output_index=0, content_index=0, delta="a")
    + event("response.completed", sequence_number=5, response=CREATED | {"status": "completed"})
)


def writer() -> StreamWriter:
    return SPOKEN.stream_writer(asked(stream=True), run_id="run_1", created_s=1)


def test_a_vendor_of_the_same_dialect_is_relayed_and_the_record_told_before_its_last_event() -> None:
    deltas, _ = read(STREAM)
    mine = writer()
    before = mine.write(RESPONSES, deltas)
    after = mine.finish(b'{"run":\n"run_1"}')
    record, _, terminal = after.partition(b"\n")
    assert before + terminal == STREAM
    assert record == b': lanewise {"run": "run_1"}'


def test_a_failure_after_a_vendor_s_own_events_ends_its_own_response() -> None:
    deltas, _ = read(STREAM)
    mine = writer()
    mine.write(RESPONSES, deltas[:2])
    failed, error = told(mine.error(REPORT))
    assert (failed["type"], failed["sequence_number"]) == ("response.failed", 5)
    assert failed["response"]["id"] == "resp_theirs"
    assert failed["response"]["later"] == 1
    assert failed["response"]["error"] == {"code": "cut_stream", "message": "The vendor hung up"}
    assert (error["type"], error["sequence_number"], error["message"]) == ("error", 6, "The vendor hung up")


def test_a_failure_in_the_middle_of_another_vendor_s_words_keeps_what_is_whole() -> None:
    mine = writer()
    stream = mine.write(MESSAGES, [Delta(reasoning="hm"), Delta(text="yes")]) + mine.error(REPORT)
    failed, error = told(stream)[-2:]
    assert [item["type"] for item in failed["response"]["output"]] == ["reasoning"]
    assert Response.model_validate(failed["response"] | {"error": None}).status == "failed"
    assert error["error"] == {
        "type": "upstream_error",
        "code": "cut_stream",
        "message": "The vendor hung up",
        "param": None,
    }


def test_a_failure_before_anything_was_said_is_a_whole_stream_of_its_own() -> None:
    kinds = [each["type"] for each in told(writer().error(REPORT))]
    assert kinds == ["response.created", "response.in_progress", "response.failed", "error"]


def test_a_refusal_is_told_beside_the_error() -> None:
    refused = ErrorReport(
        status=429, kind="rate_limit_error", message="No", refusal=Refusal(policy="budget", reason="No")
    )
    assert told(writer().error(refused))[-1]["lanewise"]["refusal"]["policy"] == "budget"
    assert json.loads(SPOKEN.write_error(refused))["lanewise"]["refusal"]["policy"] == "budget"


def test_an_error_s_body() -> None:
    assert json.loads(SPOKEN.write_error(REPORT)) == {
        "error": {"message": "The vendor hung up", "type": "upstream_error", "param": None, "code": "cut_stream"}
    }


def test_an_answer_of_which_nothing_came_is_a_whole_stream() -> None:
    kinds = [each["type"] for each in told(writer().finish(b"{}"))]
    assert kinds == ["response.created", "response.in_progress", "response.completed"]


def test_progress_has_a_type_of_its_own() -> None:
    (progress,) = told(writer().progress("routed", b'{"lane":"standard"}'))
    assert progress == {"type": "lanewise.progress", "event": "routed", "lane": "standard"}


def test_the_model_is_the_one_that_served() -> None:
    mine = writer()
    stream = mine.write(MESSAGES, [Delta(served_model="model-2026"), Delta(text="a"), Delta(finish=Finish.STOP)])
    assert told(stream + mine.finish(b"{}"))[-1]["response"]["model"] == "model-2026"
