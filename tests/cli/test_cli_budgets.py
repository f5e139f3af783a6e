from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from cli.shells import Shell
from stores.opening import fill
from stores.samples import a_record

NOW_US = int(dt.datetime.now(dt.UTC).timestamp() * 1_000_000)
POLICY = """
providers: {local: {dialect: openai, base_url: "http://127.0.0.1:9/v1", local: true}}
lanes: {standard: {deployments: [local/small], budget: {total: $9}}}
tenants: {acme: {budget: {total: $5, per_user: {total: $2}}}, globex: {budget: {total: $3}}}
"""


@pytest.fixture(autouse=True)
def _filled(shell: Shell) -> None:
    Path("lanewise.yaml").write_text(POLICY)
    assert shell("migrate").code == 0
    fill(Path("lanewise.db"), a_record("run_1", started_us=NOW_US, user="ann", cost_nanousd=1_500_000_000))


def test_every_cap_is_shown_with_what_is_left_of_it(shell: Shell) -> None:
    told = shell("budgets", "--json").json
    assert [(each["tenant"], each["cap"], each["subject"], each["left"]) for each in told["budgets"]] == [
        ("acme", "tenant.total", None, 3_500_000_000),
        ("acme", "user.total", "ann", 500_000_000),
        ("globex", "tenant.total", None, 3_000_000_000),
        (None, "lane.total", "standard", 7_500_000_000),
    ]
    assert told["alarms"] == []
    said = shell("budgets")
    assert (said.code, said.err) == (0, "")
    assert "acme: ann" in said.out


def test_the_caps_of_simulated_serving_stand_in_no_file(shell: Shell) -> None:
    Path("lanewise.yaml").write_text("store: another.db\n")  # which `serve --simulate` does not read
    told = shell("budgets", "--simulate", "--json").json
    assert [(each["tenant"], each["cap"], each["amount"]) for each in told["budgets"]] == [
        ("acme", "tenant.daily", 50_000_000_000)
    ]


def test_one_tenant_s_caps_are_shown_alone(shell: Shell) -> None:
    told = shell("budgets", "--tenant", "globex", "--json").json
    assert [each["tenant"] for each in told["budgets"]] == ["globex"]
