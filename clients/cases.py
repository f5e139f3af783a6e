"""The clients, and what each is asked to prove of which API: one row a check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

CHAT, RESPONSES, MESSAGES = "OpenAI chat completions", "OpenAI responses", "Anthropic messages"
GEMINI, EMBEDDINGS = "Gemini generateContent", "OpenAI embeddings"
VENDORS = (CHAT, RESPONSES, MESSAGES, GEMINI)
"""The dialects of vendors that every check goes through."""
DIALECTS = {CHAT: "openai", RESPONSES: "openai_responses", MESSAGES: "anthropic", GEMINI: "gemini"}
"""What a policy calls them."""

Kind = Literal["python", "node", "agent"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Client:
    """A client: its environment, its script in `clients/scripts` (an agent has none), its packages, its checks by API."""

    name: str
    kind: Kind
    environment: str
    packages: tuple[str, ...]
    script: str = ""
    checks: dict[str, tuple[str, ...]]

    @property
    def rows(self) -> list[tuple[str, str]]:
        """(API, check), in the order of the page."""
        return [(api, check) for api, checks in self.checks.items() for check in checks]


def vendors_of(api: str) -> tuple[str, ...]:
    """Which dialects of vendors a check of this API goes through."""
    return (CHAT,) if api == EMBEDDINGS else VENDORS


LOOP = "agent loop: shell call, its result, answer"
CLIENTS = (
    Client(
        name="OpenAI SDK",
        kind="python",
        environment="own",
        packages=("openai",),
        script="openai_sdk.py",
        checks={
            CHAT: ("chat", "chat stream", "chat parsed"),
            RESPONSES: ("responses", "responses stream", "responses parsed"),
            EMBEDDINGS: ("embeddings",),
        },
    ),
    Client(
        name="Anthropic SDK",
        kind="python",
        environment="own",
        packages=("anthropic",),
        script="anthropic_sdk.py",
        checks={MESSAGES: ("messages", "messages stream", "count tokens")},
    ),
    Client(
        name="Google Gen AI SDK",
        kind="python",
        environment="own",
        packages=("google-genai",),
        script="google_genai_sdk.py",
        checks={GEMINI: ("generate", "generate stream")},
    ),
    Client(
        name="LangChain",
        kind="python",
        environment="langchain",
        packages=("langchain-openai", "langchain-anthropic"),
        script="langchain_sdk.py",
        checks={
            CHAT: ("chat", "chat stream", "chat JSON schema", "chat function calling"),
            RESPONSES: ("responses",),
            MESSAGES: ("messages", "messages stream", "messages structured"),
        },
    ),
    Client(
        name="LlamaIndex",
        kind="python",
        environment="llamaindex",
        packages=("llama-index-llms-openai-like",),
        script="llamaindex_sdk.py",
        checks={CHAT: ("chat", "chat stream")},
    ),
    Client(
        name="Pydantic AI",
        kind="python",
        environment="pydantic-ai",
        packages=("pydantic-ai-slim",),
        script="pydantic_ai_sdk.py",
        checks={
            CHAT: ("chat", "chat tool output"),
            RESPONSES: ("responses",),
            MESSAGES: ("messages", "messages tool output"),
        },
    ),
    Client(
        name="Instructor",
        kind="python",
        environment="instructor",
        packages=("instructor",),
        script="instructor_sdk.py",
        checks={CHAT: ("chat tools", "chat JSON schema")},
    ),
    Client(
        name="Vercel AI SDK",
        kind="node",
        environment="ai-sdk",
        packages=("ai", "@ai-sdk/openai", "@ai-sdk/anthropic", "@ai-sdk/openai-compatible", "node"),
        script="ai_sdk.mjs",
        checks={
            CHAT: ("chat", "chat stream", "compatible", "compatible stream", "compatible object"),
            RESPONSES: ("responses", "responses stream", "responses object"),
            MESSAGES: ("messages", "messages stream", "messages object"),
            EMBEDDINGS: ("embeddings",),
        },
    ),
    Client(
        name="Codex CLI", kind="agent", environment="codex", packages=("@openai/codex",), checks={RESPONSES: (LOOP,)}
    ),
    Client(
        name="Claude Code",
        kind="agent",
        environment="claude-code",
        packages=("@anthropic-ai/claude-code",),
        checks={MESSAGES: (LOOP,)},
    ),
)
