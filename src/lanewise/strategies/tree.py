"""The tree of a search: beginnings of a solution, which of them are carried on next, and which are whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lanewise.core.judged import Judged, rank
from lanewise.core.said_aloud import said_aloud
from lanewise.core.searching import Search
from lanewise.strategies.steps import is_the_last


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Beginning:
    """The first steps of a solution. `name` is its place: `0.2` is the third way to go on after the first step."""

    name: str = ""
    steps: tuple[str, ...] = ()
    judged: Judged | None = None  # of all its steps; None at the root

    @property
    def text(self) -> str:
        """Its steps, as one side says them."""
        return "\n".join(self.steps)

    @property
    def is_whole(self) -> bool:
        """Whether its last step was the last one."""
        return bool(self.steps) and is_the_last(self.steps[-1])

    @property
    def is_refuted(self) -> bool:
        """Whether a step of it was proven wrong: whatever follows is of no use. What is only judged bad may still be the best there is."""
        verdict = None if self.judged is None else self.judged.verdict
        return verdict is not None and verdict.word == "reject" and verdict.kind == "proof"

    @property
    def score(self) -> float | None:
        """How good its judges find it, 0 to 1; None where they cannot tell, or say no number."""
        verdict = None if self.judged is None else self.judged.verdict
        return None if verdict is None else verdict.score

    def child(self, which: int) -> str:
        """The name of what comes of it in the first, second, ... way."""
        return f"{self.name}.{which}" if self.name else str(which)


class Tree:
    """Beginnings that were made and not carried on yet. The best are carried on first, wherever in the tree they stand."""

    def __init__(self, search: Search) -> None:
        self._search = search
        self._open: list[Beginning] = [Beginning()]
        self._said: set[tuple[str, ...]] = set()

    def take_whole(self) -> list[Beginning]:
        """The best that have no step left, or may have none: as many as are carried on at a time. They leave the tree."""
        return self._take([each for each in self._open if self._ends(each)])

    def take_open(self) -> list[Beginning]:
        """The best that can be carried on. They leave the tree."""
        return self._take([each for each in self._open if not self._ends(each)])

    def take_best(self) -> list[Beginning]:
        """The best there are, whole or not, where nothing more is tried. They leave the tree."""
        return self._take([each for each in self._open if each.steps])

    def add(self, parent: Beginning, which: int, judged: Judged) -> None:
        """What came of carrying on a beginning; steps that were refuted, or said before, are left out."""
        content = judged.generation.content
        step = "" if content is None else said_aloud(content.text).strip()
        steps = (*parent.steps, step)
        same = tuple(" ".join(each.casefold().split()) for each in steps)
        child = Beginning(name=parent.child(which), steps=steps, judged=judged)
        if step and same not in self._said and not child.is_refuted:
            self._said.add(same)
            self._open.append(child)

    def put_back(self, beginnings: Sequence[Beginning]) -> None:
        """What could not be carried on, because nobody gave a step."""
        self._open += beginnings

    def _ends(self, of: Beginning) -> bool:
        return of.is_whole or len(of.steps) >= self._search.depth

    def _take(self, found: Sequence[Beginning]) -> list[Beginning]:
        # A stable sort: the earlier of two equals.
        taken = sorted(found, key=_standing, reverse=True)[: self._search.beam]
        self._open = [each for each in self._open if each not in taken]
        return taken


def _standing(of: Beginning) -> tuple[tuple[int, bool, int, float, float], bool, int]:
    """The better judged first; of equals the one that has its answer, then the one that is further on."""
    return (0, False, 0, 0.0, 0.0) if of.judged is None else rank(of.judged), of.is_whole, len(of.steps)
