"""Where a policy comes from, and what it would do."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from bootstrap.openings import POLICY
from lanewise import bootstrap
from lanewise.bootstrap import ServeOptions
from lanewise.config.simulated import simulated_policy_text
from lanewise.core.errors import PolicyError
from lanewise.routers.taxonomy import PROFILES, TASKS
from lanewise.simulator.models import SIMULATED_MODELS


async def test_a_file_that_is_named_and_not_there_is_a_mistake_and_not_a_reason_to_guess(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"nowhere\.yaml"):
        await bootstrap.policy_text(tmp_path / "nowhere.yaml")


def test_the_simulated_policy_reaches_every_simulated_model_at_the_simulator_s_own_price() -> None:
    rows = bootstrap.simulated_rows("http://127.0.0.1:1")
    policy = bootstrap.load_text(simulated_policy_text(rows), file="the simulated policy").policy

    assert policy.deployments.keys() <= {f"{model.vendor}/{model.id}" for model in SIMULATED_MODELS}
    assert len(policy.lanes) >= 3
    for model in SIMULATED_MODELS:
        deployment = policy.deployments.get(f"{model.vendor}/{model.id}")
        if deployment is not None:
            assert deployment.provider.simulated
            assert deployment.prices is not None
            assert deployment.prices.output == model.price.output_nanousd * 1_000_000
            assert deployment.facts.max_output_tokens == model.max_output_tokens


def test_a_policy_starts_with_the_kinds_of_applications_and_of_work_that_are_shipped() -> None:
    text = POLICY + "profiles: {chatbot: {max_latency: 1500ms}}\n"
    policy = bootstrap.load_text(text, file="lanewise.yaml").policy
    assert policy.tasks == TASKS
    assert policy.profiles.keys() == PROFILES.keys()
    assert policy.profiles["chatbot"].max_latency_s == 1.5
    assert policy.profiles["live_coding"] == PROFILES["live_coding"]


async def test_a_sample_request_is_explained_by_the_same_routers_that_serve(options: ServeOptions) -> None:
    loaded = bootstrap.load_text(POLICY, file="lanewise.yaml")
    body = b'{"model":"lane:standard","messages":[{"role":"user","content":"Hello"}]}'
    told = (await bootstrap.explained(loaded, sample=body)).sample
    assert told is not None
    assert "standard" in msgspec.json.encode(told).decode()
