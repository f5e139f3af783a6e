"""Counting a request's tokens: what is asked of a vendor, and what is estimated where nobody is."""

from __future__ import annotations

import json

import pytest

from lanewise.core.policy import ModelFacts
from lanewise.wire import INBOUND
from lanewise.wire.anthropic.counting import IMAGE_TOKENS, estimate, read_count, write_count
from recordings import encoded, exchanges
from wire.calls import MESSAGES, call, messages

FACTS = ModelFacts(thinking="adaptive", efforts=("low", "high"), cache_markers=True)


def test_what_was_only_added_for_an_answer_is_not_asked() -> None:
    body = b'{"model":"any","messages":[{"role":"user","content":"1.10"}],"lanewise":{"task":"sum"}}'
    wire = write_count(call(body, spoken=MESSAGES, dialect=MESSAGES, facts=FACTS))
    assert wire.path == "/messages/count_tokens"
    assert wire.body == b'{"model":"served-model","messages":[{"role":"user","content":"1.10"}]}'


def test_what_the_caller_wrote_itself_is_the_vendor_s_to_judge() -> None:
    wire = write_count(call(messages(stream=True), spoken=MESSAGES, dialect=MESSAGES, facts=FACTS))
    assert json.loads(wire.body).keys() == {"model", "max_tokens", "messages", "stream"}


@pytest.mark.parametrize(
    ("body", "count"),
    [
        (b'{"input_tokens":671}', 671),
        (b'{"input_tokens":"many"}', None),
        (b"{}", None),
        (b"<html>", None),
        (b"\xff", None),
    ],
)
def test_a_count_is_read_or_is_none(body: bytes, count: int | None) -> None:
    assert read_count(body) == count


def test_an_estimate_grows_with_words_and_counts_pictures_apart() -> None:
    def estimated(**members: object) -> int:
        return estimate(INBOUND[MESSAGES].read_request(messages(**members)))

    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "A" * 4_000}}
    few = estimated(messages=[{"role": "user", "content": [{"type": "text", "text": "x" * 400}]}])
    many = estimated(messages=[{"role": "user", "content": [{"type": "text", "text": "x" * 4_400}]}])
    seen = estimated(messages=[{"role": "user", "content": [{"type": "text", "text": "x" * 400}, image]}])
    assert 100 <= few <= 130
    assert many - few == 1_000
    assert IMAGE_TOKENS <= seen - few <= IMAGE_TOKENS + 40
    tools = [{"name": "f", "input_schema": {"type": "object", "description": "y" * 400}}]
    assert estimated(tools=tools) - estimated() >= 100
    pdf = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "A" * 640_000}}
    assert estimated(messages=[{"role": "user", "content": [pdf]}]) >= 9 * IMAGE_TOKENS


@pytest.mark.data
def test_recorded_questions_are_asked_as_they_were_and_recorded_counts_are_read() -> None:
    recorded = [each for each in exchanges("count_tokens") if each.request is not None]
    assert len(recorded) == 2
    for exchange in recorded:
        body = encoded(exchange.request)
        model = json.loads(body)["model"]
        wire = write_count(call(body, spoken=MESSAGES, dialect=MESSAGES, facts=FACTS, model=model))
        assert wire.body == body, exchange.name
        counted = read_count(exchange.body)
        assert (counted is not None) == (exchange.status == 200), exchange.name
