"""Tests as the SDKs' makers write them, for the runner of theirs: run by a pytest of its own, with the place to ask in its environment."""

from __future__ import annotations

import os
from typing import Any

import openai
import pytest
from openai.types import CreateEmbeddingResponse
from openai.types.chat import ChatCompletion
from openai.types.responses import Response

BASE_URL = os.environ["TEST_API_BASE_URL"]
USER: Any = [{"role": "user", "content": "string"}]


@pytest.fixture(params=[False, True], ids=["loose", "strict"])
def client(request: pytest.FixtureRequest) -> openai.OpenAI:
    return openai.OpenAI(base_url=BASE_URL, api_key="any", max_retries=0, _strict_response_validation=request.param)


class TestChat:
    def test_create(self, client: openai.OpenAI) -> None:
        answer = client.chat.completions.create(model="gpt-6-astra", messages=USER, max_completion_tokens=0, seed=-1)
        assert isinstance(answer, ChatCompletion)

    def test_stream(self, client: openai.OpenAI) -> None:
        chunks = list(client.chat.completions.create(model="gpt-6-astra", messages=USER, stream=True))
        assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == "Hello."

    def test_embed(self, client: openai.OpenAI) -> None:
        assert isinstance(client.embeddings.create(model="m", input="string"), CreateEmbeddingResponse)

    def test_delete(self, client: openai.OpenAI) -> None:
        client.chat.completions.delete("completion_id")


class TestResponses:
    def test_create(self, client: openai.OpenAI) -> None:
        assert isinstance(client.responses.create(), Response)

    def test_retrieve(self, client: openai.OpenAI) -> None:
        assert client.responses.retrieve("response_id").id == "response_id"

    def test_background(self, client: openai.OpenAI) -> None:
        client.responses.create(input="string", background=True)

    @pytest.mark.skip(reason="a skip shows nothing")
    def test_skipped(self) -> None:
        pass
