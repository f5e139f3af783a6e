"""A catalog of some vendors, facts, prices, a profile and a task made up for tests, and a loader that uses them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from config.made_up import VERIFIERS
from lanewise.config.load import Loaded, load
from lanewise.config.mistakes import InvalidPolicy
from lanewise.config.sources import CatalogRow, Sources
from lanewise.core.policy import ModelFacts, Profile, ProviderPolicy, Task
from lanewise.core.request import Dialect
from lanewise.core.usage import RateCard

TODAY = dt.date(2026, 11, 21)

CATALOG = {
    row.name: row
    for row in (
        CatalogRow(
            name="openai",
            dialect=Dialect.OPENAI_CHAT,
            base_url="https://api.openai.com/v1",
            key_env=("OPENAI_API_KEY",),
        ),
        CatalogRow(
            name="anthropic",
            dialect=Dialect.ANTHROPIC_MESSAGES,
            base_url="https://api.anthropic.com/v1",
            key_env=("ANTHROPIC_API_KEY",),
            auth_header="x-api-key",
        ),
        CatalogRow(
            name="azure",
            dialect=Dialect.OPENAI_CHAT,
            base_url=None,
            key_env=("AZURE_OPENAI_API_KEY",),
            endpoint_env="AZURE_OPENAI_ENDPOINT",
            auth_header="api-key",
            query=(("api-version", "2024-10-21"),),
        ),
        CatalogRow(
            name="mistral",
            dialect=Dialect.OPENAI_CHAT,
            base_url="https://api.mistral.ai/v1",
            key_env=("MISTRAL_API_KEY",),
            stream_usage=False,
        ),
        CatalogRow(name="ollama", dialect=Dialect.OPENAI_CHAT, base_url="http://127.0.0.1:11434/v1", local=True),
        CatalogRow(name="vllm", dialect=Dialect.OPENAI_CHAT, base_url="http://127.0.0.1:8000/v1", local=True),
    )
}


def facts_of(provider: ProviderPolicy, model: str) -> ModelFacts:
    """Opus thinks adaptively, gpt-5.5 by effort, and old-model is switched off ten days from TODAY."""
    if provider.name == "openai" and model == "gpt-5.5":
        return ModelFacts(thinking="effort", efforts=("low", "medium", "high"))
    if "opus" in model:
        return ModelFacts(thinking="adaptive", efforts=("low", "high"))
    return ModelFacts(shutdown=TODAY + dt.timedelta(days=10)) if model == "old-model" else ModelFacts()


def prices_of(provider: ProviderPolicy, model: str, day: dt.date) -> RateCard | None:
    """Only the two vendors' models have prices, and only on TODAY."""
    known = provider.name in ("openai", "anthropic") and day == TODAY and model != "new-model"
    return RateCard(input=750_000_000, output=4_500_000_000, source="genai-prices") if known else None


PROFILES = {
    "chatbot": Profile(
        name="chatbot", max_latency_s=2.0, lanes=("small", "standard"), latency="interactive",
    )
}  # fmt: skip
TASKS = {
    "proof": Task(name="proof", gain="wins", grade="expert", check="judge"),
    "sums": Task(name="sums", gain="wins", grade="hard", check="math_answer"),
}


@pytest.fixture
def sources() -> Sources:
    return Sources(
        catalog=CATALOG,
        facts_of=facts_of,
        prices_of=prices_of,
        models_of=lambda provider: ["new-models-2", "gpt-5.5"] if provider.name == "openai" else [],
        profiles=PROFILES,
        tasks=TASKS,
        verifiers=VERIFIERS,
    )


@pytest.fixture
def read(sources: Sources) -> Callable[..., Loaded]:
    """Loads a policy's text with the given environment variables."""

    def read(text: str, **environment: str) -> Loaded:
        return load(text, file="lanewise.yaml", environment=environment, sources=sources, today=TODAY)

    return read


@pytest.fixture
def refused(read: Callable[..., Loaded]) -> Callable[..., list[str]]:
    """Loads a policy's text that must be refused, and gives the lines of the message."""

    def refused(text: str, **environment: str) -> list[str]:
        with pytest.raises(InvalidPolicy) as caught:
            read(text, **environment)
        return str(caught.value).splitlines()

    return refused


@pytest.fixture
def design_example() -> str:
    """The design's example without what is not built yet."""
    return """\
providers:
  openai:    {dialect: openai, api_key: ${OPENAI_API_KEY}}
  anthropic: {dialect: anthropic, api_key: ${ANTHROPIC_API_KEY}}
  local:     {dialect: openai, base_url: http://127.0.0.1:11434/v1}
lanes:
  standard:      {deployments: [openai/gpt-5.4-mini, anthropic/claude-haiku-4-5], timeout: 30s}
  reasoning_low: {deployments: [openai/gpt-5.5], effort: low, timeout: 60s}
  reasoning:     {deployments: [anthropic/claude-opus-4-7, openai/gpt-5.5], effort: high, timeout: 5m, max_cost: $0.50}
models: {gpt-5: auto, gpt-4o: "lane:standard", "*": pin}
routing:
  rules:
    - when: {task: [summarize, extract, translate]}
      lane: standard
    - when: {task: [code_review, security_analysis]}
      lane: reasoning
  escalate: [standard, reasoning_low, reasoning, human]
verify:
  - when: {response_format: json_schema}
    use: json_schema
tenants:
  acme: {budget: {daily: $50, alarm_at: 80%}, rate: 60/min, concurrency: 8}
"""


@pytest.fixture
def keys() -> dict[str, str]:
    return {"OPENAI_API_KEY": "sk-open-secret-1", "ANTHROPIC_API_KEY": "sk-ant-secret-2"}
