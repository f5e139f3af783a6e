"""Sound and film: said to vendors whose dialect has a place for them, and refused by name elsewhere."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from lanewise.core.errors import InvalidRequest
from lanewise.core.policy import ModelFacts
from lanewise.core.request import Dialect, Target
from lanewise.wire import INBOUND
from wire.calls import CHAT, HELLO, MESSAGES, call, chat, written

RESPONSES, GEMINI = Dialect.OPENAI_RESPONSES, Dialect.GEMINI
HEARS = ModelFacts(sound=True)
WAV = {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}


def heard(part: dict[str, Any]) -> bytes:
    return chat(messages=[{"role": "user", "content": [{"type": "text", "text": "What is it?"}, part]}])


def seen(kind: str = "audio/mp3", **more: Any) -> bytes:
    blob = {"inlineData": {"mimeType": kind, "data": "SUQz"}} | more
    return json.dumps({"contents": [{"role": "user", "parts": [{"text": "What is it?"}, blob]}]}).encode()


def said(body: bytes, *, spoken: Dialect, to: Dialect, facts: ModelFacts = HEARS) -> Any:
    request = INBOUND[spoken].read_request(body, Target(model="m", stream=False))
    made = msgspec.structs.replace(call(HELLO, dialect=to, facts=facts), request=request)
    return json.loads(written(made).body)


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (WAV, {"inlineData": {"mimeType": "audio/wav", "data": "UklGRg=="}}),
        (
            {"type": "video_url", "video_url": {"url": "data:video/webm;base64,GkXfow=="}},
            {"inlineData": {"mimeType": "video/webm", "data": "GkXfow=="}},
        ),
        (
            {"type": "video_url", "video_url": {"url": "https://films.example/a.mp4"}},
            {"fileData": {"fileUri": "https://films.example/a.mp4", "mimeType": "video/mp4"}},
        ),
    ],
)
def test_a_gemini_model_is_given_them(part: dict[str, Any], expected: dict[str, Any]) -> None:
    parts = said(heard(part), spoken=CHAT, to=GEMINI)["contents"][0]["parts"]
    assert parts == [{"text": "What is it?"}, expected]


@pytest.mark.parametrize("kind", ["audio/mp3", "audio/mpeg"])
def test_a_chat_model_that_hears_is_given_sound(kind: str) -> None:
    content = said(seen(kind), spoken=GEMINI, to=CHAT)["messages"][0]["content"]
    assert content[1] == {"type": "input_audio", "input_audio": {"data": "SUQz", "format": "mp3"}}


@pytest.mark.parametrize(
    ("body", "spoken", "to", "facts"),
    [
        (heard(WAV), CHAT, MESSAGES, HEARS),
        (heard(WAV), CHAT, RESPONSES, HEARS),
        (seen(), GEMINI, MESSAGES, HEARS),
        (seen(), GEMINI, RESPONSES, HEARS),
        (seen(), GEMINI, CHAT, ModelFacts()),
        (seen("audio/flac"), GEMINI, CHAT, HEARS),
        (seen("video/mp4"), GEMINI, CHAT, HEARS),
    ],
)
def test_who_has_no_place_for_them_is_not_asked(body: bytes, spoken: Dialect, to: Dialect, facts: ModelFacts) -> None:
    with pytest.raises(InvalidRequest, match="ask a model that takes sound or film"):
        said(body, spoken=spoken, to=to, facts=facts)


def test_the_vendor_of_the_caller_s_own_dialect_judges_itself() -> None:
    assert said(heard(WAV), spoken=CHAT, to=CHAT, facts=ModelFacts())["messages"][0]["content"][1] == WAV


@pytest.mark.parametrize("url", ["gs://bucket/a.mp4", "a.mp4"])
def test_a_film_without_an_address_that_others_can_reach_is_refused(url: str) -> None:
    with pytest.raises(InvalidRequest, match="video_url"):
        said(heard({"type": "video_url", "video_url": {"url": url}}), spoken=CHAT, to=GEMINI)
