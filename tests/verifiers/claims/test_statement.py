"""What a sentence says: its words, denied or not, and its names."""

from __future__ import annotations

import pytest

from lanewise.verifiers.claims.statement import names_within, statement_of


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("Pets are not allowed in the house.", {"allow"}),
        ("It isn\u2019t safe, and costs little.", {"saf"}),
        ("He failed to reply in time.", {"reply"}),
        ("There was no clear winner.", {"clear", "winner"}),
        ("It is not only cheap but good.", set()),
        ("No more than five guests may stay.", set()),
        ("It was not unsafe to eat.", {"unsaf"}),
        ("Notice came without warning to the tenant.", {"warn"}),
    ],
)
def test_a_negation_denies_what_follows_it(text: str, denied: set[str]) -> None:
    assert {word for word, no in statement_of(text).words.items() if no} == denied


def test_a_word_that_is_said_and_denied_is_neither() -> None:
    assert statement_of("Dogs bark, cats do not bark.").words["bark"] is None


def test_opposites_and_denials_cancel_out() -> None:
    rose, fell, did_not = (statement_of(each).sides for each in ("Sales rose.", "Sales fell.", "Sales did not fall."))
    assert rose == did_not != fell


def test_names_are_runs_of_capitals_and_the_first_word_only_where_it_is_known() -> None:
    text = "Yesterday Mr. Jones met Anna Smith of Acme Corp. in Rome."
    assert [each.words for each in statement_of(text).names] == [
        {"jones"}, {"anna", "smith"}, {"acme", "corp"}, {"rome"},
    ]  # fmt: skip
    assert statement_of("Rome is old.").names == ()
    known = names_within("They live in Rome.")
    assert [each.shown for each in statement_of("Rome is old.", known).names] == ["Rome"]
