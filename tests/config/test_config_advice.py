from __future__ import annotations

from lanewise.config.advice import Advice


def test_advice_is_one_line_for_people() -> None:
    assert Advice(code="a_code", message="It is so", remedy="Do this.").text == "a_code: It is so. Do this."
