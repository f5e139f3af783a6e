from __future__ import annotations

from collections.abc import Callable

import pytest

LANES = "lanes: {a: {deployments: [x/m]}}\n"


@pytest.mark.parametrize(
    ("providers", "message"),
    [
        ("x: {vendor: opnai}", "providers.x.vendor: 'opnai' is not a vendor of the catalog. Did you mean 'openai'?"),
        (
            "x: {base_url: 'https://a/v1'}",
            "providers.x.dialect: is missing, and the catalog has no vendor of this name.",
        ),
        (
            "x: {dialect: openai}",
            "providers.x.base_url: is missing. Write for example `base_url: https://api.example.com/v1`",
        ),
        ("x: {vendor: azure}", "providers.x.base_url: is missing. Set AZURE_OPENAI_ENDPOINT"),
    ],
)
def test_a_provider_says_what_the_catalog_does_not(
    providers: str, message: str, refused: Callable[..., list[str]]
) -> None:
    (line,) = refused(f"providers: {{{providers}}}\n{LANES}")
    assert message in line


def test_a_tenant_s_names_are_checked_like_everyone_s(refused: Callable[..., list[str]]) -> None:
    text = "providers: {openai: {}}\nlanes: {a: {deployments: [openai/m]}}\ntenants: {t: {models: {x: 'lane:b', m: pin}}}\n"
    (line,) = refused(text)
    assert "tenants.t.models.x: 'lane:b' is not a lane of this file." in line


def test_responses_that_only_a_vendor_knows_are_for_a_single_tenant(
    read: Callable[..., object], refused: Callable[..., list[str]]
) -> None:
    text = "providers: {openai: {}}\nlanes: {a: {deployments: [openai/m]}}\nresponses: {unknown: send_on}\n"
    read(text + "tenants: {t: {}}\n", OPENAI_API_KEY="k")
    (line,) = refused(text + "tenants: {t: {}, u: {}}\n", OPENAI_API_KEY="k")
    assert "responses.unknown: 'send_on' is for a single tenant" in line
