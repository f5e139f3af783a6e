"""Quotations are found in sources whatever typography did to them, and only if their words are there."""

from __future__ import annotations

import pytest

from lanewise.core.conversation import Conversation, Document, Text, ToolResult, Turn
from lanewise.verifiers.sources import Source, folded, named, only_denied, pieces_of, places_of, sources_of

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


@pytest.mark.parametrize(
    ("quotation", "text"),
    [
        ("sold 'ten thousand' copies", "It sold \u201cten thousand\u201d copies."),
        ("sold ten thousand copies", "It sold \u201cten thousand\u201d copies."),
        ("published in 1923, sold well", "It was published in 1923 \u2014 sold well."),
        ("reprinted: the last chapters", "It was reprinted; the last chapters were new."),
        ("It wasn&#39;t reprinted", "It wasn\u2019t reprinted."),
        ("L'oeuvre fut achev\u00e9e", "L\u2019\u0153uvre fut achev\u00e9e."),
        (
            "\u0435\u0449\u0435 \u043e\u0434\u043d\u043e \u0441\u043b\u043e\u0432\u043e",
            "\u0415\u0449\u0451 \u043e\u0434\u043d\u043e \u0441\u043b\u043e\u0432\u043e.",
        ),
        (
            "\u516c\u53f8\u8868\u793a\u6240\u6709\u5458\u5de5",
            "\u516c\u53f8\u8868\u793a\uff0c\u6240\u6709\u5458\u5de5\u3002",
        ),
    ],
)
def test_punctuation_within_a_sentence_does_not_matter(quotation: str, text: str) -> None:
    assert found(quotation, text)


@pytest.mark.parametrize(
    ("quotation", "text"),
    [
        ("a 5' 6\" board", "a 5\" 6' board"),
        ("at 10:30 sharp", "at 10 30 sharp"),
        ("paid 1,200", "paid 1 200"),
        ("it ends. It begins", "it ends it begins"),
    ],
)
def test_marks_of_numbers_and_ends_of_sentences_do(quotation: str, text: str) -> None:
    assert not found(quotation, text)


@pytest.mark.parametrize(
    ("before", "quotation"),
    [
        ("no ", "habr\u00e1 elecciones"),
        ("nicht ", "verl\u00e4ngert werden"),
        ("\u043d\u0435 ", "\u0431\u0443\u0434\u0435\u043c \u043f\u0440\u043e\u0434\u0430\u0432\u0430\u0442\u044c"),
        ("\u4e0d", "\u5fc5\u987b\u63d0\u4ea4\u62a5\u544a"),
    ],
)
def test_a_denial_just_before_is_seen_in_other_languages(before: str, quotation: str) -> None:
    source = Source(("1",), folded(f"xx {before}{quotation}."))
    assert only_denied(source, places_of(source, pieces_of(quotation)))
    free = Source(("1",), folded(f"xx yy {quotation}."))
    assert not only_denied(free, places_of(free, pieces_of(quotation)))
