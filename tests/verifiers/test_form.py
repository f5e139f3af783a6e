"""What an answer must look like."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from judging import candidate, verdict
from lanewise.core.answer import ToolCall
from lanewise.core.verdict import Verdict
from lanewise.verifiers.form import FormVerifier, Options


def judged(text: str, **options: Any) -> Verdict:
    return verdict(FormVerifier(Options(**options)), candidate(text))


def test_an_answer_is_there_and_an_empty_one_is_not() -> None:
    assert judged("4").word == "accept"
    assert (judged(" \n").word, judged("").reason) == ("reject", "The answer is empty. Write the answer itself.")


def test_an_answer_that_declines_is_rejected_and_not_asked_for_again() -> None:
    said = judged("CANNOT SOLVE: no figure.")
    assert (said.word, said.repairable) == ("reject", False)
    assert judged("I'm sorry, but I can't help with that.", declining=True).word == "accept"


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"min_chars": 50}, "write at least 50"),
        ({"max_chars": 5}, "write at most 5"),
        ({"min_words": 9}, "has 5 words; write at least 9"),
        ({"max_words": 3}, "has 5 words; write at most 3"),
        ({"match": (r"^Answer:",)}, "is as"),
        ({"forbid": (r"\d{4}",)}, 'must not hold "1234"'),
    ],
)
def test_each_demand_says_what_to_write(options: dict[str, Any], reason: str) -> None:
    said = judged("The code is 1234 today", **options)
    assert said.word == "reject"
    assert reason in said.reason


def test_the_language_counts_where_it_is_sure() -> None:
    german = (
        "Der Vertrag endet im März, und die Mieterin ist nicht verpflichtet, das Haus mit einem Makler zu verkaufen."
    )
    assert judged(german, language="de").word == "accept"
    assert judged(german, language="en").word == "reject"
    assert judged("42", language="en").word == "unverifiable"


def test_patterns_in_a_very_long_answer_are_not_decided() -> None:
    assert judged("a " * 20_000, forbid=("secret",)).word == "unverifiable"
    assert judged("a " * 20_000, match=("secret",)).word == "unverifiable"


def test_a_tool_call_has_no_text_to_look_at() -> None:
    call = ToolCall(id="1", name="x", arguments="{}")
    assert verdict(FormVerifier(), candidate(calls=(call,))).word == "unverifiable"


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"language": "tlh"}, "is not known; write one of ar, de"),
        ({"match": ("(a+)+$",)}, "is not taken"),
        ({"forbid": ("(",)}, "is not taken"),
    ],
)
def test_a_wrong_option_is_told_when_the_policy_is_read(options: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        FormVerifier(msgspec.convert(options, Options))
