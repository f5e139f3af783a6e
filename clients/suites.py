"""The peers' suites: tests that others wrote to hold implementations of these APIs to, each with who runs it."""

from __future__ import annotations

from clients.cases import CHAT, MESSAGES, RESPONSES
from clients.upstream import Upstream

_RESOURCES = "tests/api_resources"

UPSTREAM = (
    Upstream(
        name="openai-python",
        environment="openai-suite",
        package="openai",
        api=CHAT,
        files={
            "chat completions": (f"{_RESOURCES}/chat/test_completions.py",),
            "embeddings": (f"{_RESOURCES}/test_embeddings.py",),
            "models": (f"{_RESOURCES}/test_models.py",),
        },
        base="/v1",
    ),
    Upstream(
        name="openai-python",
        environment="openai-suite",
        package="openai",
        api=RESPONSES,
        files={"responses": (f"{_RESOURCES}/test_responses.py", f"{_RESOURCES}/responses/test_input_items.py")},
        base="/v1",
        options=("-p", "kept_responses"),
    ),
    Upstream(
        name="anthropic-sdk-python",
        environment="anthropic-suite",
        package="anthropic",
        api=MESSAGES,
        files={
            "messages": (f"{_RESOURCES}/test_messages.py",),
            "models": (f"{_RESOURCES}/test_models.py",),
        },
        options=("-p", "tests._alias_httpx"),
    ),
)
