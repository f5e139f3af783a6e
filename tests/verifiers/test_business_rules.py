"""The operator's rules over answers and tool calls."""

from __future__ import annotations

import pytest

from judging import candidate, verdict
from lanewise.core.answer import ToolCall
from lanewise.core.verdict import Verdict
from lanewise.verifiers.business_rules import BusinessRulesVerifier, Options, Rule

REFUND = Rule(name="approval", check="amount <= $500 or exists(approved_by)", say="Refunds above $500 need approval.")
SHIFTS = Rule(name="no overlap", check="all a, b in shifts: a.end <= b.start or b.end <= a.start")
BUDGET = Rule(name="budget", when="exists(steps)", check="(sum s in steps: s.cost) <= budget")


def judged(text: str, *rules: Rule) -> Verdict:
    return verdict(BusinessRulesVerifier(Options(rules=rules)), candidate(text))


def test_a_refund_above_the_limit_needs_approval() -> None:
    assert judged('{"amount": 500}', REFUND).word == "accept"
    said = judged('{"amount": 500.01}', REFUND)
    assert (said.word, said.kind, said.repairable) == ("reject", "form", True)
    assert said.reason.startswith('Rule "approval": Refunds above $500 need approval.')
    assert "amount = 500.01" in said.reason
    assert judged('{"amount": 900, "approved_by": "Ada"}', REFUND).word == "accept"


def test_shifts_that_overlap_are_named() -> None:
    said = judged('The plan:\n```json\n{"shifts": [{"start": 9, "end": 12}, {"start": 11, "end": 15}]}\n```', SHIFTS)
    assert said.word == "reject"
    assert "shifts[0].end = 12" in said.reason


def test_a_rule_says_nothing_where_its_condition_does_not_hold() -> None:
    assert judged('{"budget": 10}', BUDGET).word == "accept"
    assert judged('{"budget": 10, "steps": [{"cost": 6}, {"cost": 5}]}', BUDGET).word == "reject"


def test_what_a_rule_needs_and_is_not_there_is_told() -> None:
    assert "the answer has no `amount`" in judged("{}", REFUND).reason


def test_more_rules_kept_score_higher() -> None:
    one = judged('{"amount": 900, "shifts": []}', REFUND, SHIFTS).score
    assert one == 0.5


def test_an_answer_without_json_or_cut_off_is_not_judged() -> None:
    assert judged("Done!", REFUND).word == "unverifiable"
    assert judged('{"amount": 1, "shifts": [{"start": 1', SHIFTS).word == "unverifiable"


def test_a_tool_call_is_judged_by_its_arguments() -> None:
    verifier = BusinessRulesVerifier(Options(rules=(REFUND,), tools=("refund",)))
    calls = (
        ToolCall(id="1", name="refund", arguments='{"amount": 900}'),
        ToolCall(id="2", name="look_up", arguments="{}"),
    )
    said = verdict(verifier, candidate(calls=calls))
    assert said.word == "reject"
    assert said.reason.startswith('Tool call "refund": Rule "approval"')
    assert verdict(verifier, candidate(calls=calls[1:])).word == "unverifiable"


def test_rules_that_say_all_there_is_make_a_proof() -> None:
    verifier = BusinessRulesVerifier(Options(rules=(SHIFTS,), complete=True))
    assert verdict(verifier, candidate('{"shifts": []}')).kind == "proof"


def test_a_wrong_rule_is_told_when_the_policy_is_read() -> None:
    with pytest.raises(ValueError, match=r"rule 'approval', at character 9, .*the rule ends here"):
        BusinessRulesVerifier(Options(rules=(Rule(name="approval", check="amount <"),)))


def test_what_was_mended_is_told() -> None:
    said = judged("Here: {'amount': 5,}", REFUND)
    assert (said.word, said.answer) == ("accept", '{"amount": 5}')
    assert said.changed


@pytest.mark.parametrize("text", ['{"amount": 1, "amount": 1000000}', 'Here: {"amount": 1, amount: 1000000,}'])
def test_a_name_that_says_two_things_breaks_every_rule(text: str) -> None:
    assert judged(text, Rule(name="small", check="amount < 100")).word == "reject"


def test_an_answer_that_takes_too_long_to_read_breaks_none() -> None:
    assert judged('{"' * 50_000, Rule(name="small", check="amount < 100")).word == "unverifiable"
