"""Quotations are found in sources whatever typography did to them, and only if their words are there."""

from __future__ import annotations

import pytest

from lanewise.core.conversation import Conversation, Document, Text, ToolResult, Turn
from lanewise.verifiers.sources import Source, folded, named, pieces_of, places_of, sources_of

LEASE = "The tenant shall pay $1,200 on the first of each month; late pay\u00adment costs 5 % \u2014 no more."


def found(quotation: str, text: str = LEASE) -> bool:
    return bool(places_of(Source(("1",), folded(text)), pieces_of(quotation)))


@pytest.mark.parametrize(
    "quotation",
    [
        "shall pay $1,200 on the first",
        "Shall  pay\n$1,200",
        "late payment costs 5 % - no more.",
        "The tenant ... costs 5 %",
        "The tenant [\u2026] on the first of each month,",
        "[Every] tenant shall pay",
        "\u201clate payment\u201d",
    ],
)
def test_typography_blanks_and_ellipses_do_not_matter(quotation: str) -> None:
    assert found(quotation)


@pytest.mark.parametrize(
    "quotation",
    ["shall pay $1,300", "shall pay $1,20", "costs 5 % ... the tenant", "tenant must pay", "enant shall", "", "..."],
)
def test_words_digits_and_order_do(quotation: str) -> None:
    assert not found(quotation)


def test_a_word_divided_at_the_end_of_a_line_is_one_word() -> None:
    assert found("the first payment", "It is the first pay-\nment of all.")


def test_documents_and_tool_results_are_numbered_in_their_order() -> None:
    turns = (
        Turn(role="user", parts=(Text(text="Look it up."), Document(text="One.", name="lease.pdf"))),
        Turn(
            role="user", parts=(ToolResult(call_id="c", name="search", parts=(Text(text="Two."), Text(text="Three."))),)
        ),
    )
    of = sources_of(Conversation(turns=turns), users=True)
    assert [each.names for each in of] == [("1", "lease.pdf"), ("2", "search"), ()]
    assert [each.plain for each in of] == ["one.", "two. three.", "look it up."]
    assert len(sources_of(Conversation(turns=turns), users=False)) == 2
    assert named({"terms": "Four."})[0] == Source(("terms",), "four.", "Four.")
