"""Quotations that deceive: half a number, a denial left out, words from far apart, a source that is not there."""

from __future__ import annotations

import pytest

from judging import candidate, verdict
from lanewise.core.conversation import Document, Text, Turn
from lanewise.core.verdict import Verdict
from lanewise.verifiers.citations import CitationVerifier, Options

LEASE = Document(
    name="lease.pdf",
    text="The tenant shall pay $1,200 on the first of each month. Pets are not allowed in the house. The fee is 1.5 million dollars in "
    "total. It was -5 degrees in winter. Late payment costs 5% of the rent. This is not the end of the lease.",
)
CHINESE = Document(
    name="zh",
    text="\u623f\u5c4b\u5185\u5ba0\u7269\u4e0d\u5141\u8bb8\u8fdb\u5165\uff0c\u62bc\u91d1\u4e3a\u4e00\u5343\u5143\u3002",
)


def judged(text: str, *documents: Document, options: Options | None = None) -> Verdict:
    turn = Turn(role="user", parts=(Text(text="What does my lease say?"), *(documents or (LEASE,))))
    return verdict(CitationVerifier(options), candidate(text, turns=(turn,)))


@pytest.mark.parametrize(
    "text",
    [
        'It says "5 million dollars in total".',
        'It says "200 on the first of each month".',
        'It says "5 degrees in winter".',
        'It says "-1.5 million dollars in total".',
        'It says "late payment costs 5".',
        'It says "pets are ... allowed in the house".',
        'It says "pets are [always] allowed in the house".',
        'The lease says that pets are "allowed in the house".',
        "It says \u2018dogs are allowed with permission\u2019.",
        "It says 'dogs are allowed with permission'.",
        'It says "dogs are allowed\nwith permission".',
        'It says "pets are not allowed" [1-9].',
        'It says "pets are not allowed" [^7].',
        'It says "pets are not allowed" [doc7].',
        'It says "pets are not allowed" \u30107\u2020source\u3011.',
        'It says "pets are not allowed" (source: handbook.pdf).',
        'The handbook has it too (source: handbook.pdf). It says "pets are not allowed".',
    ],
)
def test_what_deceives_is_rejected(text: str) -> None:
    assert judged(text).word == "reject"


@pytest.mark.parametrize(
    "text",
    [
        'It says "-5 degrees in winter".',
        'The lease says that pets are not "allowed in the house".',
        'The lease forbids that pets are "allowed in the house".',
        'That is "the end of the lease".',
        'It says "pets are not\nallowed in the house" [1].',
        'It says "pets are not allowed" (source: lease.pdf, p. 3).',
        'It says "pets are not allowed" (source: Lease).',
        'It says "pets are not allowed" [doc1].',
        'A 5" pipe: "pets are not allowed".',
    ],
)
def test_what_does_not_is_evidence(text: str) -> None:
    assert judged(text).word == "accept"


def test_single_words_around_ellipses_show_nothing() -> None:
    assert judged('It says "the ... shall ... month".').word == "unverifiable"


def test_an_ellipsis_stands_for_a_page_at_most() -> None:
    far = Document(name="x", text="The tenant is here. " + "Lorem ipsum dolor. " * 300 + "Paid by the bank always.")
    assert judged('It says "the tenant ... by the bank always".', far).word == "reject"


def test_words_without_blanks_between_them_are_quoted_too() -> None:
    assert judged("\u201c\u5ba0\u7269\u4e0d\u5141\u8bb8\u8fdb\u5165\u201d [1]\u3002", CHINESE).word == "accept"
    assert (
        judged("\u201c\u5ba0\u7269\u53ef\u4ee5\u81ea\u7531\u8fdb\u5165\u623f\u5c4b\u201d [1]\u3002", CHINESE).word
        == "reject"
    )


def test_the_quotes_of_json_are_no_quotations_and_those_within_its_texts_are() -> None:
    assert (
        judged('{"answer": "No, the lease forbids dogs", "why": "It says \\"pets are not allowed\\" [1]."}').word
        == "accept"
    )
    assert judged('{"answer": "It says \\"dogs are allowed with permission\\" [1]."}').word == "reject"
    assert judged('{"answer": "No, the lease forbids dogs"}').word == "unverifiable"


def test_a_source_without_a_word_holds_no_quotation() -> None:
    assert judged('It says "hello my dear friend" [1].', Document(name="x", text="")).word == "reject"


def test_policys_sources_have_names_and_no_numbers() -> None:
    options = Options(sources={"terms": "All sales are final."})
    turn = Turn(role="user", parts=(Text(text="May I return it?"),))
    said = verdict(CitationVerifier(options), candidate('"All sales are final" [3].', turns=(turn,)))
    assert said.word == "reject"
    assert "There is no source [3]: the sources have names and no numbers." in said.reason


def test_a_number_and_its_reference_stay_together_over_a_decimal_point() -> None:
    counted = Options(numbers="in_one", claims=False)
    assert judged("The fee is $1.5 million [1].", options=counted).word == "accept"
    assert judged("The fee is $2.5 million [1].", options=counted).word == "reject"
    assert judged("The fee is $1.5 thousand (source: lease.pdf).", options=counted).word == "reject"


@pytest.mark.parametrize("text", ['"a b c" ' * 2_001, "so [1] " * 1_001, "x" * 200_001])
def test_more_than_can_be_compared_is_not_judged(text: str) -> None:
    assert judged(text).word == "unverifiable"


def test_a_source_that_repeats_itself_takes_no_time() -> None:
    again = Document(name="x", text="The dog is not allowed in the house. " * 20_000)
    assert judged("The dog is allowed in the house [1]. " * 900, again).word == "reject"
