"""The process that gives vectors, started as a gateway starts it."""

from __future__ import annotations

import numpy as np
import pytest

from lanewise.core.clock import SystemClock
from lanewise.similarity.minilm import DIMENSIONS, installed
from lanewise.verifiers.worker_pool import PoolOptions, WorkerPool

pytestmark = pytest.mark.skipif(not installed(), reason="the extra `minilm` is not installed")


def read(vector: bytes) -> np.typing.NDArray[np.float32]:
    return np.frombuffer(vector, dtype=np.float32)


async def test_it_answers_each_text_with_a_vector_whatever_the_text() -> None:
    patient = PoolOptions(workers=1, limit_s=30.0, start_limit_s=90.0, niceness=0)
    pool = WorkerPool("lanewise.similarity.minilm_worker", SystemClock(), patient)
    try:
        sky, again, odd = [
            read(await pool.ask(text)) for text in (b"Why is the sky blue?", b"Why is the sky blue?", b"\xff\x00")
        ]
        assert sky.shape == odd.shape == (DIMENSIONS,)
        assert np.array_equal(sky, again)
        assert not np.array_equal(sky, odd)
    finally:
        await pool.close()
