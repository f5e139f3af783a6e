"""What an answer of Gemini says of Google's own tools: as many uses as Google bills."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lanewise.core.policy import ModelFacts
from lanewise.core.request import Dialect
from lanewise.core.usage import Usage
from lanewise.wire import OUTBOUND
from lanewise.wire.gemini.grounding import Grounding

GEMINI = OUTBOUND[Dialect.GEMINI]
PLACE = {"maps": {"placeId": "p1", "title": "A place"}}
PAGE = {"web": {"uri": "https://example.test", "title": "A page"}}


@pytest.mark.parametrize(
    ("heard", "uses"),
    [
        ([], {}),
        ([None, [], "odd", {}], {}),
        ([{"webSearchQueries": ["a", "", "b", "a"]}], {"web_search": 2}),
        ([{"webSearchQueries": ["a"]}, {"webSearchQueries": ["a", "b"]}], {"web_search": 2}),
        ([{"webSearchQueries": ["", ""]}], {}),
        ([{"groundingChunks": [PAGE]}], {"web_search": 1}),
        ([{"groundingChunks": [PAGE]}, {"webSearchQueries": ["a", "b"]}], {"web_search": 2}),
        ([{"searchEntryPoint": {"renderedContent": "<a>"}}], {"web_search": 1}),
        ([{"groundingChunks": [PLACE, PLACE]}], {"maps": 1}),
        ([{"groundingChunks": [PLACE, PAGE], "webSearchQueries": ["a"]}], {"maps": 1, "web_search": 1}),
        ([{"imageSearchQueries": ["a"], "retrievalQueries": ["b", "c"]}], {"image_search": 1, "retrieval": 2}),
        ([{"webSearchQueries": "a", "groundingChunks": 7}], {"web_search": 1}),
    ],
)
def test_uses_are_what_is_billed(heard: list[Any], uses: dict[str, int]) -> None:
    grounding = Grounding()
    for each in heard:
        grounding.hear(each)
    assert grounding.uses() == uses


def chunk(text: str, grounding: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": [{"text": text}]}, **more}
    if grounding is not None:
        candidate["groundingMetadata"] = grounding
    usage = {"promptTokenCount": 9, "candidatesTokenCount": 4, "toolUsePromptTokenCount": 20}
    return {"candidates": [candidate], "usageMetadata": usage}


def whole_usage(told: dict[str, Any]) -> Usage | None:
    return GEMINI.read_answer(json.dumps(told).encode(), want_content=False).usage


def test_a_whole_answer_and_a_stream_tell_the_same() -> None:
    first, last = {"webSearchQueries": ["a"]}, {"webSearchQueries": ["a", "b"]}
    whole = whole_usage(chunk("Eight.", last, finishReason="STOP"))
    reader = GEMINI.stream_reader(ModelFacts())
    deltas = [
        delta
        for told in (chunk("Ei"), chunk("ght", first), chunk(".", last, finishReason="STOP"))
        for delta in reader.feed(b"data: " + json.dumps(told).encode() + b"\r\n\r\n")
    ]
    assert whole is not None
    assert deltas[-1].usage is not None
    assert whole.tool_uses == deltas[-1].usage.tool_uses == {"web_search": 2}
    assert whole.input_tokens == 29, "what a tool found is input, read once"


def test_an_answer_that_was_grounded_in_nothing_says_that_there_were_none() -> None:
    plain, odd = whole_usage(chunk("Eight.")), whole_usage(chunk("Eight.", {}, groundingAttributions=[]))
    assert plain is not None
    assert odd is not None
    assert (plain.tool_uses, odd.tool_uses) == ({}, {})
