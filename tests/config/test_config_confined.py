from __future__ import annotations

from collections.abc import Callable

from lanewise.config.confined import confined
from lanewise.config.load import Loaded

HEAD = """\
providers: {openai: {api_key: k, region: us}, anthropic: {api_key: k, region: eu}}
lanes:
  standard: {deployments: [openai/gpt-5.4-mini, anthropic/claude-haiku-4-5]}
  reasoning: {deployments: [openai/gpt-5.5], effort: high}
"""


def advice(read: Callable[..., Loaded], text: str) -> dict[str, str]:
    return {each.code: each.message for each in confined(read(HEAD + text).policy)}


def test_a_lane_that_a_pin_leaves_empty_is_told(read: Callable[..., Loaded]) -> None:
    told = advice(read, "tenants: {acme: {residency: {regions: [eu]}}}\n")
    assert told.keys() == {"lane_left_empty"}
    assert "The residency of tenant 'acme' leaves nobody to ask in the lane reasoning" in told["lane_left_empty"]
    assert advice(read, "tenants: {acme: {residency: {regions: [us]}}}\n") == {}


def test_a_lane_that_is_in_a_plan_and_thinks_harder_than_it_allows_is_told(read: Callable[..., Loaded]) -> None:
    assert "plan 'basic'" in advice(read, "plans: {basic: {max_effort: low}}\n")["lane_left_empty"]
    assert advice(read, "plans: {basic: {lanes: [standard], max_effort: low}}\n") == {}


def test_who_grades_or_judges_out_of_reach_is_told(read: Callable[..., Loaded]) -> None:
    text = """\
routing: {classifier: small_model, small_model: {deployment: openai/gpt-5.4-mini}, grades: {hard: reasoning}}
verify: [{use: {judge: {deployment: openai/gpt-5.5}}}]
plans: {small: {models: [claude-haiku-4-5], lanes: [standard]}}
"""
    told = [each.message for each in confined(read(HEAD + text).policy)]
    assert any("does not reach openai/gpt-5.4-mini, so the classifier is passed over" in each for each in told)
    assert any("does not reach openai/gpt-5.5, so the verifier judge is passed over" in each for each in told)


def test_who_gives_vectors_of_questions_or_compares_answers_out_of_reach_is_told(read: Callable[..., Loaded]) -> None:
    text = """\
cache: {exact: true}
tenants:
  "*": {cache: {semantic: {alpha: 5%, embedding: openai/text-embedding-3-small, judge: openai/gpt-5.5}}}
  acme: {residency: {providers: anthropic}}
"""
    told = [each.message for each in confined(read(HEAD + text).policy)]
    assert (
        sum("text-embedding-3-small, so the search for similar questions is passed over" in each for each in told) == 1
    )
    assert sum("openai/gpt-5.5, so the judge of their audits is passed over" in each for each in told) == 1


def test_a_tenant_whose_plan_and_residency_leave_nothing_together_is_told(read: Callable[..., Loaded]) -> None:
    text = "plans: {big: {lanes: [reasoning]}}\ntenants: {acme: {plan: big, residency: {providers: anthropic}}}\n"
    assert "leave the tenant acme nobody to ask" in advice(read, text)["tenant_left_empty"]
