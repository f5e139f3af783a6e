"""A question's vector is asked for like everything else: reserved, billed, bounded; whatever goes wrong with it is a miss."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lanewise.core.answer import Generation, Meter
from lanewise.core.bounds import Bound
from lanewise.core.caching import Caching
from lanewise.core.failure import FailureKind
from lanewise.core.ids import RandomIds
from lanewise.core.policy import TenantPolicy
from lanewise.core.protocols.provider import Call, DeltaSink
from lanewise.core.similar import Semantic
from lanewise.core.usage import Usage
from lanewise.operations.learning import keep_learned
from lanewise.pipeline.vector_aside import vector_aside
from lanewise.similarity.features import question_of
from lanewise.similarity.hashed import cosine
from lanewise.similarity.index import folded
from lanewise.similarity.learned import learn_threshold
from operations.similar_made import SEAL
from patience import PATIENCE_S
from pipeline.runs import a_run, a_walk, trip
from pipeline.similar_walks import SimilarWalk, similar_walk
from similarity.pairs_made_up import QUESTION, SAME, made_up
from walking import Script, deployment, fails, hangs, lane

NAME = "vec/model"
VECTORS = deployment(NAME)
BY_VECTORS = Semantic(alpha=0.1, confidence=0.9, embedding=NAME, audit_share=0.0)


def body_of(*vectors: list[float]) -> bytes:
    return msgspec.json.encode({"data": [{"index": at, "embedding": each} for at, each in enumerate(vectors)]})


def gives(body: bytes | None = None) -> Script:
    """A vendor whose vectors are folded n-grams, or this body."""

    async def script(call: Call, meter: Meter, on_deltas: DeltaSink) -> Generation:
        assert call.request.embeds
        text = msgspec.json.decode(call.request.body)["input"]
        vector = [float(each) for each in folded(question_of(text).vector)]
        return Generation(
            dialect=call.deployment.provider.dialect,
            body=body_of(vector) if body is None else body,
            usage=Usage(input_tokens=10, output_tokens=0),
            served_model=call.deployment.model,
        )

    return script


async def learn(similar: SimilarWalk) -> None:
    pairs = made_up()
    cosines = [cosine(question_of(pair.one).vector, question_of(pair.other).vector) for pair in pairs]
    made = learn_threshold(pairs, alpha=0.1, delta=0.1, embedding=NAME, cosines=cosines)
    held = similar.held
    await keep_learned(held.database, SEAL, made, tenant="", clock=held.clock, ids=RandomIds())
    await held.similar.refresh()


async def test_similar_questions_are_found_by_a_deployment_s_vectors_which_are_billed(tmp_path: Path) -> None:
    scripts = {NAME: [gives()]}
    async with similar_walk(tmp_path, BY_VECTORS, scripts, deployments={NAME: VECTORS}) as similar:
        await learn(similar)
        assert await similar.word(QUESTION) == "miss"
        assert await similar.word(SAME) == "similar"
        first, second = similar.walk.ledger.records
        assert [call.reason for call in first.trace.calls] == ["similar", "first"]
        assert [(call.deployment, call.reason) for call in second.trace.calls] == [(NAME, "similar")]
        assert second.cost_nanousd == second.trace.calls[0].cost.total_nanousd > 0
        assert (second.deployment, second.outcome) == ("alpha/small", "success")


@pytest.mark.parametrize(
    "script",
    [
        fails(FailureKind.OVERLOADED),
        gives(b"no JSON"),
        gives(body_of()),
        gives(body_of([])),
        gives(body_of([1.0], [2.0])),
    ],
    ids=["down", "unread", "none", "empty", "two"],
)
async def test_without_a_vector_the_question_is_asked(tmp_path: Path, script: Script) -> None:
    scripts: dict[str, list[Script]] = {NAME: [gives(), script]}
    async with similar_walk(tmp_path, BY_VECTORS, scripts, deployments={NAME: VECTORS}) as similar:
        await learn(similar)
        await similar.ask(QUESTION)
        answer = await similar.ask(SAME)
        assert (answer.record.recalled, answer.record.outcome) == ("", "success")


async def test_nobody_waits_for_long() -> None:
    walk = a_walk(scripts={NAME: [hangs]})
    run = a_run(walk)
    asking = asyncio.create_task(vector_aside(run, VECTORS, QUESTION))
    async with asyncio.timeout(PATIENCE_S):
        assert await asking is None
    assert run.calls[0].failure is not None


async def test_a_deployment_that_rests_is_not_asked() -> None:
    walk = a_walk(scripts={NAME: [gives()]})
    trip(walk, lane("similar", NAME), NAME)
    assert await vector_aside(a_run(walk), VECTORS, QUESTION) is None
    assert walk.provider.calls == []


async def test_a_tenant_s_words_go_nowhere_that_its_residency_does_not_name(tmp_path: Path) -> None:
    elsewhere = (Bound(whose="residency of tenant 'acme'", deployments=frozenset({"alpha/small"})),)
    caching = Caching(exact=True, semantic=BY_VECTORS)
    everybody = TenantPolicy(name="*", daily_cap_nanousd=None, caching=caching, bounds=elsewhere)
    scripts: dict[str, list[Script]] = {NAME: [gives()]}
    async with similar_walk(tmp_path, BY_VECTORS, scripts, deployments={NAME: VECTORS}) as similar:
        await learn(similar)
        policy: Any = similar.walk.gateway.policy
        similar.walk.gateway.policy = dataclasses.replace(policy, default_tenant=everybody)
        assert await similar.word(QUESTION) == "miss"
        assert similar.walk.provider.asked() == ["alpha/small"]
