"""Models of one family are known by their names, whoever serves them."""

from __future__ import annotations

import pytest

from lanewise.verifiers.families import family_of, kin


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("gpt-5.4-mini", "openai"), ("o3-mini", "openai"), ("openai/gpt-oss-120b", "openai"), ("claude-haiku-4-5", "anthropic"),
        ("us.anthropic.claude-opus-4-7-v1:0", "anthropic"), ("gemini-3-flash", "google"), ("gemma-2-9b-it", "google"),
        ("meta-llama/Llama-3.3-70B-Instruct", "meta"), ("Qwen/QwQ-32B", "qwen"), ("mixtral-8x7b", "mistral"),
        ("deepseek-r1-distill-llama-70b", "deepseek"), ("grok-4", "xai"), ("Phi-3-mini", "microsoft"), ("yi-large", "yi"),
        ("glm-4.6", "zhipu"), ("kimi-k2", "moonshot"), ("acme-chat-1", "acme"), ("", ""),
    ],
)  # fmt: skip
def test_a_family(model: str, family: str) -> None:
    assert family_of(model) == family


def test_kin_are_of_one_family_and_nobody_is_kin_of_the_unknown() -> None:
    assert kin("gpt-5.5", "o3")
    assert not kin("gpt-5.5", "claude-opus-4-7")
    assert not kin("", "")
