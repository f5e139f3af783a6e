"""The scorer's words: whole, of one kind, and read strictly."""

from __future__ import annotations

import msgspec
import pytest

from lanewise.routers.vocabulary import ENDINGS, KINDS, Vocabulary, decode, kinds_of, words_of

EMPTY = Vocabulary(proof=(), demand=(), constraint=(), ambiguous=(), technical={}, endings=())


def test_every_kind_has_words() -> None:
    assert set(KINDS.values()) == {"proof", "demand", "constraint", "ambiguous", "technical"}
    assert KINDS[b"eigenvalue"] == "technical"
    assert ENDINGS


def test_words_are_of_many_fields_and_of_several_languages() -> None:
    technical = "theorem enantiomer genotype infarction plaintiff amortization mutex deontological"
    elsewhere = "demuestra beweise équation докажите matriz"

    assert [word for word in f"{technical} {elsewhere}".split() if word.encode() not in KINDS] == []


def test_plurals_are_words_too() -> None:
    assert KINDS[b"matrices"] == KINDS[b"eigenvalues"] == KINDS[b"homologies"] == "technical"
    assert KINDS[b"infections"] == "ambiguous"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Prove it!", [b"prove", b"it"]),
        ("improve, disprove", [b"improve", b"disprove"]),
        ("x_1+y^2", [b"x", b"1", b"y", b"2"]),
        ("déjà-vu", ["déjà".encode(), b"vu"]),
        ("  \n", []),
    ],
)
def test_words_are_whole(text: str, words: list[bytes]) -> None:
    assert words_of(text.encode()) == words


def test_a_word_under_two_kinds_is_refused() -> None:
    twice = msgspec.structs.replace(EMPTY, proof=("lemma prove",), technical={"algebra": ("ring lemma",)})

    with pytest.raises(ValueError, match="'lemma' stands under 'proof' and 'technical'"):
        kinds_of(twice)


@pytest.mark.parametrize("text", [b"{}", b'{"proofs": []}', b"[]"])
def test_a_file_of_another_shape_is_refused(text: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        decode(text)
