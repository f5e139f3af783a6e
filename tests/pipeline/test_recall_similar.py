"""Who is given another question's answer, and who never is."""

from __future__ import annotations

import dataclasses
from array import array
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.ids import RandomIds
from lanewise.core.policy import Check
from lanewise.core.protocols.question_vectors import NobodyMakesVectors
from lanewise.core.request import Caller, Dialect, Hints, Request, Target
from lanewise.core.similar import MINILM, Semantic
from lanewise.operations.learning import keep_learned
from lanewise.pipeline.gateway import Gateway
from lanewise.pipeline.recall_similar import rest_of
from lanewise.similarity.learned import learn_threshold
from lanewise.wire import INBOUND
from operations.similar_made import SEAL
from pipeline.similar_walks import question, says, similar_walk
from pipeline.weighed import always, proof
from similarity.pairs_made_up import ANOTHER, QUESTION, SAME, made_up
from walking import lane


def hinted(text: str, **hints: Any) -> Request:
    return msgspec.structs.replace(question(text), hints=Hints(**hints))


async def test_nobody_is_asked_and_the_books_say_what_it_saves_and_how_sure_it_is(tmp_path: Path) -> None:
    async with similar_walk(tmp_path) as similar:
        assert await similar.word(QUESTION) == "miss"
        again = await similar.ask(SAME)
        assert len(similar.walk.provider.calls) == 1
        first, second = similar.walk.ledger.records
        assert again.generation.body == b"Eight."
        assert (second.recalled, second.saved_nanousd, second.cost_nanousd, second.calls) == (
            "similar",
            first.cost_nanousd,
            0,
            0,
        )
        assert second.verdict == "unchecked"
        recalled = second.trace.recalled
        assert recalled is not None
        assert recalled.similarity is not None
        assert (recalled.run_id, recalled.similarity.alpha) == (first.run_id, 0.1)
        assert await similar.word(SAME) == "similar"
        assert await similar.word(QUESTION) == "hit"
        assert await similar.word(ANOTHER) == "miss"


@pytest.mark.parametrize(
    "asked",
    [
        question(SAME, system="Be brief."),
        question(SAME, temperature=0.2),
        question(SAME, model="lane:standard"),
        question(SAME, response_format={"type": "json_object"}),
        question(SAME, user="carol"),
        question("how can i not change my invoice"),
        question("how can i change my 2 invoice"),
        question("how can i change my invoice in Berlin"),
        hinted(SAME, user="bob"),
        hinted(SAME, task="chat"),
    ],
    ids=["system", "parameter", "model", "format", "user of body", "negation", "number", "name", "user", "task"],
)
async def test_where_anything_else_differs_it_is_asked(tmp_path: Path, asked: Request) -> None:
    async with similar_walk(tmp_path) as similar:
        await similar.ask(QUESTION)
        assert await similar.word(asked) == "miss"
        assert await similar.word(SAME) == "similar"


@pytest.mark.parametrize(
    "asked",
    [
        hinted(SAME, cache="exact"),
        hinted(SAME, cache="refresh"),
        hinted(SAME, risk="high"),
        hinted(SAME, expected="8"),
        hinted(SAME, tests="assert True"),
        question(SAME, tools=[{"type": "function", "function": {"name": "pay", "parameters": {"type": "object"}}}]),
        question(SAME + " " + "x" * 400),
        question(" "),
    ],
    ids=["exact", "refresh", "risk", "expected", "tests", "tools", "long", "nothing"],
)
async def test_what_the_proof_does_not_cover_is_asked(tmp_path: Path, asked: Request) -> None:
    async with similar_walk(tmp_path) as similar:
        await similar.ask(QUESTION)
        assert await similar.word(asked) == "miss"


async def test_a_conversation_is_no_question(tmp_path: Path) -> None:
    turns = [{"role": "user", "content": QUESTION}, {"role": "assistant", "content": "How?"}]
    async with similar_walk(tmp_path) as similar:
        for text in (QUESTION, SAME):
            body = msgspec.json.encode({"messages": [*turns, {"role": "user", "content": text}]})
            assert await similar.word(INBOUND[Dialect.OPENAI_CHAT].read_request(body)) == "miss"


async def test_another_tenant_s_question_is_asked_and_another_user_s_unless_they_share(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "shared").mkdir()
    other = Caller(tenant="globex", key_id="key-1")
    async with similar_walk(tmp_path / "own") as similar:
        await similar.ask(hinted(QUESTION, user="alice"))
        assert await similar.word(hinted(SAME, user="bob")) == "miss"
        assert await similar.word(hinted(SAME, user="alice"), other) == "miss"
        assert await similar.word(hinted(SAME, user="alice")) == "similar"
    async with similar_walk(tmp_path / "shared", shared=True) as similar:
        await similar.ask(hinted(QUESTION, user="alice"))
        assert await similar.word(hinted(SAME, user="alice"), other) == "miss"
        assert await similar.word(hinted(SAME, user="bob")) == "similar"


async def test_what_is_checked_is_not_given_to_another_question(tmp_path: Path) -> None:
    check = Check(verifier="math_answer", why="verify[0]")
    async with similar_walk(tmp_path, of=lane("standard", "alpha/small", checks=(check,))) as similar:
        similar.walk.verifiers[check] = always(proof())
        await similar.ask(QUESTION)
        assert await similar.word(QUESTION) == "hit"
        assert await similar.word(SAME) == "miss"


async def test_what_was_withdrawn_is_asked_and_its_question_forgotten(tmp_path: Path) -> None:
    async with similar_walk(tmp_path) as similar:
        paid = await similar.ask(QUESTION)
        await similar.walk.cache.withdraw(paid.record.run_id)
        assert await similar.word(SAME) == "miss"
        assert similar.held.similar.state().questions == 1, "only the one that was asked now"


async def test_what_another_model_would_answer_now_is_asked(tmp_path: Path) -> None:
    async with similar_walk(tmp_path) as similar:
        await similar.ask(QUESTION)
        before = similar.walk.gateway
        other = lane("standard", "beta/large")
        changed = dataclasses.replace(
            before.policy, lanes={"standard": other}, deployments={each.name: each for each in other.deployments}
        )
        similar.walk.provider.scripts["beta/large"] = [says("Nine.")]
        similar.walk.gateway = Gateway(changed, before.parts)
        assert await similar.word(SAME) == "miss"
        similar.walk.gateway = before
        assert await similar.word(SAME) == "similar", "and the earlier one's is still there"


async def test_whoever_has_nothing_certified_is_told_of_the_same_questions_only(tmp_path: Path) -> None:
    async with similar_walk(tmp_path, Semantic(alpha=0.01, confidence=0.99)) as similar:
        await similar.ask(QUESTION)
        assert await similar.word(SAME) == "miss"
        assert similar.held.similar.state().questions == 0


async def test_what_is_asked_anew_takes_the_place_of_what_was_given(tmp_path: Path) -> None:
    async with similar_walk(tmp_path) as similar:
        await similar.ask(QUESTION)
        assert await similar.word(hinted(SAME, cache="refresh")) == "miss"
        assert await similar.word(SAME) == "hit"


async def test_whoever_declines_another_s_answer_may_have_theirs_given_to_others(tmp_path: Path) -> None:
    async with similar_walk(tmp_path) as similar:
        assert await similar.word(hinted(QUESTION, cache="exact")) == "miss"
        assert await similar.word(SAME) == "similar"


async def test_a_place_full_of_other_numbers_hides_nobody(tmp_path: Path) -> None:
    async with similar_walk(tmp_path) as similar:
        await similar.ask(QUESTION)
        for number in range(30):
            await similar.ask(f"how can i change my {number} invoice")
        assert await similar.word(SAME) == "similar"


ROUTES = {
    Dialect.OPENAI_CHAT: {"messages": [{"role": "system", "content": "S"}, {"role": "user", "content": "Q"}]},
    Dialect.ANTHROPIC_MESSAGES: {"max_tokens": 5, "system": "S", "messages": [{"role": "user", "content": "Q"}]},
    Dialect.GEMINI: {"contents": [{"role": "user", "parts": [{"text": "Q"}]}]},
    Dialect.OPENAI_RESPONSES: {"input": "Q", "store": False, "instructions": "S"},
}


@pytest.mark.parametrize("dialect", ROUTES)
def test_the_rest_of_a_request_is_all_but_the_question_in_every_dialect(dialect: Dialect) -> None:
    def rest(question: str, system: str = "Be kind.") -> bytes | None:
        body = msgspec.json.encode(ROUTES[dialect]).replace(b'"Q"', msgspec.json.encode(question))
        said = body.replace(b'"S"', msgspec.json.encode(system))
        read = INBOUND[dialect].read_request(said, Target(model="lane:standard", stream=False))
        return rest_of(read, question, shared=False)

    assert rest("one?") == rest("another?") is not None
    if b'"S"' in msgspec.json.encode(ROUTES[dialect]):
        assert rest("one?") != rest("one?", "Be brief.")


def test_words_that_stand_in_two_places_are_no_question() -> None:
    read = question("Be kind.", system="Be kind.")
    assert rest_of(read, "Be kind.", shared=False) is None
    assert rest_of(read, "Something else.", shared=False) is None


@given(st.text(min_size=1, max_size=30), st.text(min_size=1, max_size=30))
def test_two_requests_of_one_rest_differ_in_the_question_only(one: str, other: str) -> None:
    first, second = (
        question(one, system="Be kind, and brief as well."),
        question(other, system="Be kind, and brief as well."),
    )
    assert rest_of(first, one, shared=False) == rest_of(second, other, shared=False) is not None
    changed = question(one, system="Be brief as well, and kind.")
    assert rest_of(changed, one, shared=False) != rest_of(first, one, shared=False)


class Meaning(NobodyMakesVectors):
    """Vectors that a model made: what a text says once it has any."""

    def __init__(self, vectors: dict[str, list[float]]) -> None:
        self.vectors = vectors

    async def vector(self, text: str) -> bytes | None:
        found = self.vectors.get(text)
        return None if found is None else array("f", found).tobytes()


async def test_by_a_model_that_runs_here_nobody_else_is_asked_and_without_a_vector_the_question_is(
    tmp_path: Path,
) -> None:
    by_model = Semantic(alpha=0.1, confidence=0.9, embedding=MINILM, audit_share=0.0)
    async with similar_walk(tmp_path, by_model) as similar:
        pairs = made_up()
        alike = [1.0 if pair.same else 0.6 for pair in pairs]
        learned = learn_threshold(pairs, alpha=0.1, delta=0.1, embedding=MINILM, cosines=alike)
        held = similar.held
        await keep_learned(held.database, SEAL, learned, tenant="", clock=held.clock, ids=RandomIds())
        await held.similar.refresh()
        vectors = Meaning({QUESTION: [1.0, 0.0], SAME: [1.0, 0.0], ANOTHER: [0.6, 0.8]})
        gateway = similar.walk.gateway
        similar.walk.gateway = Gateway(gateway.policy, dataclasses.replace(gateway.parts, vectors=vectors))
        assert [await similar.word(text) for text in (QUESTION, SAME, ANOTHER)] == ["miss", "similar", "miss"]
        assert similar.walk.ledger.records[1].calls == 0
        vectors.vectors.clear()
        assert await similar.word("how would i change the invoice") == "miss"
