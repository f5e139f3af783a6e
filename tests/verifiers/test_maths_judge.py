"""From a text to a judgement."""

from __future__ import annotations

import pytest

from lanewise.verifiers.maths.compare import Conventions
from lanewise.verifiers.maths.judge import expected_value, judged, reading_of
from verifiers.reading_maths import node, right


def test_the_answer_is_told_as_it_was_read() -> None:
    found = judged("2", r"We get \boxed{3}.", Conventions())
    assert (found.right, found.answer) == (False, "3")


def test_an_expected_answer_may_stand_in_a_sentence() -> None:
    assert right(r"So the answer is \[ \boxed{32349} \]", "32,349") is True
    assert expected_value("??") is None


def test_what_is_written_alike_is_right_even_if_nobody_can_read_it() -> None:
    assert right(r"\int_0^1 x dx", r"$\int_0^1 x dx$") is True
    assert right(r"\int_0^1 x dx", r"$\int_0^1 y dx$") is None
    assert right("x^{2", r"\boxed{x^{2}") is None


def test_mathematics_is_preferred_to_words() -> None:
    reading = reading_of("The largest possible value of |a| + |b| is 2.")
    assert reading is not None
    assert reading.value == reading_of("2").value  # type: ignore[union-attr]
    assert node("2") == reading.value.node  # type: ignore[union-attr]


def test_no_answer_is_nothing_that_could_be_wrong() -> None:
    assert right("2", "(" * 5_000) is None


@pytest.mark.parametrize(
    ("expected", "answer"),
    [
        ("4", "at least 4"),
        ("4", "less than 4"),
        ("12", "12 is wrong"),
        ("12", "The answer is not 12."),
        ("12", "It cannot be 12; it must be 13."),
        ("6", r"\\boxed{6}\\sqrt{2}"),
        ("6", "6 times the square root of 2"),
        ("8", "8 plus 4√2"),
        ("5", "5 squared"),
        ("5", "5 million"),
        ("3", "3 and a half"),
        ("1", "1 in 3"),
        ("7", "7 remainder 2"),
        ("4", "The answer is 4 or 5."),
        ("2", "|x| = 2"),
        ("C", "(C) or (D)"),
    ],
)
def test_words_around_a_number_are_not_overlooked(expected: str, answer: str) -> None:
    assert right(expected, answer) is not True


@pytest.mark.parametrize(
    ("expected", "answer"),
    [
        ("70", "It takes 70 minutes in total."),
        ("18", "She makes $18 every day at the market."),
        ("12", "**12**"),
        ("2, 3", "x = 2\nx = 3"),
        ("17", "17th"),
        ("6", "six apples"),
        ("5000", "5e3"),
        ("C", "The answer is (C) 12 cm."),
        ("1/2", "0.5 or 1/2"),
        ("7", "= 7"),
    ],
)
def test_words_around_a_number_do_not_hide_it(expected: str, answer: str) -> None:
    assert right(expected, answer) is True


@pytest.mark.parametrize(
    ("expected", "answer"),
    [
        ("3", r"<think>So it is \boxed{3}.</think>"),
        ("3", "<think>Let me see. The answer is 3."),
        ("5", "The answer is 5. Wait, no, it is 7."),
        ("5", r"\boxed{5}. Wait, that is wrong. It is 7."),
        ("5", r"It is not \boxed{5}."),
        ("5", r"$x = -\boxed{5}$"),
        ("5", r"$x = 2\boxed{5}$"),
        ("5", r"$\sqrt{\boxed{5}}$"),
        ("5", r"$\boxed{5}x$"),
        ("5", r"$\boxed{5}$ or $6$"),
        ("3", r"It is \boxed{3"),
        ("5", "The answer can't be 5"),
        ("7", "Answer: ≥7"),
        ("7", "Answer: \u20117"),
        ("7", "Answer: 7⅞"),
        ("7", "Answer: 7 tenths"),
        ("20", "twenty one"),
        ("5", "five sixths"),
        ("3", '{"answer": "4", "answer": "3"}'),
        ("3", '{"reasoning": "3", "answer": null}'),
        ("A", "A) is wrong. The answer is B."),
        ("A", "(A) 3 is too small. (B) 4 is right."),
        ("1", "I cannot solve this. See equation 1"),
        (r"\$5", r"\boxed{5 cents}"),
        ("2", r"\boxed{2\text{ (rejected)}}"),
    ],
)
def test_what_was_thought_denied_taken_back_or_cut_off_is_no_answer(expected: str, answer: str) -> None:
    assert right(expected, answer) is not True


@pytest.mark.parametrize(
    ("expected", "answer"),
    [
        ("42", "<answer>42</answer>"),
        ("42", "The answer is <b>42</b>"),
        ("42", "**Final Answer**\n\n42"),
        ("42", "Thus\n\\[\nx = 42\n\\]"),
        ("5", "So he has 5 apples left."),
        ("142", "one hundred and forty-two"),
        ("2/3", "two-thirds"),
        ("7/8", "⅞"),
        ("A", "A\n\nBecause it fits."),
        ("A", "So option A is correct."),
    ],
)
def test_a_final_answer_is_found_where_models_put_it(expected: str, answer: str) -> None:
    assert right(expected, answer) is True


@pytest.mark.parametrize(
    ("expected", "answer", "verdict"),
    [
        ("13", "所以一共有7 + 6 = 13只鸟。", True),
        ("58", "他一共有**58颗**糖果。", True),
        ("42", "答案是42个苹果。", True),
        ("12.5", "Die Antwort ist 12,5 kg.", True),
        ("70", "Le coût final est donc de 100 - 30 = 70 $.", True),
        ("18", "Ответ: 18 рублей.", True),
        ("18", "정답은 18개입니다.", True),
        ("4", "答案是4万元", None),
        ("18", "Ответ: 18 тысяч рублей.", None),
        ("18", "Die Antwort ist nicht 18.", None),
        ("18", "Elle a au moins 18 pommes.", None),
        ("18", "至少有18个苹果。", None),
        ("18", "답은 18 이상입니다.", None),
    ],
)
def test_an_answer_may_be_in_another_language(expected: str, answer: str, verdict: bool | None) -> None:
    assert right(expected, answer) is verdict


@pytest.mark.parametrize(
    ("expected", "answer", "verdict"),
    [
        (r"\textbf{(E)}\ 12", "E", True),
        (r"\textbf{(E)}\ 12", "D", False),
        ("A and C", r"\boxed{AC}", True),
        ("ABD", "A, B, D", True),
        ("ABD", "A, B", False),
        (r"\sin 30^\circ", "1/2", True),
        (r"63^{\circ} 45'", r"63.75^\circ", True),
        (r"1011_{\text{two}}", "1011_2", True),
        ("2^6 3^5", r"2^6 \cdot 3^5", True),
        (r"2\left|x-1\right|", "2|x-1|", True),
        (r"\bar{x} = 4", "4", True),
        (r"\begin{cases} x = 1 \\ y = 2 \end{cases}", "y = 2, x = 1", True),
        (r"\begin{cases} x = 1 \\ y = 2 \end{cases}", "x = 2, y = 1", False),
        ("1 hour", "60 minutes", True),
        ("2 hours 30 minutes", "2.5 h", True),
        ("1 hour", "60", False),
        ("sin(theta)", r"\sin \theta", True),
        ("log(x, 2)", r"\log_2 x", True),
        ("factorial(n)", "n!", True),
        ("binomial(n, k)", r"\tbinom{n}{k}", True),
        ("30 psi", "30", True),
        (r"\boxed{\boxed{5}}", r"So it is \boxed{\boxed{\text{5}}}.", True),
        (r"I(0) e^{-t}", "I(0) e^{t}", False),  # a value at nothing, and no product with it
        ("0", "-2x + y - z = 0", None),  # an equation, or a value
        (r"$(-3t + 4, t)$ for all real $t$", r"\boxed{t}", None),  # one of several formulas is not the expected answer
    ],
)
def test_one_answer_in_many_notations(expected: str, answer: str, verdict: bool | None) -> None:
    assert right(expected, answer) is verdict
