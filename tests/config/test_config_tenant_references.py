from __future__ import annotations

from collections.abc import Callable

import pytest

HEAD = """\
providers: {openai: {api_key: k, region: us}, anthropic: {api_key: k}}
lanes:
  standard: {deployments: [openai/gpt-5.4-mini]}
"""
GOLDEN = {
    "a lane that is not there": (
        "plans: {basic: {lanes: [standrad]}}",
        "4:25: plans.basic.lanes[0]: 'standrad' is not a lane of this file. Did you mean 'standard'?",
    ),
    "a model that no lane has": (
        "plans: {basic: {models: [gpt-5.4-mni]}}",
        "4:26: plans.basic.models[0]: 'gpt-5.4-mni' is no model of this file. Did you mean 'gpt-5.4-mini'?",
    ),
    "a level that is none": ("plans: {basic: {max_effort: hihg}}", "4:29: plans.basic.max_effort: 'hihg'"),
    "a plan that is not described": (
        "plans: {basic: {}}\ntenants: {acme: {plan: bsaic}}",
        "5:24: tenants.acme.plan: 'bsaic' is not in `plans`. Did you mean 'basic'?",
    ),
    "a residency of nothing": (
        "tenants: {acme: {residency: {}}}",
        "4:18: tenants.acme.residency: names nothing, so that nobody could be asked.",
    ),
    "a deployment that no lane has": (
        "tenants: {acme: {residency: {deployments: openai/gpt-5}}}",
        "4:43: tenants.acme.residency.deployments: 'openai/gpt-5' is no deployment of this file.",
    ),
    "a provider that is not there": (
        "tenants: {acme: {residency: {providers: [opnai]}}}",
        "4:42: tenants.acme.residency.providers[0]: 'opnai' is not in `providers`. Did you mean 'openai'?",
    ),
    "a tenant that takes nobody": (
        "tenants: {acme: {users: {others: refuse}}}",
        "4:18: tenants.acme.users: declares none and refuses all others. Write them at `declared`, or `others: allow`.",
    ),
    "a region of nobody": (
        "tenants: {acme: {residency: {regions: [eu]}}}",
        "4:40: tenants.acme.residency.regions[0]: 'eu' is the `region` of no provider.",
    ),
}


@pytest.mark.parametrize(("text", "told"), GOLDEN.values(), ids=GOLDEN)
def test_a_mistake_is_told_with_its_place_and_its_remedy(
    refused: Callable[..., list[str]], text: str, told: str
) -> None:
    (line,) = refused(f"{HEAD}{text}\n")
    assert line.removeprefix("lanewise.yaml:").startswith(told)
