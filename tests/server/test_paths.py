"""Which dialect a path speaks, however a client's base URL begins."""

from __future__ import annotations

import pytest

from asgi_calls import scope
from lanewise.core.request import NO_TARGET, Dialect, Target
from lanewise.server.paths import ANSWERS, canonical, dialect_of, query_key, spellings, target_of

GENERATE = "/v1beta/models/gemini-3-pro:generateContent"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("/v1/chat/completions", "/v1/chat/completions"),
        ("/chat/completions", "/v1/chat/completions"),
        ("/openai/v1/chat/completions", "/v1/chat/completions"),
        ("/openai/deployments/gpt-5/chat/completions", "/v1/chat/completions"),
        ("/responses/resp_1/input_items", "/v1/responses/resp_1/input_items"),
        ("/v1/v1/messages", "/v1/messages"),
        ("/anthropic/v1/messages/count_tokens", "/v1/messages/count_tokens"),
        ("/models", "/v1/models"),
        ("/v1beta/models", "/v1beta/models"),
        ("/v1/v1beta/models", "/v1beta/models"),
        (GENERATE, GENERATE),
        ("/v1/models/gemini-3-pro:generateContent", GENERATE),
        ("/v1alpha/models/gemini-3-pro:generateContent", GENERATE),
        ("/models/gemini-3-pro:generateContent", GENERATE),
        ("/gemini/v1beta/models/gemini-3-pro:generateContent", GENERATE),
        ("/v1beta1/projects/p/locations/eu/publishers/google/models/gemini-3-pro:generateContent", GENERATE),
        ("/v1/projects/p/locations/eu/publishers/google/models/gemini-3-pro:generateContent", GENERATE),
    ],
)
def test_every_spelling_means_one_path(written: str, meant: str) -> None:
    assert canonical(written) == meant


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/health",
        "/admin/keys",
        "/openai",
        "/messagesque",
        "/v2/models",
        "/openai/health",
        "/deployments/x/chat/completions",
    ],
)
def test_any_other_path_means_itself(path: str) -> None:
    assert canonical(path) == path


@pytest.mark.parametrize("path", ANSWERS)
def test_the_spellings_of_a_path_mean_it(path: str) -> None:
    assert path in spellings(path)
    assert {canonical(spelling) for spelling in spellings(path)} == {path}


@pytest.mark.parametrize(
    ("path", "target"),
    [
        (GENERATE, Target(model="gemini-3-pro", stream=False)),
        ("/v1beta/models/gemini-3-pro:streamGenerateContent", Target(model="gemini-3-pro", stream=True)),
        ("/v1beta/models/lane:reasoning:generateContent", Target(model="lane:reasoning", stream=False)),
        ("/v1beta/models/google/gemini-3-pro:generateContent", Target(model="google/gemini-3-pro", stream=False)),
        ("/v1beta/models/gemini-3-pro:embedContent", NO_TARGET),
        ("/v1beta/models/gemini-3-pro", NO_TARGET),
        ("/v1/chat/completions", NO_TARGET),
    ],
)
def test_a_path_says_model_and_stream_in_gemini_s_dialect_only(path: str, target: Target) -> None:
    assert target_of(path) == target


@pytest.mark.parametrize(
    ("path", "headers", "dialect"),
    [
        ("/v1/chat/completions", {"anthropic_version": "2023-06-01"}, Dialect.OPENAI_CHAT),
        ("/v1/responses", {}, Dialect.OPENAI_RESPONSES),
        ("/v1/responses/resp_1", {}, Dialect.OPENAI_RESPONSES),
        ("/anthropic/v1/messages", {}, Dialect.ANTHROPIC_MESSAGES),
        ("/v1/messages/batches", {}, Dialect.ANTHROPIC_MESSAGES),
        ("/v1/models", {"anthropic_version": "2023-06-01"}, Dialect.ANTHROPIC_MESSAGES),
        ("/v1/models", {"x_goog_api_key": "k"}, Dialect.GEMINI),
        ("/v1/models?key=k", {}, Dialect.GEMINI),
        ("/v1/models", {"authorization": "Bearer k"}, Dialect.OPENAI_CHAT),
        ("/v1beta/nothing", {}, Dialect.GEMINI),
        ("/v1/models/m:generateContent", {}, Dialect.GEMINI),
        ("/nowhere", {}, Dialect.OPENAI_CHAT),
    ],
)
def test_who_asks_is_spoken_to_by_path_and_then_by_headers(
    path: str, headers: dict[str, str], dialect: Dialect
) -> None:
    assert dialect_of(scope(path, **headers)) is dialect


@pytest.mark.parametrize(
    ("query", "key"),
    [("?key=k%20y", "k y"), ("?alt=sse&key=k", "k"), ("?key=", None), ("?monkey=k", None), ("", None)],
)
def test_a_key_in_the_query_is_google_s(query: str, key: str | None) -> None:
    assert query_key(scope(f"/v1beta/models{query}")) == key
