from __future__ import annotations

from collections.abc import Callable

from lanewise.config.cache_advice import cache_in_words, cached
from lanewise.config.load import Loaded
from lanewise.core.caching import UNTIL_CORRECTED, Caching

BASE = "providers: {openai: {}}\nlanes: {only: {deployments: [openai/m]}}\n"


def test_what_is_given_again_is_said_in_words() -> None:
    assert cache_in_words(Caching()) == "off"
    assert cache_in_words(Caching(exact=True, ttl_s=3_600.0)) == "exact, 1h"
    assert cache_in_words(Caching(exact=True, ttl_s=UNTIL_CORRECTED, shared_between_users=True)) == (
        "exact, until_corrected, shared between users"
    )


def test_sharing_between_users_is_pointed_at_by_tenant(read: Callable[..., Loaded]) -> None:
    text = "cache: {exact: true}\ntenants: {acme: {cache: {shared_between_users: true}}, globex: {}}\n"
    (advice,) = cached(read(BASE + text).policy)
    assert advice.code == "cache_shared"
    assert "'acme'" in advice.message
    assert "globex" not in advice.message
    assert not list(cached(read(BASE + "cache: {exact: true}\n").policy))
    unused = "tenants: {acme: {cache: {shared_between_users: true}}}\n"
    assert not list(cached(read(BASE + unused).policy))


def test_similar_questions_are_said_in_words_and_what_their_audits_cannot_tell_is_pointed_at(
    read: Callable[..., Loaded],
) -> None:
    def told(semantic: str) -> list[str]:
        text = f"cache: {{exact: true}}\ntenants: {{acme: {{cache: {{semantic: {semantic}}}}}}}\n"
        policy = read(BASE + text).policy
        words = cache_in_words(policy.tenant("acme").caching)
        assert "similar questions by hashed-ngrams-3-5: at most 5% wrong at 90% confidence" in words
        return [each.code for each in cached(policy)]

    assert told("{alpha: 5%}") == ["similar_unjudged"]
    assert told("{alpha: 5%, audit_share: 0%}") == ["similar_unwatched"]
    assert told("{alpha: 5%, judge: openai/m}") == []


def test_that_vectors_stand_in_the_database_is_said_where_any_do(read: Callable[..., Loaded]) -> None:
    def told(text: str) -> list[str]:
        return [each.code for each in cached(read(BASE + text).policy)]

    asked = "tenants: {acme: {cache: {semantic: {alpha: 5%, judge: openai/m}}}}\n"
    assert told("cache: {exact: true, semantic_index: pgvector}\n" + asked) == ["similar_vectors"]
    assert told("cache: {exact: true, semantic_index: memory}\n" + asked) == []
    assert told("cache: {exact: true, semantic_index: pgvector}\n") == []
