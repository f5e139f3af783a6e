"""Numbers of claims are looked for by value in the sources they name."""

from __future__ import annotations

from lanewise.verifiers.figures import numbers_in, unsupported


def test_numbers_are_the_same_however_they_are_written() -> None:
    assert numbers_in("$1,200.50 on 2026-01-09, 007 and 3.0 %") == {"1200.5", "2026", "1", "9", "7", "3"}
    assert numbers_in("none") == frozenset()


def test_a_number_stands_in_one_source_or_in_all() -> None:
    sources = ("Rent is $1,200, due in 30 days.", "Rent is 1200.00 dollars.")
    assert unsupported("The rent is $1,200 for 30 days.", sources, "in_one") == []
    assert unsupported("The rent is $1,200 for 30 days.", sources, "in_all") == ["30"]
    assert unsupported("The rent is $1,300.", sources, "in_one") == ["1300"]
    assert unsupported("The rent is $1,300.", sources, "unchecked") == []
    assert unsupported("The rent is $1,300.", (), "in_all") == []
