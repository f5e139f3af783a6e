"""The limits that hold for a tenant, named in the policy or not; and secrets that a policy does not show."""

from __future__ import annotations

from dataclasses import replace

from lanewise.core.limiting import Limits
from lanewise.core.policy import ProviderPolicy, TenantPolicy
from lanewise.core.request import Dialect
from walking import deployment, lane, policy

ACME = TenantPolicy(name="acme", daily_cap_nanousd=5, limits=Limits(requests_per_minute=60))
STRANGERS = TenantPolicy(name="default", daily_cap_nanousd=1, budget_defaulted=True)
OF = policy(lane("standard", "alpha/small"), tenant=ACME, default_tenant=STRANGERS)


def test_a_tenant_the_file_names_has_its_own_limits() -> None:
    assert OF.tenant("acme") is ACME


def test_any_other_has_the_default_ones_under_its_own_name() -> None:
    """Under one shared name all strangers would spend one budget, and stand in each other's way."""
    globex = OF.tenant("globex")
    assert globex == replace(STRANGERS, name="globex")
    assert OF.tenant("initech").name == "initech"


def test_a_deployment_is_named_as_the_policy_file_writes_it_slashes_in_the_model_included() -> None:
    assert deployment("openrouter/meta/llama").name == "openrouter/meta/llama"


def test_a_key_is_in_no_printed_policy() -> None:
    secret = ProviderPolicy(
        name="openai",
        dialect=Dialect.OPENAI_CHAT,
        base_url="https://vendor.example/v1",
        api_key="sk-secret",
        headers=(("x-org-token", "sk-secret"),),
    )
    assert "sk-secret" not in repr(secret)
