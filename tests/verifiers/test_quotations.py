"""Quotations and references are seen in whatever marks they stand, and nothing else is taken for them."""

from __future__ import annotations

import time

import pytest

from lanewise.verifiers.quotations import attributed, is_called, names_in, quotations_in, references_in, sentences_of


@pytest.mark.parametrize(
    "text",
    [
        'It says "dogs are fine".',
        "It says 'dogs are fine'.",
        "It says \u2018dogs are fine\u2019.",
        "Es hei\u00dft \u201edogs are fine\u201c.",
        "Il dit \u00ab dogs are fine \u00bb.",
        "Da steht \u00bbdogs are fine\u00ab.",
        "\u300cdogs are fine\u300d",
        "It says:\n> dogs are fine\n",
        'It says "dogs are fine", and a 5" pipe.',
    ],
)
def test_a_quotation_in_any_marks(text: str) -> None:
    assert [each.said.strip() for each in quotations_in(text)] == ["dogs are fine"]


def test_a_quotation_goes_on_over_the_end_of_a_line_and_however_long_it_is() -> None:
    assert quotations_in('"dogs are\nfine"')[0].said == "dogs are\nfine"
    assert quotations_in('"' + "dogs " * 1_000 + '"')[0].said.startswith("dogs dogs")
    assert quotations_in("\u2018the tenant\u2019s dog\u2019")[0].said == "the tenant\u2019s dog"


@pytest.mark.parametrize(
    "text",
    [
        'A 5" pipe and a 6" pipe.',
        "The tenants' house and the landlords' house, in the '90s and the '80s.",
        'An open "quotation\n\nand another"s end',
    ],
)
def test_inches_and_apostrophes_are_no_quotations(text: str) -> None:
    assert quotations_in(text) == []


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("so [2]", {2}),
        ("so [2, 3; 5]", {2, 3, 5}),
        ("so [1-3]", {1, 2, 3}),
        ("so [^2]", {2}),
        ("so [doc2], [Source 4]", {2, 4}),
        ("so \u30102\u2020source\u3011", {2}),
        ("so [here](2) and [2](http://x) and [x2]", set()),
    ],
)
def test_references_by_number(text: str, numbers: set[int]) -> None:
    assert references_in(text) == numbers


def test_references_by_name() -> None:
    assert names_in("so (source: Lease.pdf, p. 3) and [doc: 2] and (document [3])") == {"lease.pdf p. 3"}
    assert references_in("so (source: 2) and (document [3])") == {2, 3}
    assert is_called("lease.pdf p. 3", ("1", "Lease.pdf"))
    assert is_called("lease", ("1", "Lease.pdf"))
    assert not is_called("lease", ("1", "release.pdf"))


def test_a_quotation_is_given_to_the_one_source_behind_it() -> None:
    for text, source in (
        ('"a b c" [2]', "2"),
        ('"a b c" (source: [2])', "2"),
        ('"a b c", [1, 2]', ""),
        ('"a b c".', ""),
    ):
        assert attributed(text, quotations_in(text)[0]) == source


def test_sentences_keep_their_decimals_and_the_references_behind_them() -> None:
    assert list(
        sentences_of("Sales were $5.2 million. [1] They\nfell by 3%! [2]\n- a list\n- goes on\n\u597d\u7684\u3002[3]")
    ) == [
        "Sales were $5.2 million. [1]",
        "They\nfell by 3%! [2]",
        "a list",
        "goes on",
        "\u597d\u7684\u3002[3]",
    ]


@pytest.mark.parametrize("piece", ['"a', "\u201c", " 'a", "\u00ab ", "[1", "[1,", ">\n", "(source: ", ". ["])
def test_marks_that_never_close_take_no_time(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    begun = time.process_time()
    quotations_in(text), references_in(text), names_in(text), list(sentences_of(text))
    assert time.process_time() - begun < 2
