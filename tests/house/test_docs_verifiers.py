"""Every verifier and every option it has is in the reference."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest

from house.pages import REFERENCE
from lanewise.bootstrap.verifiers import VERIFIERS

PAGE = (REFERENCE / "verifiers.md").read_text()


def section(name: str) -> str:
    heading = re.search(rf"^## `{name}`$(.*?)(?=^## |\Z)", PAGE, flags=re.MULTILINE | re.DOTALL)
    assert heading, f"docs/reference/verifiers.md has no heading `{name}`"
    return heading[1]


def descriptions(options: type[msgspec.Struct]) -> dict[str, str]:
    """Each option's own words."""
    schema: dict[str, Any] = msgspec.json.schema(options)
    properties = schema["$defs"][options.__name__]["properties"]
    return {name: each.get("description", "") for name, each in properties.items()}


@pytest.mark.parametrize("name", VERIFIERS)
def test_a_verifiers_options_are_in_its_section_with_their_own_words(name: str) -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \|.*\| (.+?) \|$", section(name), flags=re.MULTILINE))
    assert rows == descriptions(VERIFIERS[name].options)


@pytest.mark.parametrize("name", VERIFIERS)
def test_a_verifiers_kind_stand_in_and_cost_are_in_its_section(name: str) -> None:
    verifier = VERIFIERS[name]
    assert f"Says {' or '.join(f'`{kind}`' for kind in verifier.kinds)}." in section(name)
    assert verifier.stand_in is None or verifier.stand_in in VERIFIERS
    assert f"Stand-in: {f'`{verifier.stand_in}`' if verifier.stand_in else 'none'}." in section(name)
    assert f"Cost: {verifier.cost}." in section(name)


def test_the_reference_has_no_verifier_that_is_not_there() -> None:
    assert re.findall(r"^## `(\w+)`$", PAGE, flags=re.MULTILINE) == list(VERIFIERS)
