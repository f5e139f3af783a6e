from __future__ import annotations

from collections.abc import Callable

import pytest

Refused = Callable[..., list[str]]
HEAD = "providers: {openai: {}, mistral: {}}\nlanes:\n  standard: {deployments: [openai/m]}\n"

LANES = """
deployments: [m]
    4:25: lanes.other.deployments[0]: 'm' names no provider and model.
deployments: [openai/m, opnai/m]
    lanes.other.deployments[1]: 'opnai/m' names a provider that is not in `providers`. Did you mean 'openai'?
deployments: [openai/m, openai/m]
    lanes.other.deployments[1]: 'openai/m' is in this lane twice. Keep one of the two.
deployments: [openai/m], weights: {openai/n: 1}
    4:46: lanes.other.weights."openai/n": is no deployment of this lane.
deployments: [openai/m, mistral/m], weights: {openai/m: 0, mistral/m: 0.0}
    lanes.other.weights: are all 0, so nobody would be asked first.
deployments: [openai/m], weights: {openai/m: -1}
    lanes.other.weights."openai/m": '-1' is not a weight. Write a number from 0 on
deployments: [openai/m], degrade_to: standrad
    4:48: lanes.other.degrade_to: 'standrad' is not a lane of this file. Did you mean 'standard'?
deployments: [openai/m], degrade_to: other
    lanes.other.degrade_to: 'other' is this lane itself. Write another lane, or none.
deployments: [openai/m], slow_after: 0.5
    lanes.other.slow_after: '0.5' is not a number from 1 on. Write how many times the usual, for example 3, or none for never.
deployments: [openai/m], hedge_after: soon
    lanes.other.hedge_after: 'soon' is not a number from 1 on.
deployments: [openai/m], first_token_timeout: 3
    lanes.other.first_token_timeout: '3' is not a duration.
deployments: [openai/m], breaker: {error_rate: 0%}
    lanes.other.breaker.error_rate: '0%' would never let a call through. Write more than 0%
deployments: [openai/m], breaker: {window: 2h}
    lanes.other.breaker.window: '2h' is out of range. Write 100ms to 1h.
deployments: [openai/m], breaker: {open_for: 1ms}
    lanes.other.breaker.open_for: '1ms' is out of range. Write 10ms to 1h.
deployments: [openai/m], breaker: {min_calls: 0}
    lanes.other.breaker.min_calls: '0' is not a whole number above zero.
deployments: [openai/m], breaker: {open: 3s}
    lanes.other.breaker.open: is not a key of a policy. Did you mean 'open_for'?
"""


def cases(table: str) -> list[tuple[str, str]]:
    """What is written, and on the line below it what is told."""
    written = [line for line in table.strip().split("\n") if not line.startswith("    ")]
    told = [line.strip() for line in table.strip().split("\n") if line.startswith("    ")]
    return list(zip(written, told, strict=True))


@pytest.mark.parametrize(("settings", "message"), cases(LANES))
def test_what_is_wrong_with_a_lane_is_told_at_its_place(settings: str, message: str, refused: Refused) -> None:
    (line,) = refused(f"{HEAD}  other: {{{settings}}}\n")
    assert message in line


def test_a_circle_is_told_once_with_its_whole_way(refused: Refused) -> None:
    text = (
        HEAD
        + "  a: {deployments: [openai/m], degrade_to: b}\n"
        + "  b: {deployments: [openai/m], degrade_to: c}\n"
        + "  c: {deployments: [openai/m], degrade_to: a}\n"
        + "  d: {deployments: [openai/m], degrade_to: a}\n"
    )
    (line,) = refused(text)
    assert line.startswith(
        "lanewise.yaml:4:44: lanes.a.degrade_to: 'b' closes a circle: a → b → c → a. Let one of them be none."
    )


def test_no_lane_is_called_none(refused: Refused) -> None:
    (line,) = refused(HEAD + "  none: {deployments: [openai/m]}\n")
    assert "lanes.none: is what `degrade_to` says for: no other lane. Give the lane another name." in line
