"""What every QuestionVectors must do. A new implementation adds one line to `KINDS`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from lanewise.core.protocols.question_vectors import NobodyMakesVectors, QuestionVectors
from lanewise.similarity.apart import NoVector, VectorsApart
from lanewise.similarity.features import question_of
from lanewise.similarity.index import folded


async def by_n_grams(text: bytes) -> bytes:
    if not text:
        raise NoVector("there is nothing to read")
    return folded(question_of(text.decode()).vector).tobytes()


KINDS: dict[str, Callable[[], QuestionVectors]] = {
    VectorsApart.__name__: lambda: VectorsApart(by_n_grams),
    NobodyMakesVectors.__name__: NobodyMakesVectors,
}


@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("text", ["how do i change my order", "", "日本語 \ud800"])
async def test_a_vector_is_32_bit_floats_the_same_each_time_or_there_is_none(
    make: Callable[[], QuestionVectors], text: str
) -> None:
    vectors = make()
    first, again = await vectors.vector(text), await vectors.vector(text)
    assert first == again
    assert first is None or len(np.frombuffer(first, dtype=np.float32)) > 0
    assert sum(vectors.outcomes().values()) in (0, 2), "each time somebody asked counts once, or nobody is asked"
