"""How alike questions are by the model of `lanewise[minilm]`, for commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from lanewise.cli.late import late
from lanewise.cli.output import progress

with late():
    from lanewise.similarity import minilm


class TwoQuestions(Protocol):
    """A pair, labelled or not."""

    @property
    def one(self) -> str:
        """The first question."""

    @property
    def other(self) -> str:
        """The second."""


def minilm_cosines(pairs: Sequence[TwoQuestions]) -> list[float]:
    """From -1 to 1, computed here. Raises NoModel where the extra is not installed."""
    with progress("Comparing") as told:
        return minilm.MiniLm().cosines([(pair.one, pair.other) for pair in pairs], told)
