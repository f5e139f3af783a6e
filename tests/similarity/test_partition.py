from __future__ import annotations

import pytest

from lanewise.similarity.partition import fixed_words


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
        ("Why don’t cats swim?", "Why do cats never swim?"),  # noqa: RUF001 - as phones write it
    ],
)
def test_the_same_numbers_and_names_are_one_partition_whatever_the_words(one: str, other: str) -> None:
    assert fixed_words(one) == fixed_words(other)
