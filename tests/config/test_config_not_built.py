from __future__ import annotations

from collections.abc import Callable

import pytest

from lanewise.config.not_built import NOT_BUILT, NotBuilt
from lanewise.config.shape import known_keys

BASE = {
    "lanes.*": "providers: {openai: {}}\nlanes: {standard: {deployments: [openai/m], KEY}}\n",
    "tenants.*": "providers: {openai: {}}\nlanes: {standard: {deployments: [openai/m]}}\ntenants: {a: {KEY}}\n",
    "tenants.*.budget": "providers: {openai: {}}\nlanes: {standard: {deployments: [openai/m]}}\ntenants: {a: {budget: {KEY}}}\n",
    "providers.*": "providers: {openai: {}, x: {KEY}}\nlanes: {standard: {deployments: [openai/m, x/y]}}\n",
    "routing": "providers: {openai: {}}\nlanes: {standard: {deployments: [openai/m]}}\nrouting: {KEY}\n",
    "": "providers: {openai: {}}\nlanes: {standard: {deployments: [openai/m]}}\nKEY\n",
}


@pytest.mark.parametrize("row", NOT_BUILT, ids=lambda row: f"{row.path}={row.value}")
def test_each_row_is_refused_with_one_message_of_its_own(row: NotBuilt, refused: Callable[..., list[str]]) -> None:
    parent, _, key = row.path.rpartition(".")
    lines = refused(BASE[parent].replace("KEY", f"{key}: {row.value or 'anything'}"))
    if row.path == "lanes.*.sla":
        assert "the default" not in lines[0]
    assert len(lines) == 1, lines
    assert f"{row.what} is not available in this version. {row.instead}" in lines[0]


def test_what_refers_to_a_refused_lane_is_not_told_again(refused: Callable[..., list[str]]) -> None:
    text = (
        "providers: {openai: {}}\nlanes: {standard: {deployments: [openai/m]}, human: {sla: 4h}}\n"
        "models: {x: 'lane:human'}\nrouting: {default: human}\n"
    )
    assert [line.split(": ")[1] for line in refused(text)] == ["lanes.human.sla"]


@pytest.mark.parametrize("row", [row for row in NOT_BUILT if row.value is None], ids=lambda row: row.path)
def test_a_key_that_the_schema_has_by_now_must_leave_the_table(row: NotBuilt) -> None:
    *parents, key = row.path.split(".")
    assert key not in known_keys(tuple(parents))


def test_the_old_name_of_hedging_is_told_its_new_one(refused: Callable[..., list[str]]) -> None:
    (line,) = refused(BASE["lanes.*"].replace("KEY", "hedge: 2"))
    assert "lanes.standard.hedge: is not a key of a policy. Did you mean 'hedge_after'?" in line


def test_a_classifier_that_is_not_built_leaves_what_belongs_to_it_alone(refused: Callable[..., list[str]]) -> None:
    text = "classifier: segments, grades: {hard: standard}, small_model: {deployment: openai/m}"
    (line,) = refused(BASE["routing"].replace("KEY", text))
    assert "routing.classifier: a classifier that picks the lane from past results is not available" in line


def test_the_table_only_shrinks() -> None:
    assert len(NOT_BUILT) <= 22, (
        "a key that is not built is left out of the schema's design, or built; rows are not added"
    )
