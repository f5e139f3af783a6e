"""Contents as turns: parts of every kind, results matched to their calls, and what cannot leave."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from lanewise.core.conversation import Document, Image, Text, Thinking, ToolResult, ToolUse
from lanewise.core.errors import InvalidRequest
from lanewise.core.request import Dialect
from wire.gemini_calls import turns


def user(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"role": "user", "parts": list(parts)}


def model(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"role": "model", "parts": list(parts)}


def the_call(name: str, **more: Any) -> dict[str, Any]:
    return {"functionCall": {"name": name, **more}}


def result(name: str, value: object, **more: Any) -> dict[str, Any]:
    return {"functionResponse": {"name": name, "response": value, **more}}


def test_neighbours_of_one_side_become_one_turn_and_a_missing_role_is_the_user() -> None:
    read = turns({"parts": {"text": "a"}}, user({"text": "b"}), model({"text": "c"}))
    assert [(turn.role, [part.text for part in turn.parts if isinstance(part, Text)]) for turn in read] == [
        ("user", ["a", "b"]),
        ("assistant", ["c"]),
    ]


def test_pictures_and_files_by_bytes_and_by_address() -> None:
    url_safe = base64.urlsafe_b64encode(b"\xfb\xff\xfe").decode()
    (turn,) = turns(
        user(
            {"inlineData": {"mimeType": "image/png", "data": url_safe}},
            {"inline_data": {"mime_type": "application/pdf", "data": "aGk="}},
            {"inlineData": {"mimeType": "text/plain", "data": "aGk"}},
            {"fileData": {"fileUri": "https://a/b.jpg", "mimeType": "image/jpeg"}},
            {"fileData": {"fileUri": "https://a/b.pdf", "mimeType": "application/pdf"}},
            {"fileData": {"fileUri": "https://a/b"}},
        )
    )
    assert turn.parts == (
        Image(data="+//+", media_type="image/png"),
        Document(data="aGk=", media_type="application/pdf"),
        Document(text="hi", media_type="text/plain"),
        Image(url="https://a/b.jpg", media_type="image/jpeg"),
        Document(url="https://a/b.pdf", media_type="application/pdf"),
        Image(url="https://a/b"),
    )


def test_results_find_their_calls_by_id_else_by_name_in_order() -> None:
    _, calls, results = turns(
        user({"text": "Hi"}),
        model(the_call("f"), the_call("f", id="mine"), the_call("g", args={"exact": 1})),
        user(result("f", {"result": "2"}, id="mine"), result("g", {"a": 3}), result("f", {"error": "no"})),
    )
    ids = [part.id for part in calls.parts if isinstance(part, ToolUse)]
    assert ids[1] == "mine"
    assert len(set(ids)) == 3
    assert results.parts == (
        ToolResult(call_id="mine", name="f", parts=(Text(text="2"),)),
        ToolResult(call_id=ids[2], name="g", parts=(Text(text='{"a": 3}'),)),
        ToolResult(call_id=ids[0], name="f", parts=(Text(text="no"),), failed=True),
    )


def test_a_call_gets_the_same_id_however_often_the_conversation_is_sent() -> None:
    contents = [user({"text": "Hi"}), model(the_call("f")), user(result("f", {}))]
    assert turns(*contents) == turns(*contents)
    assert turns(*contents, model({"text": "ok"}))[1] == turns(*contents)[1]


def test_a_result_nobody_waits_for_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="no functionCall of 'f' waits"):
        turns(user(result("f", {})))


def test_thinking_keeps_its_proof_wherever_it_stands() -> None:
    (turn,) = turns(
        model(
            {"text": "hm", "thought": True},
            {"text": "So", "thoughtSignature": "p1"},
            {"text": "", "thoughtSignature": "p2"},
            the_call("f", args={}) | {"thoughtSignature": "p3"},
        )
    )
    gemini = Dialect.GEMINI
    assert turn.parts == (
        Thinking(text="hm", signature="p1", origin=gemini),
        Text(text="So"),
        Thinking(signature="p2", origin=gemini),
        ToolUse(id="call_1", name="f", arguments="{}", signature="p3"),
    )


@pytest.mark.parametrize("words", ["skip_thought_signature_validator", "skip/thought/signature/validator"])
def test_the_words_in_place_of_a_proof_are_none(words: str) -> None:
    (turn,) = turns(model(the_call("f") | {"thoughtSignature": words}))
    assert isinstance(turn.parts[0], ToolUse)
    assert turn.parts[0].signature == ""


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ({"executableCode": {"language": "PYTHON", "code": "1"}}, "executableCode"),
        ({"toolCall": {}}, "toolCall"),
        ({"fileData": {"fileUri": "gs://bucket/file", "mimeType": "image/png"}}, "fileData.fileUri"),
        ({"fileData": {"fileUri": "https://generativelanguage.googleapis.com/v1beta/files/x"}}, "fileData.fileUri"),
        ({"functionCall": {"name": "f", "args": [1]}}, "functionCall.args"),
        ({"text": "a", "videoMetadata": {}}, "videoMetadata"),
    ],
)
def test_what_cannot_be_said_to_another_vendor_is_named(part: dict[str, Any], name: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        turns(user(part))
    assert refused.value.param == f"contents[0].parts[0].{name}"


def test_an_unknown_role_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="write user or model"):
        turns({"role": "wizard", "parts": [{"text": "a"}]})
