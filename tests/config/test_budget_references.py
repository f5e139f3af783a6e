from __future__ import annotations

from collections.abc import Callable

import pytest

HEAD = (
    "providers: {openai: {}}\nlanes: {standard: {deployments: [openai/m], LANE}}\ntenants: {acme: {budget: {TENANT}}}\n"
)
Refused = Callable[[str], list[str]]


def of_tenant(text: str) -> str:
    return HEAD.replace("LANE", "").replace("TENANT", text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            of_tenant("at_stop: 'lane:cheap'"),
            "tenants.acme.budget.at_stop: 'lane:cheap' is not a lane of this file. Known: standard.",
        ),
        (
            of_tenant("users: {ann: {at_stop: 'lane:standrad'}}"),
            "tenants.acme.budget.users.ann.at_stop: 'lane:standrad' is not a lane of this file. Did you mean 'standard'? Known: standard.",
        ),
        (
            HEAD.replace("LANE", "budget: {at_stop: 'lane:standard'}").replace("TENANT", ""),
            "lanes.standard.budget.at_stop: 'lane:standard' is the lane whose budget it is. Write another lane, or refuse.",
        ),
        (
            of_tenant("per_key: {at_stop: queue}"),
            "tenants.acme.budget.per_key.at_stop: 'queue' needs durable jobs, which this version does not have. Write wait, ",
        ),
        (
            of_tenant("at_stop: webhook"),
            "tenants.acme.budget.at_stop: 'webhook' needs durable jobs, which this version does not have. Write wait, ",
        ),
        (
            of_tenant("at_stop: stop"),
            "tenants.acme.budget.at_stop: 'stop' is not what can follow at a cap. Write refuse, wait, or lane:NAME",
        ),
        (
            of_tenant("tokens: {daily: lots}"),
            "tenants.acme.budget.tokens.daily: 'lots' is not a number of tokens. Write for example 500k or 2M, or none for no cap.",
        ),
        (
            of_tenant("alarm_at: [50%, much]"),
            "tenants.acme.budget.alarm_at: is not a percentage. Write 0% to 100%, for example 80%.",
        ),
        (
            of_tenant("yearly: $5"),
            "tenants.acme.budget.yearly: is not a key of a policy. Known: alarm_at, at_stop, daily, ",
        ),
    ],
)
def test_a_mistake_names_its_key_and_what_to_write(text: str, told: str, refused: Refused) -> None:
    (line,) = refused(text)
    assert told in line
