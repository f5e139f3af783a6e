from __future__ import annotations

import pytest
from pydantic import ValidationError

from lanewise.config.schema_checks import Use, VerifyRuleSection


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("loops", [("loops", {})]),
        ({"judge": {"rubric": "short"}}, [("judge", {"rubric": "short"})]),
        ({"judge": None}, [("judge", {})]),
        (["loops", {"judge": {}, "regex": {"must": "x"}}], [("loops", {}), ("judge", {}), ("regex", {"must": "x"})]),
    ],
)
def test_a_use_is_a_name_or_a_name_with_options_or_several(written: object, read: list[Use]) -> None:
    assert list(VerifyRuleSection.model_validate({"use": written}).use) == read


@pytest.mark.parametrize("written", ["", {}, {"judge": "short"}, [["loops"]], [""]])
def test_what_names_nobody_is_refused(written: object) -> None:
    with pytest.raises(ValidationError):
        VerifyRuleSection.model_validate({"use": written})
