"""What every SimilarAnswers must do. A new implementation adds one line to `KINDS`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from lanewise.core.protocols.similar_answers import NothingIsAlike, SimilarAnswers
from lanewise.core.similar import Audit, Semantic
from lanewise.operations.similar import SimilarQuestions
from operations.similar_made import EVER_US, SEMANTIC, asked, held_in
from similarity.pairs_made_up import ANOTHER, QUESTION, SAME


@asynccontextmanager
async def kept(folder: Path) -> AsyncIterator[SimilarAnswers]:
    async with held_in(folder) as held:
        yield held.similar


@asynccontextmanager
async def nothing(folder: Path) -> AsyncIterator[SimilarAnswers]:
    yield NothingIsAlike()


Make = Callable[[Path], AbstractAsyncContextManager[SimilarAnswers]]
KINDS: dict[str, Make] = {SimilarQuestions.__name__: kept, NothingIsAlike.__name__: nothing}


@pytest.mark.parametrize("opened", KINDS.values(), ids=KINDS)
class TestSimilarAnswers:
    """One run of it per implementation."""

    async def test_only_what_is_alike_and_of_the_same_place_is_found(self, opened: Make, tmp_path: Path) -> None:
        async with opened(tmp_path) as similar:
            similar.keep("acme", SEMANTIC, asked(QUESTION), name=b"name", run_id="run_1", expires_us=EVER_US)
            found = await similar.find("acme", SEMANTIC, asked(SAME))
            assert (found is None) == (similar.longest("acme", SEMANTIC) == 0)
            assert found is None or found.name == b"name"
            assert await similar.find("acme", SEMANTIC, asked(ANOTHER)) is None
            assert await similar.find("acme", SEMANTIC, asked(SAME, b"another")) is None

    async def test_what_was_dropped_is_not_found(self, opened: Make, tmp_path: Path) -> None:
        async with opened(tmp_path) as similar:
            similar.keep("acme", SEMANTIC, asked(QUESTION), name=b"name", run_id="run_1", expires_us=EVER_US)
            similar.drop(b"name")
            similar.drop(b"name")
            assert await similar.find("acme", SEMANTIC, asked(SAME)) is None

    async def test_nothing_is_in_force_that_was_not_certified(self, opened: Make, tmp_path: Path) -> None:
        async with opened(tmp_path) as similar:
            assert similar.longest("acme", Semantic(alpha=0.001, confidence=0.999)) == 0

    async def test_audits_never_fail(self, opened: Make, tmp_path: Path) -> None:
        told = Audit(
            run_id="run_3", given_run_id="run_2", tenant="acme", threshold_id="unknown", correct=False, told_by="judge"
        )
        async with opened(tmp_path) as similar:
            await similar.audited("acme", None)
            await similar.audited("acme", told)
            await similar.audited("acme", told)
