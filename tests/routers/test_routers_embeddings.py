"""Vectors come from lanes that give them, and of one model only."""

from __future__ import annotations

import dataclasses

import pytest

from lanewise.core.errors import UnknownModel
from lanewise.core.plan import Plan
from lanewise.core.policy import Deployment, Lane, ModelFacts, Policy
from lanewise.routers.embeddings import EmbeddingRouter
from lanewise.routers.names import NameRouter
from walking import CALLER, ask_nobody, at_once, lane, policy, request

GIVES = ModelFacts(embeddings=True)


def giving(of: Lane) -> Lane:
    """The lane with deployments that are known to give vectors."""
    return dataclasses.replace(of, deployments=tuple(dataclasses.replace(each, facts=GIVES) for each in of.deployments))


def decide(of: Policy, model: str = "auto", *, embeds: bool = True) -> Plan | None:
    router = EmbeddingRouter(NameRouter())
    return at_once(router.route(request(model, embeds=embeds), CALLER, of, ask_nobody))


def names(plan: Plan | None) -> list[str]:
    assert plan is not None
    return [each.name for each in plan.rungs[0].lane.deployments]


CHAT = lane("standard", "openai/gpt-5")
VECTORS = giving(lane("vectors", "openai/text-embed-1", "router/openai/Text-Embed-1", "mistral/mistral-embed"))


def test_other_requests_are_left_to_the_next_router() -> None:
    assert decide(policy(CHAT, VECTORS), embeds=False) is None


def test_auto_is_the_first_lane_of_embedding_models_only_and_of_its_first_model() -> None:
    plan = decide(policy(CHAT, VECTORS))
    assert names(plan) == ["openai/text-embed-1", "router/openai/Text-Embed-1"]
    assert plan is not None
    assert (plan.reason, plan.rungs[0].lane.name) == ("embeddings", "vectors")


def test_a_named_lane_or_model_is_taken_at_its_word() -> None:
    unknown = lane("mine", "vllm/house-vectors", "azure/my-deployment")
    of = policy(CHAT, VECTORS, unknown)
    assert names(decide(of, "lane:mine")) == ["vllm/house-vectors", "azure/my-deployment"]
    assert names(decide(of, "mistral-embed")) == ["mistral/mistral-embed"]


def test_nobody_answers_in_the_place_of_an_embedding_lane() -> None:
    plan = decide(policy(CHAT, dataclasses.replace(VECTORS, degrade_to="standard")))
    assert plan is not None
    assert plan.rungs[0].lane.degrade_to is None


def test_without_such_a_lane_the_caller_is_told_what_to_write() -> None:
    with pytest.raises(UnknownModel, match="lane:NAME"):
        decide(policy(CHAT))


def test_a_name_that_says_nothing_is_the_operator_s_word() -> None:
    first = VECTORS.deployments[0]
    unknown = Deployment(provider=lane("x", "azure/d").deployments[0].provider, model="d")
    mixed = dataclasses.replace(VECTORS, deployments=(first, unknown))
    assert names(decide(policy(CHAT, mixed), "lane:vectors")) == [first.name, "azure/d"]
