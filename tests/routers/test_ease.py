"""Ease is found by what stands at the beginning or the end of a message, and taken away by what stands beside it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.routers.ease import easy
from lanewise.routers.ease_patterns import CLAUSE, MESSAGE
from lanewise.routers.taxonomy import TASKS

LETTER = "Dear Ms Lee, your parcel left our store on Monday and should be with you by Friday. Kind regards, Tom"


def name_of(text: str) -> str | None:
    found = easy(text)
    return found.name if found else None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Hi there!", "greeting"),
        ("ok", "assent"),
        ("12 x 12 =", "sum"),
        ("Who painted Guernica?", "lookup"),
        ("¿Cuál es la capital de Perú?", "lookup"),
        ("What is the plural of mouse?", "define"),
        ("How do you say thank you in Thai?", "define"),
        ("Convert 70 kg to pounds", "units"),
        ("Write a thank you note to my aunt", "compose"),
        (f"Translate this to Dutch: {LETTER}", "translate"),
        (f"Summarize the following letter.\n\n{LETTER}", "summarize"),
        (f"Extract the names from this letter: {LETTER}", "extract"),
        (f"Make this letter sound more formal: {LETTER}", "rephrase"),
        (f"Classify this letter as complaint, order or other: {LETTER}", "classify"),
        (f"Turn the following text into a table: {LETTER}", "format"),
        (f"{LETTER}\n\nTranslate the above to Dutch.", "translate"),
        (f"把下面的信翻译成英文:{LETTER}", "translate"),
        (f"次の文章を要約してください。{LETTER}", "rephrase"),
    ],
)
def test_each_family_is_recognised(text: str, name: str) -> None:
    assert name_of(text) == name


@pytest.mark.parametrize("courtesy", ["Hi! ", "Please ", "Hello, could you please ", "OK, now ", "i'd like you to "])
def test_courtesies_are_passed_over(courtesy: str) -> None:
    assert name_of(f"{courtesy}translate this to Dutch: {LETTER}") == "translate"


def test_small_talk_is_short() -> None:
    assert name_of("Good afternoon! " * 5) == "greeting"  # 80 characters
    assert name_of("Good afternoon! " * 6) is None


def test_a_role_before_the_instruction_is_passed_over() -> None:
    assert name_of(f"You are a careful secretary. Summarize this letter: {LETTER}") == "summarize"


@pytest.mark.parametrize(
    "more",
    [
        " Then explain why it was written.",
        " Also, prove that Friday is possible.",
        " and calculate the days it takes",
        " Think carefully.",
        " Show your work.",
    ],
)
def test_a_second_demand_takes_the_ease_away(more: str) -> None:
    begin = "Summarize this letter in one sentence"

    assert name_of(f"{begin}: {LETTER}") == "summarize"
    assert name_of(f"{begin}.{more}\n\n{LETTER}") is None
    assert name_of(f"{begin}{more}: {LETTER}") is None


def test_a_second_demand_is_also_seen_at_the_end_of_a_long_text() -> None:
    assert name_of(f"Summarize this letter: {LETTER * 20}") == "summarize"
    assert name_of(f"Summarize this letter: {LETTER * 20}\nThen estimate the cost of the parcel.") is None


def test_what_the_given_text_is_about_does_not_matter() -> None:
    """Summing up a technical text is no harder than summing up another, as long as nobody asks for more."""
    abstract = (
        "The spectrum of the Laplacian on a compact manifold is discrete; its eigenvalues grow like Weyl's law says."
    )

    assert name_of(f"Summarize this passage for me: {abstract}") == "summarize"
    assert name_of("Summarize the spectral theory of the Laplacian") is None


def test_an_instruction_about_the_own_answer_is_no_instruction_about_a_text() -> None:
    puzzle = "Ann is older than Bob and younger than Cleo"

    assert name_of(f"{puzzle}.\nTranslate this to Dutch.") == "translate"
    assert name_of(f"{puzzle}. Who is the eldest?\nTranslate this to Dutch.") is None
    assert name_of(f"{puzzle}. Sort them.\nTranslate your answer to Dutch.") is None
    assert name_of(f"{puzzle}. Solve it.\nTranslate the above to Dutch.") is None


@pytest.mark.parametrize("target", ["Lean 4", "SQL", "Python code", "first-order logic", "a regex"])
def test_a_formal_language_is_not_just_another_language(target: str) -> None:
    assert name_of("Translate into Dutch: no cat sleeps by day") == "translate"
    assert name_of(f"Translate into {target}: no cat sleeps by day") is None


@pytest.mark.parametrize(
    "question",
    [
        "Who was the first to cross the 3 bridges?",  # a number that is no year
        "Who is the thief if neither Ann nor Bob is?",
        "Who wrote it?\nA. Ann\nB. Bob",
        "Where is the eigenvalue?",
        "Who was right, and why?",
        "When is the force on the beam larger than the load?",
        "Who was " + "very " * 40 + "late?",
    ],
)
def test_a_lookup_is_one_short_plain_question(question: str) -> None:
    assert name_of("Who was the first to cross the bridge in 1999?") == "lookup"
    assert name_of(question) is None


@pytest.mark.parametrize("text", ["Improve", "", "   ", "\n\n", "Proverbs", "AIME", "hint", "thankless", "highway"])
def test_words_inside_other_words_are_nothing(text: str) -> None:
    assert name_of(text) is None


def test_kinds_of_instructions_are_tasks_of_the_taxonomy() -> None:
    """`format` alone has another word there."""
    wasted = {name for name, task in TASKS.items() if task.gain == "wasted"}

    assert set(CLAUSE.groupindex) - {"format", "rephrase"} <= wasted
    assert "lookup" in wasted & set(MESSAGE.groupindex)


@given(st.text(max_size=400))
def test_any_text_can_be_read(text: str) -> None:
    easy(text)


@given(st.text(alphabet=st.characters(min_codepoint=0x400, max_codepoint=0x2FFF), min_size=30, max_size=300))
def test_scripts_that_nobody_recognises_are_never_easy(text: str) -> None:
    assert easy(text) is None
