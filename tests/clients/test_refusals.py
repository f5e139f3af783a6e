"""What the gateway refuses of the peers' suites: a list that only shrinks, each rule with its page."""

from __future__ import annotations

from pathlib import Path

import pytest
from clients.refusals import Rule, every_rule, rules_of
from clients.suites import SUITES

#: Lower it when tests leave clients/refusals.toml; it is never raised.
MAXIMUM_REFUSED = 62
ROOT = Path(__file__).parents[2]


def test_the_list_only_shrinks() -> None:
    tests = [(rule.suite, rule.subject, test) for rule in every_rule() for test in rule.tests]
    assert len(tests) == len(set(tests)) == MAXIMUM_REFUSED


def test_every_rule_is_of_a_suite_and_a_subject_that_are_run() -> None:
    run = {(suite.name, subject) for suite in SUITES for subject, _ in suite.rows}
    assert {(rule.suite, rule.subject) for rule in every_rule()} <= run
    assert rules_of("openai-python", "embeddings") == ()


@pytest.mark.parametrize("rule", every_rule(), ids=lambda rule: f"{rule.subject}: {rule.says}")
def test_every_rule_is_stated_where_it_says(rule: Rule) -> None:
    stated = (ROOT / rule.stated).read_text()
    assert rule.reason in stated
