"""Numbers of claims are looked for by what they are worth in the sources they name."""

from __future__ import annotations

import time

import pytest

from lanewise.verifiers.figures import LEAST_SPELLED, Held, figures_in, unsupported


def missing(claim: str, source: str, language: str | None = "en") -> list[str]:
    return unsupported(figures_in(claim, language, spelled_from=LEAST_SPELLED), [Held(source, language)], "in_one")


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("$1,200.50 is due", "1200.5 is due"),
        ("-5 degrees", "\u22125 degrees"),
        ("minus 5 degrees", "-5 degrees"),
        ("5 degrees below zero", "-5 degrees"),
        ("Sales fell 5%", "Sales: -5%"),
        ("a loss of $5 million", "Net income: $(5) million"),
        ("5 million", "5,000,000"),
        ("$5M", "5 million dollars"),
        ("$5.2 million", "Revenue (in $ millions): 5.2"),
        ("1.5 x 10^6", "1.5e6 or 1,500,000"),
        ("5 percent", "five per cent"),
        ("5%", "Growth (%) | 5 | 6"),
        ("between 5 and 10%", "5%-10%"),
        ("5 to 10 million", "5-10 million"),
        ("1.5 km", "1,5 km"),
        ("0.5 km", ".5 km"),
        ("90 days", "ninety days"),
        ("twenty-five days", "25 days"),
        ("January 9, 2026", "2026-01-09"),
        ("the 5th of May", "May 5"),
        ("GPT-4 and COVID-19", "COVID-19 and GPT-4"),
        ("12\u202f500 people", "12,500 people"),
        ("1200 USD", "$1,200.00"),
        ("version 1.5.2", "It is 1.5.2 now."),
    ],
)
def test_a_number_is_found_however_it_is_written(claim: str, source: str) -> None:
    assert missing(claim, source) == []


@pytest.mark.parametrize(
    ("claim", "source", "told"),
    [
        ("It was -5 degrees", "It was 5 degrees", "-5"),
        ("It was 5 degrees", "It was -5 degrees", "5"),
        ("Sales were 5 million", "Sales were 5 thousand", "5 million"),
        ("Sales were 5 million", "Sales were 5", "5 million"),
        ("Sales were $5", "Sales were $5 million", "$5"),
        ("Sales were five million", "Sales were 5 thousand", "five million"),
        ("It grew 5%", "It has 5 employees", "5%"),
        ("It has 5 employees", "It grew 5%", "5"),
        ("It costs $5", "It costs \u20ac5", "$5"),
        ("1,5 km", "1 km wide and 5 km high", "1,5"),
        ("1,500 km", "1.5 km", "1,500"),
        ("5-10 days", "5-12 days", "10"),
        ("3\u00bd km", "3 km", "3\u00bd"),
        ("102 metres", "10\u00b2 metres", "102"),
        ("1 234 people", "1 dog and 234 people", "1 234"),
        ("It is 5 km", "It is .5 km", "5"),
        ("version 1.5.2", "versions 1.5 and 2", "1.5.2"),
    ],
)
def test_another_sign_scale_unit_or_point_makes_another_number(claim: str, source: str, told: str) -> None:
    assert missing(claim, source) == [told]


def test_a_language_says_what_a_point_and_a_comma_mean() -> None:
    german, english = Held("Es sind 1.234 Einwohner.", "de"), Held("It is 1.234 km long.", "en")
    assert german.has(figures_in("1,234 inhabitants", "en")[0])
    assert not english.has(figures_in("1,234 km", "en")[0])
    assert german.has(figures_in("1.234 Einwohner", None)[0])  # as it is written there
    assert Held("1.234 asukasta").has(figures_in("1,234 inhabitants", "en")[0])  # a language that is not known


def test_a_number_stands_in_one_source_or_in_all() -> None:
    sources = (Held("Rent is $1,200, due in 30 days."), Held("Rent is 1200.00 dollars."))
    claim = figures_in("The rent is $1,200 for 30 days.")
    assert unsupported(claim, sources, "in_one") == []
    assert unsupported(claim, sources, "in_all") == ["30"]
    assert unsupported(figures_in("$1,300"), sources, "in_one") == ["$1,300"]
    assert unsupported(figures_in("$1,300"), sources, "unchecked") == []
    assert unsupported(figures_in("$1,300"), (), "in_all") == []


@pytest.mark.parametrize("text", ["1" * 300_000, "1," * 60_000, "1,111" * 20_000, "-$(" * 60_000, "five " * 20_000])
def test_long_rows_of_figures_take_no_time(text: str) -> None:
    begun = time.process_time()
    Held(text)
    assert time.process_time() - begun < 2
