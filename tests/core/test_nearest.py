from __future__ import annotations

from lanewise.core.nearest import did_you_mean, nearest


def test_a_slip_of_the_finger_is_guessed_whatever_the_case() -> None:
    assert nearest("sumarize", ["extract", "summarize"]) == "summarize"
    assert nearest("GPT-5.5-mini", ["gpt-5.4-mini", "o3"]) == "gpt-5.4-mini"
    assert did_you_mean("smal", ["small", "large"]) == "Did you mean 'small'? Known: large, small."


def test_a_far_off_name_gets_no_guess() -> None:
    assert nearest("zzz", ["small", "large"]) is None
    assert did_you_mean("zzz", ["small", "large"]) == "Known: large, small."
    assert did_you_mean("x", []) == "Known: none."
