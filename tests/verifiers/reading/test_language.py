"""The language of a text, where it is sure."""

from __future__ import annotations

import pytest

from lanewise.verifiers.reading.language import KNOWN, language_of

PROSE = {
    "en": "The lease ends in March, and the tenant has to give notice ninety days before that, which was not done.",
    "de": "Der Vertrag endet im März, und die Mieterin ist nicht verpflichtet, das Haus mit einem Makler zu verkaufen.",
    "fr": "Le bail prend fin en mars, et le locataire est tenu de donner congé dans les délais, ce qui n'est pas le cas pour cette maison.",
    "es": "El contrato termina en marzo y el inquilino no ha avisado con tiempo, por lo que se prorroga para los próximos meses del año.",
    "it": "Il contratto finisce a marzo e il conduttore non ha dato disdetta, per cui si rinnova anche per la casa della figlia.",
    "pt": "O contrato termina em março e o inquilino não avisou com antecedência, por isso ele se renova para os próximos meses do ano.",
    "nl": "Het contract eindigt in maart en de huurder heeft niet op tijd opgezegd, zodat het ook voor het komende jaar van kracht is.",
    "sv": "Avtalet löper ut i mars och hyresgästen har inte sagt upp det i tid, så att det förlängs med ett år till.",
    "pl": "Umowa wygasa w marcu i najemca nie wypowiedział jej na czas, więc to nie jest zgodne z prawem i z umową, a to jest ważne.",
    "ru": "Договор заканчивается в марте.",
    "ja": "契約は三月に終わります。借主は事前に通知しなければなりません。",
    "zh": "合同三月结束、承租人必须提前九十天通知房东、但是没有通知。",
    "ko": "계약은 삼월에 끝나며 임차인은 미리 알려야 합니다.",
}


@pytest.mark.parametrize("code", PROSE)
def test_prose_is_known(code: str) -> None:
    assert code in KNOWN
    assert language_of(PROSE[code]) == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "42",
        "x = y + z",
        "Ada Lovelace, Charles Babbage",
        "```python\nfor x in the_list_of_words_and_so_on: print(x)\n```",
        PROSE["en"] + PROSE["de"] * 1,
    ],
)
def test_what_is_not_sure_is_not_said(text: str) -> None:
    assert language_of(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "De tre bøger koster tilsammen femogfyrre kroner, og det er, hvad hun betalte i butikken, så det passer.",
        "Els tres llibres costen quaranta-cinc euros en total, que és el que va pagar a la botiga.",
        "Os tres libros custan corenta e cinco euros en total, que é o que pagou na tenda.",
        "Die drie boeke kos saam vyf-en-veertig rand en dit is wat sy in die winkel betaal het.",
        "Три книги коштують разом сорок п'ять доларів, і це все.",  # noqa: RUF001 - letters
    ],
)
def test_a_neighbour_of_a_known_language_is_not_taken_for_it(text: str) -> None:
    assert language_of(text) is None


def test_a_short_message_is_known_by_its_small_words() -> None:
    assert language_of("Ihre Bestellung wurde gestern verschickt und sollte am Freitag bei Ihnen ankommen.") == "de"
    assert language_of("Il suo ordine è stato spedito ieri e dovrebbe arrivare venerdì.") == "it"
