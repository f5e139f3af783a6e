"""Requests for vectors: the caller's bytes out, the vendor's bytes back, and what is read of both."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec import structs

from lanewise.core.answer import Generation
from lanewise.core.errors import InvalidRequest
from lanewise.core.failure import FailureKind
from lanewise.core.request import Dialect
from lanewise.wire import EMBEDDINGS
from recordings import encoded, exchanges, inbound_requests
from wire.calls import call

RECORD = b'{"run":"run_1"}'
SMALL = {"model": "text-embedding-3-small", "input": "Hello"}
VECTORS = (
    b'{"object":"list","data":[{"object":"embedding","index":0,"embedding":[1.10,-2e-3]}],'
    b'"model":"m","usage":{"prompt_tokens":3,"total_tokens":3}}'
)


def read(**more: Any) -> Any:
    return EMBEDDINGS.read_request(json.dumps(SMALL | more).encode())


def sent(body: bytes) -> tuple[bytes, str]:
    request = EMBEDDINGS.read_request(body)
    wire = EMBEDDINGS.write_call(
        structs.replace(call(b'{"model":"m","messages":[{"role":"user","content":"Hi"}]}'), request=request)
    )
    return wire.body, wire.path


def test_the_caller_s_bytes_go_out_with_the_deployment_s_model_and_without_lanewise_s_keys() -> None:
    body = b'{"input": [ "a","b" ], "model":"auto","encoding_format":"base64", "lanewise":{"task":"t"}, "x": 1.10}'
    written, path = sent(body)
    assert path == "/embeddings"
    model = json.loads(written)["model"]
    assert written == b'{"input": [ "a","b" ], "model":"' + model.encode() + b'","encoding_format":"base64", "x": 1.10}'


@pytest.mark.parametrize(("given", "chars"), [("Hello", 5), (["a", "bcd"], 4), ([1, 2, 3], 12), ([[1], [2, 3]], 12)])
def test_what_is_asked_is_read(given: Any, chars: int) -> None:
    asked = read(input=given, lanewise={"task": "search"})
    assert (asked.embeds, asked.choices, asked.stream, asked.input_chars) == (True, 0, False, chars)
    assert (asked.model, asked.hints.task) == ("text-embedding-3-small", "search")


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (b'{"model": 5, "input": "a"}', "model"),
        (b'{"model": "m"}', "input"),
        (b'{"model": "m", "input": ""}', "input"),
        (b'{"model": "m", "input": []}', "input"),
        (b'{"model": "m", "input": 7}', "input"),
        (b"[", None),
    ],
)
def test_what_is_no_request_is_refused_with_what_to_write(body: bytes, param: str | None) -> None:
    with pytest.raises(InvalidRequest) as refused:
        EMBEDDINGS.read_request(body)
    assert refused.value.param == param
    assert param is None or "; write " in refused.value.message


def test_who_names_no_model_is_given_one() -> None:
    assert EMBEDDINGS.read_request(b'{"input": "a"}').model == "auto"
    written, _ = sent(b'{"input": "a"}')
    assert list(json.loads(written)) == ["input", "model"]


def test_an_answer_is_handed_on_byte_for_byte_and_its_usage_read() -> None:
    told = EMBEDDINGS.read_answer(VECTORS, want_content=True)
    assert told.failure is None
    assert told.usage is not None
    assert (told.usage.input_tokens, told.usage.output_tokens, told.served_model) == (3, 0, "m")
    generation = Generation(dialect=Dialect.OPENAI_CHAT, body=VECTORS)
    written = EMBEDDINGS.write_answer(generation, read(), RECORD, run_id="run_1", created_s=1)
    assert written == VECTORS[:-1] + b',"lanewise":' + RECORD + b"}"


@pytest.mark.parametrize("body", [b"", b"{}", b'{"data":[]}', b"<html>", b'{"data": 7}'])
def test_what_holds_no_vectors_is_a_failure(body: bytes) -> None:
    failure = EMBEDDINGS.read_answer(body, want_content=False).failure
    assert failure is not None
    assert failure.kind is FailureKind.MALFORMED


@pytest.mark.data
def test_recorded_exchanges_pass() -> None:
    recorded = list(exchanges("embeddings"))
    assert len(recorded) >= 7
    for exchange in recorded:
        assert exchange.request is not None
        body = encoded(exchange.request)
        assert json.loads(sent(body)[0]) == json.loads(body) | {"model": json.loads(sent(body)[0])["model"]}
        if exchange.status != 200:
            continue
        told = EMBEDDINGS.read_answer(exchange.body, want_content=False)
        assert told.failure is None, exchange.name
        assert told.usage is not None, exchange.name
        raw = json.loads(exchange.body)
        assert (told.usage.input_tokens, told.served_model) == (raw["usage"]["prompt_tokens"], raw["model"])
        generation = Generation(dialect=Dialect.OPENAI_CHAT, body=exchange.body)
        written = EMBEDDINGS.write_answer(generation, read(), RECORD, run_id="run_1", created_s=1)
        assert written.replace(b',"lanewise":' + RECORD, b"") == exchange.body


@pytest.mark.data
def test_what_real_clients_send_is_read() -> None:
    asked = [EMBEDDINGS.read_request(body) for _, body in inbound_requests("/v1/embeddings")]
    assert len(asked) >= 2
    assert {each.model for each in asked} == {"gw-model"}
