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


@pytest.mark.parametrize(
    "text", ["\u200b\u200b", "\u3164", "<think>many words</think>", "<think>many words", "```json\n```"]
)
def test_what_nobody_sees_is_an_empty_answer(text: str) -> None:
    assert judged(text).word == "reject"


@pytest.mark.parametrize("text", ["\U0001f44d", "-5", "...", "<think>so</think>4"])
def test_little_is_not_nothing(text: str) -> None:
    assert judged(text).word == "accept"


def test_lengths_count_what_is_read() -> None:
    chinese = "\u623f\u5c4b\u5185\u5ba0\u7269\u4e0d\u5141\u8bb8\u8fdb\u5165" * 3
    assert judged(chinese, min_words=10).word == "accept"
    assert judged(chinese, max_words=10).word == "reject"
    assert judged("a" + " " * 100, min_chars=50).word == "reject"


def test_a_word_is_not_hidden_by_characters_without_a_shape() -> None:
    assert judged("The pass\u200bword is x.", forbid=("password",)).word == "reject"


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
