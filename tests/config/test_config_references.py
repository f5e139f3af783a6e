from __future__ import annotations

from collections.abc import Callable

import pytest

from lanewise.config.document import read_document
from lanewise.config.references import deployments_of

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


def test_several_lanes_need_a_default_unless_one_is_called_standard(
    refused: Callable[..., list[str]], read: Callable[..., object]
) -> None:
    text = "providers: {openai: {}}\nlanes: {a: {deployments: [openai/m]}, NAME: {deployments: [openai/m]}}\n"
    (line,) = refused(text.replace("NAME", "b"))
    assert "routing.default: is missing, and no lane is called standard. Write one of: a, b." in line
    read(text.replace("NAME", "standard"))


def test_a_tenant_s_names_are_checked_like_everyone_s(refused: Callable[..., list[str]]) -> None:
    text = "providers: {openai: {}}\nlanes: {a: {deployments: [openai/m]}}\ntenants: {t: {models: {x: 'lane:b', m: pin}}}\n"
    (line,) = refused(text)
    assert "tenants.t.models.x: 'lane:b' is not a lane of this file." in line


def test_every_deployment_is_found_where_it_first_stands() -> None:
    document = read_document(
        "lanes: {a: {deployments: [x/m, x/n]}, b: {deployments: [x/m]}, c: 5, d: {deployments: x}}\n", {}
    )
    assert deployments_of(document) == {
        "x/m": ("lanes", "a", "deployments", 0),
        "x/n": ("lanes", "a", "deployments", 1),
    }
