from __future__ import annotations

import pytest

from lanewise.similarity.partition import base_of, english, fixed_words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Will interest rates of 10% pay?", "Will interest rates of 6% pay?"),
        ("Are we both of the blood group AB+?", "Are we both of the blood group A+?"),
        ("Should I learn C++ first?", "Should I learn C# first?"),
        ("What runs on windows 8?", "What runs on windows 8.1?"),
        ("Is it far from Paris to Rome?", "Is it far from Paris to Oslo?"),
        ("Can two dogs share a bed?", "Can three dogs share a bed?"),
        ("Was it 3 of 5?", "Was it 5 of 3?"),
        ("Is $5 enough?", "Is 5 enough?"),
        ("Can I pay by card?", "Can't I pay by card?"),
        ("Do dogs see colours?", "Don’t dogs see colours?"),  # noqa: RUF001 - as phones write it
        ("Is it safe with a helmet?", "Is it not safe without a helmet?"),
        ("Should I never sleep?", "Should I sleep?"),
        ("Is it far to paris?", "Is it far to oslo?"),
        ("Java: where do I begin?", "Where do I begin?"),
        ("How do I prepare for the GATE?", "How do I prepare for the CAT?"),
        ("Who is Shin Uchiha?", "Who is Madara Uchiha?"),
        ("Will an Apple last?", "Will a Dell last?"),
        ("Is it safe or not to fly?", "Is it safe to fly?"),
    ],
)
def test_another_number_name_or_negation_is_another_partition(one: str, other: str) -> None:
    assert fixed_words(one) != fixed_words(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("How do I get to Paris?", "What is the way to Paris?"),
        ("Is Rome older than Paris?", "Is Paris younger than Rome?"),
        ("Did it cost $1,000?", "Was $1000 the cost?"),
        ("What do ten men need?", "What do 10 men need?"),
        ("I think I'm late. What now?", "Being late. And now?"),
        ("Is Paris's river long?", "Is the river of Paris long?"),
        ("Which one is best?", "Which is best?"),
        ("Why can't I sleep?", "Why am I not able to sleep?"),
        ("What does Facebook know?", "what does facebook know"),
        ("Can Indians travel?", "Can an Indian travel?"),
        ("Does the U.S. vote?", "Does the US vote?"),
        ("Which books on Physics are good?", "Which physics books are good?"),
        ("How Do I Become A Guitarist?", "How do I become a guitarist?"),
        ("Are ghosts real or not?", "Are ghosts real?"),
        ("Would you move? Why or why not?", "Would you move?"),
        ("Why don’t cats swim?", "Why do cats never swim?"),  # noqa: RUF001 - as phones write it
    ],
)
def test_the_same_numbers_and_names_are_one_partition_whatever_the_words(one: str, other: str) -> None:
    assert fixed_words(one) == fixed_words(other)


def test_a_word_is_ordinary_or_a_name_and_what_may_be_both_is_neither() -> None:
    ordinary, names = english()
    assert len(ordinary) > 40_000
    assert len(names) > 9_000
    assert not ordinary & names
    assert {"india", "facebook", base_of("paris")} <= names
    assert {"book", "physic", "guitarist"} <= ordinary
    assert not {"us", "may", "apple", "python", "trump"} & (ordinary | names)
