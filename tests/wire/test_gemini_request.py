"""What a generateContent request asks for, and which mistakes are told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lanewise.core.errors import InvalidRequest
from lanewise.core.request import Dialect, Request, Target
from wire.gemini_calls import GEMINI, HELLO, request


def test_model_and_stream_come_from_the_path() -> None:
    asked = request(stream=True)
    assert (asked.dialect, asked.model, asked.stream) == (Dialect.GEMINI, "asked-for", True)


def test_a_path_without_a_model_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="write it into the path") as refused:
        GEMINI.read_request(json.dumps(HELLO).encode(), Target())
    assert refused.value.param == "model"


CONFIG = {"maxOutputTokens": 100, "candidateCount": 2, "responseMimeType": "application/json"}
SNAKE = {"max_output_tokens": 100, "candidate_count": 2, "response_mime_type": "application/json"}


@pytest.mark.parametrize(
    "config", [{"generationConfig": CONFIG}, {"generation_config": SNAKE}, {"generationConfig": SNAKE}]
)
def test_both_spellings_are_read(config: dict[str, Any]) -> None:
    asked = request(**config)
    assert (asked.max_output_tokens, asked.choices, asked.response_format) == (100, 2, "json_object")


@pytest.mark.parametrize(
    ("members", "param"),
    [
        ({"generationConfig": {"topK": 1, "top_k": 1}}, "generationConfig.top_k"),
        ({"systemInstruction": "a", "system_instruction": "b"}, "system_instruction"),
    ],
)
def test_one_key_in_both_spellings_is_refused(members: dict[str, Any], param: str) -> None:
    """A limit could be set on the one and spent by the other."""
    with pytest.raises(InvalidRequest, match="two spellings") as refused:
        request(**members)
    assert refused.value.param == param


@pytest.mark.parametrize(
    ("thinking", "effort", "budget"),
    [
        ({"thinkingLevel": "HIGH"}, "high", None),
        ({"thinking_budget": 2048}, None, 2048),
        ({"thinkingBudget": 0}, None, 0),
        ({"thinkingBudget": -1}, None, None),
        ({"includeThoughts": True}, None, None),
    ],
)
def test_how_hard_to_think_is_read(thinking: dict[str, Any], effort: str | None, budget: int | None) -> None:
    asked = request(generationConfig={"thinkingConfig": thinking})
    assert (asked.effort, asked.thinking_budget_tokens) == (effort, budget)


@pytest.mark.parametrize(
    ("thinking", "shows"),
    [
        ({}, False),
        ({"thinkingBudget": 2048}, False),
        ({"includeThoughts": True}, True),
        ({"include_thoughts": True}, True),
        ({"includeThoughts": False}, False),
        ({"includeThoughts": None}, False),
        ({"includeThoughts": "odd"}, False),
    ],
)
def test_thoughts_are_shown_where_they_are_asked_for(thinking: dict[str, Any], *, shows: bool) -> None:
    assert request(generationConfig={"thinkingConfig": thinking}).shows_thinking is shows


@pytest.mark.parametrize("name", ["responseSchema", "response_json_schema", "responseJsonSchema"])
def test_a_schema_in_any_form_is_a_schema(name: str) -> None:
    assert request(generationConfig={name: {"type": "object"}}).response_format == "json_schema"


def test_tools_of_the_caller_s_and_of_google_s() -> None:
    functions = request(tools=[{"function_declarations": [{"name": "look_up"}]}])
    assert (functions.has_tools, functions.vendor_tools) == (True, False)
    search = request(tools=[{"functionDeclarations": []}, {"googleSearch": {}}])
    assert (search.has_tools, search.vendor_tools) == (True, True)
    assert not request().has_tools


def picture(spelling: str) -> dict[str, Any]:
    inner = {"inlineData": "mimeType", "inline_data": "mime_type", "fileData": "mimeType"}[spelling]
    return {spelling: {inner: "image/png", "data": "aGk=", "fileUri": "https://a/b.png"}}


def test_pictures_are_counted_and_files_are_none() -> None:
    pdf = {"inlineData": {"mimeType": "application/pdf", "data": "aGk="}}
    parts = [picture("inlineData"), picture("inline_data"), picture("fileData"), pdf]
    asked = request(contents=[{"parts": parts}])
    assert (asked.has_images, asked.image_count) == (True, 3)


def talk() -> Request:
    contents = [
        {"role": "user", "parts": [{"text": "What is this?"}]},
        {"role": "model", "parts": [{"text": "A stone."}]},
        {"role": "user", "parts": [{"text": "How old?"}, {"text": "In years."}]},
    ]
    return request(contents=contents, systemInstruction={"parts": {"text": "Be brief."}})


def test_what_routing_looks_at() -> None:
    asked = talk()
    assert asked.last_user_text == "How old?\nIn years."
    assert asked.opening == "Be brief.\nWhat is this?"
    assert asked.continues
    assert asked.input_chars == len("Be brief.What is this?A stone.How old?In years.")


def test_a_long_last_message_loses_its_middle() -> None:
    text = "begin" + "x" * 100_000 + "end"
    last = request(contents=[{"parts": [{"text": text}]}]).last_user_text
    assert len(last) <= 16 * 1024
    assert (last[:5], last[-3:]) == ("begin", "end")


def test_what_lanewise_is_told() -> None:
    hints = request(lanewise={"task": "sum", "latency": "can_wait", "deadline": "5s"}).hints
    assert (hints.task, hints.latency, hints.deadline_s) == ("sum", "can_wait", 5.0)


@pytest.mark.parametrize(
    ("members", "param"),
    [
        ({"contents": []}, "contents"),
        ({"contents": "Hello"}, "contents"),
        ({"generationConfig": {"maxOutputTokens": "0"}}, "generationConfig.maxOutputTokens"),
        (
            {"generationConfig": {"thinkingConfig": {"thinkingBudget": "much"}}},
            "generationConfig.thinkingConfig.thinkingBudget",
        ),
        ({"generationConfig": {"thinkingConfig": 7}}, "generationConfig.thinkingConfig"),
        ({"tools": {}}, "tools"),
    ],
)
def test_a_mistake_is_told_by_its_name_with_what_to_write(members: dict[str, Any], param: str) -> None:
    with pytest.raises(InvalidRequest, match="write") as refused:
        request(**members)
    assert refused.value.param == param
