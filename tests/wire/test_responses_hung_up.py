"""Where a vendor of Responses is hung up on, its caller is told the end: of every recorded stream, cut anywhere within its words."""

from __future__ import annotations

import itertools
import json

import pytest
from openai.types.responses import Response

from lanewise.core.answer import Delta, Finish
from lanewise.core.request import Dialect
from lanewise.core.usage import Usage
from recordings import exchanges
from wire.responses_calls import RESPONSES, SPOKEN, asked, event, read

END = [Delta(finish=Finish.STOP, usage=Usage(input_tokens=3, output_tokens=2, estimated=True))]
CREATED = {"id": "resp_theirs", "object": "response", "status": "in_progress", "model": "m", "output": [], "later": 1}


def ended(deltas: list[Delta]) -> list[dict]:  # type: ignore[type-arg]
    """All events that a caller is sent of a stream that ends behind these deltas."""
    writer = SPOKEN.stream_writer(asked(stream=True), run_id="run_1", created_s=1)
    stream = writer.write(RESPONSES, deltas) + writer.write(Dialect.ANTHROPIC_MESSAGES, END) + writer.finish(b"{}")
    return events_of(stream)


def events_of(stream: bytes) -> list[dict]:  # type: ignore[type-arg]
    return [json.loads(line.removeprefix(b"data:")) for line in stream.splitlines() if line.startswith(b"data:")]


def words_of(response: dict) -> str:  # type: ignore[type-arg]
    items = [item for item in response["output"] if item["type"] == "message"]
    return "".join(part.get("text", "") for item in items for part in item["content"])


@pytest.mark.data
def test_every_recorded_stream_that_is_cut_within_its_words_comes_to_a_whole_end() -> None:
    cuts = 0
    for exchange in exchanges("responses"):
        if not exchange.stream or exchange.status != 200:
            continue
        deltas, failure = read(exchange.body)
        spoken = [at for at, delta in enumerate(deltas) if delta.text]
        if failure is not None or not spoken or any(delta.tool_calls or delta.media for delta in deltas):
            continue
        if words_of(events_of(exchange.body)[-1]["response"]) != "".join(delta.text for delta in deltas):
            continue  # a recording that was shortened by hand
        for at in {spoken[0], spoken[len(spoken) // 2], spoken[-1]}:
            events = ended(deltas[: at + 1])
            last = events[-1]
            response = last["response"]
            assert last["type"] == "response.completed", exchange.name
            assert Response.model_validate(response).status == "completed"
            assert words_of(response) == "".join(delta.text for delta in deltas[: at + 1]), exchange.name
            numbers = [each["sequence_number"] for each in events if "sequence_number" in each]
            assert numbers == sorted(set(numbers)), exchange.name
            opened = [each["output_index"] for each in events if each["type"] == "response.output_item.added"]
            closed = [each["output_index"] for each in events if each["type"] == "response.output_item.done"]
            assert sorted(opened) == sorted(closed), exchange.name
            cuts += 1
    assert cuts > 20


def test_what_was_done_stays_as_it_was_said_and_what_was_open_is_closed_as_far_as_it_came() -> None:
    reasoning = {"id": "rs_1", "type": "reasoning", "summary": [], "encrypted_content": "sealed"}
    message = {
        "id": "msg_1",
        "type": "message",
        "status": "in_progress",
        "role": "assistant",
        "content": [],
        "phase": "final",
    }
    place = {"output_index": 1, "content_index": 0}
    part = {"type": "output_text", "text": "", "annotations": [], "later": 2}
    number = itertools.count()
    events = (
        ("response.created", {"response": CREATED}),
        ("response.output_item.added", {"output_index": 0, "item": reasoning | {"encrypted_content": ""}}),
        ("response.output_item.done", {"output_index": 0, "item": reasoning}),
        ("response.output_item.added", {"output_index": 1, "item": message}),
        ("response.content_part.added", {"item_id": "msg_1", **place, "part": part}),
        ("response.output_text.delta", {"item_id": "msg_1", **place, "delta": "4"}),
        ("response.output_text.delta", {"item_id": "msg_1", **place, "delta": "2"}),
    )
    deltas, _ = read(b"".join(event(kind, sequence_number=next(number), **members) for kind, members in events))
    *_, text, closed, item, last = ended(deltas)
    assert (text["type"], text["text"], text["item_id"], text["sequence_number"]) == (
        "response.output_text.done", "42", "msg_1", 7,
    )  # fmt: skip
    assert closed["part"] == part | {"text": "42"}
    assert item["item"] == message | {"status": "completed", "content": [part | {"text": "42"}]}
    response = last["response"]
    assert (response["id"], response["later"], response["status"]) == ("resp_theirs", 1, "completed")
    assert response["output"] == [reasoning, item["item"]]
    assert response["usage"]["output_tokens"] == 2


def test_words_without_an_item_of_their_own_are_in_a_message_at_the_end() -> None:
    stream = event("response.created", sequence_number=0, response=CREATED)
    deltas, _ = read(stream + event("response.output_text.delta", sequence_number=1, delta="42"))
    events = ended(deltas)
    assert [each["type"] for each in events[2:]] == [
        "response.output_item.added", "response.output_item.done", "response.completed",
    ]  # fmt: skip
    assert words_of(events[-1]["response"]) == "42"
