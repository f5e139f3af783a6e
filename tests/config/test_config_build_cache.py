from __future__ import annotations

from collections.abc import Callable

from lanewise.config.load import Loaded
from lanewise.core.caching import NO_CACHING, PGVECTOR, UNTIL_CORRECTED, USUAL_ROOM, CacheRoom

Read = Callable[..., Loaded]
BASE = "providers: {openai: {}}\nlanes: {only: {deployments: [openai/m]}}\n"


def test_nothing_is_cached_where_nobody_says_so(read: Read) -> None:
    policy = read(BASE).policy
    assert not policy.default_tenant.caching.exact
    assert policy.default_tenant.caching.ttl_s == NO_CACHING.ttl_s
    assert policy.cache_room == USUAL_ROOM


def test_a_tenant_s_own_word_wins_over_everyone_s_and_that_over_the_file_s(read: Read) -> None:
    text = (
        "cache: {exact: true, ttl: 1h, tasks: {a: 1m, b: 1m}, memory: 5MiB, store: 1GiB, semantic_index: pgvector}\n"
        'tenants: {"*": {cache: {ttl: 2h, tasks: {b: 2m}}}, acme: {cache: {exact: false, shared_between_users: true}}}\n'
    )
    policy = read(BASE + text).policy
    acme, other = policy.tenant("acme").caching, policy.tenant("globex").caching
    assert (acme.exact, acme.ttl_s, acme.shared_between_users) == (False, 7_200.0, True)
    assert (other.exact, other.ttl_s, other.shared_between_users) == (True, 7_200.0, False)
    assert {name: other.tasks_ttl_s[name] for name in "ab"} == {"a": 60.0, "b": 120.0}
    assert policy.cache_room == CacheRoom(memory_bytes=5 * 2**20, store_bytes=2**30, semantic_index=PGVECTOR)


def test_mathematics_is_given_until_corrected_unless_somebody_says_otherwise(read: Read) -> None:
    text = "tasks: {sums: {grade: easy, check: math_answer}, odds: {grade: easy, check: math_answer}}\ncache: {tasks: {odds: 1m}}\n"
    caching = read(BASE + text).policy.default_tenant.caching
    assert (caching.ttl_of("sums"), caching.ttl_of("odds"), caching.ttl_of("chat")) == (UNTIL_CORRECTED, 60.0, 86_400.0)


def test_similar_questions_go_by_a_tenant_s_own_section_whole_else_by_everyone_s(read: Read) -> None:
    text = (
        'tenants: {"*": {cache: {exact: true, semantic: {alpha: 10%, audit_share: 20%}}}, '
        "acme: {cache: {semantic: {alpha: 2%}}}, globex: {cache: {ttl: 1h}}}\n"
    )
    policy = read(BASE + text).policy
    acme, globex = policy.tenant("acme").caching.semantic, policy.tenant("globex").caching.semantic
    assert acme is not None
    assert globex is not None
    assert (acme.alpha, globex.alpha) == (0.02, 0.1)
    assert (acme.audit_share, globex.audit_share) == (0.05, 0.2)
    assert read(BASE).policy.default_tenant.caching.semantic is None
