"""What every Comparing must do. A new implementation adds one line to `KINDS`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lanewise.core.protocols.comparing import Comparing, NobodyCompares, TwoAnswers
from lanewise.verifiers.same_answer import SameAnswer
from walking import ask_nobody, deployment

KINDS: dict[str, Callable[[], Comparing]] = {
    SameAnswer.__name__: SameAnswer,
    NobodyCompares.__name__: NobodyCompares,
}


@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
class TestComparing:
    """One run of it per implementation."""

    async def test_the_same_answer_is_never_told_to_be_wrong(self, make: Callable[[], Comparing]) -> None:
        told = await make().compare(TwoAnswers(question="2 + 2?", given="4", again="4"), ask_nobody)
        assert told.correct is not False

    async def test_another_answer_is_never_told_to_be_right(self, make: Callable[[], Comparing]) -> None:
        told = await make().compare(TwoAnswers(question="2 + 2?", given="4", again="5"), ask_nobody)
        assert told.correct is not True

    async def test_where_nobody_could_tell_nobody_is_named(self, make: Callable[[], Comparing]) -> None:
        async def silent(question: object) -> None:
            return None

        answers = TwoAnswers(
            question="Why?",
            given="Because of one long reason that is told in words.",
            again="Because of quite another long reason that is told as well.",
            judge=deployment("judge/model"),
        )
        told = await make().compare(answers, silent)
        assert (told.correct, told.told_by) == (None, "")
