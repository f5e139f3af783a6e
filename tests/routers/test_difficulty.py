"""Five grades from words and shape: easy is earned, doubt grades up, and no text makes it long."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from lanewise.core.policy import GRADES
from lanewise.routers.difficulty import Graded, grade
from walking import request

PROSE = "The caretaker walked to the far end of the yard and looked at the old cart for a while. "


def graded(text: str, **settings: Any) -> Graded:
    return grade(structs.replace(request(), **({"last_user_text": text, "input_chars": len(text)} | settings)))


@pytest.mark.parametrize(
    ("text", "of"),
    [
        ("Good morning!", "trivial"),
        (f"Summarize this text: {PROSE}", "easy"),
        ("What should I wear to a garden party?", "moderate"),
        ("Compare the enthalpy and the entropy of vaporization of benzene and of toluene.", "hard"),
        (
            "Prove that every compact Hausdorff space is normal, and derive a counterexample where compactness fails.",
            "expert",
        ),
    ],
)
def test_each_grade(text: str, of: str) -> None:
    assert graded(text).grade == of


def test_scores_rise_with_the_grades_and_stay_between_0_and_1() -> None:
    texts = [
        "Hi",
        f"Summarize this text: {PROSE}",
        "What should I wear?",
        PROSE * 40,
        "Prove the lemma: x^2 = y^3. " * 99,
    ]
    scores = [graded(text).score for text in texts]

    assert scores == sorted(scores)
    assert 0 <= scores[0] < scores[-1] <= 1


@pytest.mark.parametrize(
    ("text", "signal"),
    [
        ("Prove it", "proof"),
        ("Why is that so?", "demand"),
        ("the eigenvalue", "technical"),
        ("something with dexamethazolidine in it", "technical"),  # listed nowhere, known by its ending
        ("each of exactly two, unless neither", "constraints"),
        ("a^b = {c} \\ {d} < e", "formula"),
        ("1999 and 2024", "numbers"),
        (PROSE * 6, "long"),
        ("one\ntwo\nthree\nfour\nfive\nsix\nseven", "lines"),
        ("```\nx\n```", "code"),
        ("so? and? or?", "questions"),
        ("xyzzy", "unrecognised"),
        (" ", "empty"),
    ],
)
def test_a_signal_is_named(text: str, signal: str) -> None:
    assert signal in graded(text).signals


@pytest.mark.parametrize("word", ["improve", "approve", "provenance", "AIMED", "theorems-r-us", "unsolved", "plane"])
def test_words_inside_other_words_are_no_signal(word: str) -> None:
    assert not {"proof", "demand"} & set(graded(f"my {word}").signals)


def test_ambiguous_words_count_in_company_only() -> None:
    assert graded("There is a charge").signals == ("unrecognised",)
    assert graded("The charge and the velocity").signals == ("technical",)


def test_a_prompt_wrapper_does_not_make_a_sum_hard() -> None:
    asked = "Tom has two apples and buys three. How many has he now?"

    assert graded(f"{asked}\nPut your final answer in \\boxed{{...}}.").grade == graded(asked).grade == "moderate"


@given(st.text(min_size=1, max_size=3_000))
def test_a_grade_is_one_of_five_and_has_a_reason(text: str) -> None:
    found = graded(text)

    assert found.grade in GRADES
    assert 0 <= found.score <= 1
    assert found.signals
    assert all(" " not in signal for signal in found.signals)


@given(st.text(min_size=40, max_size=600).filter(lambda text: text.strip().isascii() is False))
def test_what_nobody_recognises_is_at_least_moderate(text: str) -> None:
    assert graded(text).grade not in ("trivial", "easy")


@pytest.mark.parametrize(
    ("settings", "of"),
    [
        ({}, "trivial"),
        ({"has_tools": True}, "easy"),
        ({"response_format": "json_schema"}, "easy"),
        ({"has_images": True}, "moderate"),
        ({"input_chars": 70_000}, "moderate"),
    ],
)
def test_a_greeting_with_more_to_it_is_no_trifle(settings: dict[str, Any], of: str) -> None:
    assert graded("Hello!", **settings).grade == of


@pytest.mark.parametrize("text", ["yes", "ok", "Who is it?", "When was that?"])
def test_what_refers_to_earlier_turns_is_not_easy(text: str) -> None:
    assert graded(text).grade in ("trivial", "easy")
    assert graded(text, continues=True).grade == "moderate"


def test_thanks_stay_trivial_in_a_conversation() -> None:
    assert graded("Thank you!", continues=True).grade == "trivial"


def test_a_lookup_in_a_long_context_is_a_search_in_it() -> None:
    assert graded("Who wrote the last letter?").grade == "easy"
    assert graded("Who wrote the last letter?", input_chars=30_000).grade == "moderate"


def test_long_context_and_tools_grade_up() -> None:
    text = "What should I wear?"

    assert graded(text, has_tools=True).score > graded(text).score
    assert graded(text, input_chars=30_000).score > graded(text).score


def test_what_is_asked_is_found_below_a_long_text() -> None:
    assert "proof" in graded(PROSE * 150 + "Prove that he came back.").signals
    assert graded(PROSE * 150 + "\nTranslate the text above into Dutch.").grade == "easy"


@pytest.mark.parametrize("filler", ["", "summarize ", "list ", "translate this: ", "fix ", "please "])
@pytest.mark.parametrize(
    "unit",
    [
        *("a", "a ", " ", "\n", "hi ", "please, ", "you are ", "extract ", "why ", "and prove ", "((", "9", "0.", "- ", "=", "'", "? "),
        *("list the date of a in the ", "give me a short x ", "find all the every x x x name ", "how many a in a ", "fasse ", "a-a "),
        *("then also please to finally do ", "thank you ", "ありがとう", "你", "翻译", "可以", "\u0130", "\ud800", "is this text "),
    ],
)  # fmt: skip
def test_no_text_makes_it_long(unit: str, filler: str) -> None:
    """A pattern that went back and forth over 16 KB would not come back before the suite's watchdog does."""
    text = filler + unit * (16_384 // len(unit))

    assert graded(text).grade in GRADES
    assert graded(f"{text}\n{filler}{unit * 40}").grade in GRADES
    assert graded(text[:80]).grade in GRADES
    assert graded(text[:160]).grade in GRADES
