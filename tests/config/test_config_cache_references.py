from __future__ import annotations

from collections.abc import Callable

import pytest

from lanewise.config.load import Loaded
from lanewise.core.similar import HASHED_NGRAMS, MINILM, Semantic

BASE = "providers: {openai: {}}\nlanes: {only: {deployments: [openai/m]}}\n"


def test_similar_questions_are_off_until_they_are_written_and_own_words_win(read: Callable[..., Loaded]) -> None:
    assert read(BASE + "cache: {exact: true}\n").policy.default_tenant.caching.semantic is None
    text = (
        "cache: {exact: true}\n"
        'tenants: {"*": {cache: {semantic: {alpha: 10%}}}, acme: {cache: {semantic: {alpha: 2%, confidence: 0.95, audit_share: 0%, '
        "embedding: openai/text-embedding-3-small, judge: openai/gpt-5.5}}}}\n"
    )
    policy = read(BASE + text).policy
    assert policy.tenant("globex").caching.semantic == Semantic(alpha=0.1, confidence=0.9, embedding=HASHED_NGRAMS)
    assert policy.tenant("acme").caching.semantic == Semantic(
        alpha=0.02, confidence=0.95, audit_share=0.0, embedding="openai/text-embedding-3-small", judge="openai/gpt-5.5"
    )
    assert {"openai/text-embedding-3-small", "openai/gpt-5.5"} <= policy.deployments.keys()


def test_a_model_that_runs_beside_the_gateway_is_no_deployment(read: Callable[..., Loaded]) -> None:
    text = "cache: {exact: true}\ntenants: {acme: {cache: {semantic: {alpha: 5%, embedding: minilm-l6-v2}}}}\n"
    policy = read(BASE + text).policy
    assert policy.tenant("acme").caching.semantic == Semantic(alpha=0.05, confidence=0.9, embedding=MINILM)
    assert policy.deployments.keys() == {"openai/m"}


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("{exact: true, semantic: {alpha: 0%}}", "promises nothing"),
        ("{exact: true, semantic: {}}", "alpha"),
        ("{exact: true, semantic: {alpha: 5%, confidence: 100%}}", "what nobody can"),
        ("{exact: true, semantic: {alpha: 5%, judge: other/m}}", "names a provider that is not in `providers`"),
        (
            "{exact: true, semantic: {alpha: 5%, embedding: hashed}}",
            "Write hashed-ngrams-3-5 or minilm-l6-v2, or provider/model",
        ),
        ("{exact: true, semantic: {alpha: 5%, judge: minilm-l6-v2}}", "names no provider and model"),
        ("{semantic: {alpha: 5%}}", "has no answers to give"),
        ("{exact: false, semantic: {alpha: 5%}}", "has no answers to give"),
    ],
)
def test_what_cannot_be_is_refused(refused: Callable[..., list[str]], section: str, words: str) -> None:
    lines = refused(BASE + f"tenants: {{acme: {{cache: {section}}}}}\n")
    assert any(words in line for line in lines), lines
