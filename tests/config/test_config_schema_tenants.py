from __future__ import annotations

from lanewise.config.schema_tenants import PlanSection, ResidencySection


def test_what_a_plan_does_not_mention_it_does_not_limit() -> None:
    plan = PlanSection()
    assert (plan.lanes, plan.models, plan.max_effort, plan.tools) == (None, None, None, None)


def test_one_name_or_a_list_of_them_may_be_written() -> None:
    assert PlanSection.model_validate({"lanes": "small"}).lanes == ("small",)
    assert ResidencySection.model_validate({"regions": ["eu", "ch"]}).regions == ("eu", "ch")
