"""Simulated vectors: the same for the same text, near for texts with common words, and billed."""

from __future__ import annotations

import base64
import math
import struct

import openai
import pytest

from lanewise.simulator.embeddings import DIMENSIONS, vector
from simulator.simulated import Vendors

pytestmark = pytest.mark.asyncio(loop_scope="module")


def nearness(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


async def test_a_text_has_one_unit_vector_and_common_words_bring_texts_near() -> None:
    cat, kitten, tax = (vector(text, DIMENSIONS) for text in ("the cat sat", "the cat ran", "income tax form"))
    assert cat == vector("the cat sat", DIMENSIONS)
    assert math.isclose(nearness(cat, cat), 1.0, abs_tol=1e-5)
    assert nearness(cat, kitten) > 0.5 > nearness(cat, tax)
    assert len(vector([1, 2, 3], 8)) == 8


async def test_the_official_sdk_reads_them_in_both_encodings(at: Vendors) -> None:
    numbers = await at.open.embeddings.create(model="sim-embed", input=["a b", "c"], encoding_format="float")
    text = await at.open.embeddings.create(model="sim-embed", input="a b")  # the SDK asks for base64 and decodes it

    assert numbers.data[0].embedding == pytest.approx(text.data[0].embedding)
    assert [each.index for each in numbers.data] == [0, 1]
    assert numbers.usage.prompt_tokens == numbers.usage.total_tokens > 0
    raw = await at.open.embeddings.with_raw_response.create(model="sim-embed", input="a b", encoding_format="base64")
    coded = raw.http_response.json()["data"][0]["embedding"]
    assert struct.unpack(f"<{DIMENSIONS}f", base64.b64decode(coded)) == pytest.approx(text.data[0].embedding)


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"dimensions": -1}, "dimensions"),
        ({"encoding_format": "invalid_format"}, "encoding_format"),
        ({"input": []}, "input"),
    ],
)
async def test_what_the_vendor_would_refuse_is_refused(at: Vendors, more: dict[str, object], word: str) -> None:
    asked = {"model": "sim-embed", "input": "a", "encoding_format": "float", **more}
    with pytest.raises(openai.BadRequestError, match=word):
        await at.open.post("/embeddings", body=asked, cast_to=object)


async def test_a_model_it_does_not_have_is_not_found(at: Vendors) -> None:
    with pytest.raises(openai.NotFoundError):
        await at.open.embeddings.create(model="sim-small", input="a")
