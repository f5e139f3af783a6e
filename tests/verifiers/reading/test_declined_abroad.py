"""Refusals in other languages, and what only sounds like one."""

# ruff: noqa: RUF001 - letters of other languages

from __future__ import annotations

import pytest

from lanewise.core.answer import Content
from lanewise.verifiers.reading.declined import declined
from lanewise.verifiers.reading.declined_abroad import MOST_CHARS, declines_abroad


@pytest.mark.parametrize(
    "text",
    [
        "Es tut mir leid, aber dabei kann ich nicht helfen.",
        "Als KI-Modell kann ich keine Rechtsberatung geben.",
        "Je ne peux malheureusement pas répondre à cette demande.",
        "Lo siento, pero no puedo ayudarte con eso.",
        "Mi dispiace, ma non posso aiutarti.",
        "Desculpe, não posso atender a esse pedido.",
        "Het spijt me, daar kan ik niet bij helpen.",
        "Przykro mi, nie mogę w tym pomóc.",
        "К сожалению, я не могу выполнить этот запрос.",
        "很抱歉，我无法回答这个问题。",
        "申し訳ありませんが、お応えできません。",
        "죄송하지만 그 요청은 도와드릴 수 없습니다.",
        "عذراً، لا أستطيع مساعدتك في هذا.",
        "क्षमा करें, मैं इसमें आपकी मदद नहीं कर सकता।",
        "Üzgünüm, bu konuda yardımcı olamam.",
    ],
)
def test_a_model_that_will_not_in_its_users_language(text: str) -> None:
    assert declined(Content(text=text)) == "will_not"


@pytest.mark.parametrize(
    "text",
    [
        "Es tut mir leid, das zu hören. Hier sind drei Vorschläge.",
        "Man kann nicht durch null teilen.",
        "Je ne peux pas m'empêcher de sourire : la réponse est 42.",
        "No puedo dejar de recomendar este libro.",
        "Я не могу не согласиться: ответ 42.",
        "零不能作除数。",
        "申し訳ありません、遅くなりました。答えは42です。",
        "Sehr geehrte Frau Ott, leider kann ich Ihnen dabei nicht helfen.",
        "Übersetzung: „Ich kann Ihnen nicht helfen.“",
        "訳：「お手伝いできません」",
    ],
)
def test_what_only_sounds_so(text: str) -> None:
    assert declined(Content(text=text)) is None


def test_a_long_answer_goes_on_to_help() -> None:
    opening = "Dabei kann ich nicht helfen."
    assert declines_abroad(opening, MOST_CHARS)
    assert not declines_abroad(opening, MOST_CHARS + 1)
