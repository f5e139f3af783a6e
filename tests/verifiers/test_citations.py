"""What is quoted stands in a source, what is referred to exists, what is claimed carries a source."""

from __future__ import annotations

import json

import pytest

from judging import candidate, verdict
from lanewise.core.conversation import Document, Text, Turn
from lanewise.core.verdict import Verdict
from lanewise.verifiers.citations import CitationVerifier, Options

LEASE = Document(
    name="lease.pdf", text="The tenant shall pay $1,200 on the first of each month. Pets are not allowed in the house."
)
NOTICE = Document(name="notice", text="Notice must be given ninety days before the end of the lease.")


def judged(text: str, options: Options | None = None, documents: tuple[Document, ...] = (LEASE, NOTICE)) -> Verdict:
    turn = Turn(role="user", parts=(Text(text="What does my lease say?"), *documents))
    return verdict(CitationVerifier(options), candidate(text, turns=(turn,)))


@pytest.mark.parametrize(
    "text",
    [
        'The lease says "pets are not allowed" [1].',
        "\u201cThe tenant shall pay \u2026 on the first\u201d (source: lease.pdf), I read.",
        "> Notice must be given ninety days\n> before the end of the lease.\n",
    ],
)
def test_words_that_stand_in_a_source_are_evidence(text: str) -> None:
    assert (judged(text).word, judged(text).kind) == ("accept", "evidence")


def test_a_quotation_that_stands_nowhere_is_rejected_with_its_words() -> None:
    said = judged('The lease says "dogs are allowed with permission" [1].')
    assert (said.word, said.repairable) == ("reject", True)
    assert '"dogs are allowed with permission" stands in no source' in said.reason


def test_one_changed_digit_is_another_quotation() -> None:
    assert judged('"shall pay $1,300 on the first"').word == "reject"


def test_a_quotation_given_to_the_wrong_source_is_told_where_it_stands() -> None:
    said = judged('"Pets are not allowed" [2].')
    assert said.word == "reject"
    assert 'does not stand in source "2"; it stands in "1"' in said.reason


def test_a_reference_to_no_source_is_rejected() -> None:
    assert "There is no source [7]" in judged('It says "pets are not allowed" [1], [7].').reason


def test_references_without_words_prove_nothing() -> None:
    assert judged("Pets are forbidden [1].").word == "unverifiable"


def test_nothing_is_judged_without_sources_or_citations() -> None:
    assert judged('It says "pets are not allowed".', documents=()).word == "unverifiable"
    assert judged("I do not know.").word == "unverifiable"


def test_to_quote_the_question_shows_nothing_and_to_quote_what_a_user_pasted_does() -> None:
    assert judged('You asked "what does my lease say", and it says yes.').word == "unverifiable"
    pasted = Turn(role="user", parts=(Text(text=f"{LEASE.text} {NOTICE.text} " * 2), NOTICE))
    assert verdict(CitationVerifier(), candidate('"Pets are not allowed".', turns=(pasted,))).word == "accept"


def test_mere_words_in_quotes_and_code_are_no_quotations() -> None:
    assert judged('So-called "pets", and `print("a b c d e")`.').word == "unverifiable"


def test_a_source_that_cannot_be_read_leaves_a_quotation_open() -> None:
    scanned = Document(name="scan", data="JVBERi0x", media_type="application/pdf")
    assert judged('It says "dogs are allowed with permission".', documents=(LEASE, scanned)).word == "unverifiable"


def test_each_number_carries_a_source_where_the_policy_wants_it() -> None:
    strict = Options(require="every_number")
    good = 'Rent is $1,200 [1]. "Pets are not allowed" [1]. Notice takes ninety days.'
    assert judged(good, strict).word == "accept"
    said = judged(good + " The deposit is $2,400.", strict)
    assert said.word == "reject"
    assert "The deposit is $2,400." in said.reason


def test_some_source_is_named_where_the_policy_wants_it() -> None:
    assert "names no source" in judged("Pets are forbidden.", Options(require="some")).reason


def test_the_policys_own_texts_may_be_quoted() -> None:
    options = Options(sources={"terms": "All sales are final."})
    assert judged('Our terms: "all sales are final" (source: terms).', options, documents=()).word == "accept"


def test_numbers_stand_in_the_sources_they_refer_to_where_the_policy_wants_it() -> None:
    loose, strict = Options(numbers="in_one"), Options(numbers="in_all")
    assert judged("Rent is $1,200 each month [1].", loose).word == "accept"
    said = judged("Rent is $1,250 each month [1].", loose)
    assert said.word == "reject"
    assert said.reason.startswith('$1,250 in "Rent is $1,250 each month [1]."')
    assert judged("Rent is $1,200 each month [1, 2].", loose).word == "accept"
    assert judged("Rent is $1,200 each month [1, 2].", strict).word == "reject"
    assert judged("Rent is $1,200 each month [1].").word == "unverifiable"


def test_a_claim_that_its_source_contradicts_is_rejected_with_what_the_source_says() -> None:
    said = judged("Pets are allowed in the house [1]. The rent is due each month [1].")
    assert (said.word, said.repairable) == ("reject", True)
    assert 'contradicted by its source, "Pets are not allowed in the house."' in said.reason
    assert judged("The tenant shall pay $1,300 each month [1].").word == "reject"
    assert judged("Notice must be given thirty days before the end of the lease [2].").word == "reject"


def test_a_claim_is_held_against_the_sources_that_it_names_and_no_others() -> None:
    assert judged("Pets are allowed in the house [2].").word == "unverifiable"
    assert judged("Pets are allowed in the house.").word == "unverifiable"
    assert judged("Pets are allowed in the house [1].", Options(claims=False)).word == "unverifiable"


def test_what_contradicts_nothing_is_not_proven_by_that() -> None:
    assert judged("Pets are not allowed in the house [1].").word == "unverifiable"
    assert (
        judged("Haustiere sind in der Wohnung nicht erlaubt, so steht es in dem Vertrag und auch im Anhang [1].").word
        == "unverifiable"
    )


def test_texts_under_a_name_that_stands_twice_are_all_read() -> None:
    text = json.dumps({"a": 'It says "dogs are allowed with permission" [1].'})[:-1] + ', "a": "Pets are forbidden."}'
    assert judged(text).word == "reject"
