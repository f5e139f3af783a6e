"""A seeded, mixed workload: what an application's traffic looks like, with answers known beforehand where there are any.

Four of five requests are simple, about one in seven is medium, one in twenty hard. Expected answers are computed here from the
same numbers the text is made of, never by asking a model. `grading` says whether an answer is right.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

from lanewise.lab.families import HARD, MEDIUM, SIMPLE, Draft, Family
from lanewise.lab.grading import Expected, GradeKind, grade_text

__all__ = ["Item", "grade", "make_workload"]

LaneHint = Literal["standard", "reasoning_low", "reasoning"]
_SHARE_HARD = 0.05
_SHARE_MEDIUM = 0.15
_LANES: dict[int, LaneHint] = {1: "standard", 2: "standard", 3: "reasoning_low", 4: "reasoning", 5: "reasoning"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One request of a workload.

    `expected` is JSON; `kind` says how it is compared (`open`: not at all). `difficulty` runs from 1 to 5; `lane_hint` is the
    lane a knowing person would pick, for reports only.
    """

    id: str
    task: str
    difficulty: int
    prompt: str
    system: str | None
    expected: Expected
    kind: GradeKind
    lane_hint: LaneHint

    @property
    def messages(self) -> list[dict[str, str]]:
        """The request's messages in OpenAI's shape."""
        system = [{"role": "system", "content": self.system}] if self.system else []
        return [*system, {"role": "user", "content": self.prompt}]


def make_workload(n: int, seed: int = 0) -> list[Item]:
    """`n` items in a shuffled order; the same seed gives the same list. Raises ValueError for n < 1."""
    if n < 1:
        raise ValueError(f"A workload has at least one item; got n={n}")
    rng = random.Random(f"lanewise workload {seed}")  # noqa: S311 (reproducible, no secret)
    hard, medium = round(n * _SHARE_HARD), round(n * _SHARE_MEDIUM)
    drafts = [_draw(SIMPLE, rng) for _ in range(n - medium - hard)]
    drafts += [_draw(MEDIUM, rng) for _ in range(medium)]
    drafts += [_draw(HARD, rng) for _ in range(hard)]
    rng.shuffle(drafts)
    width = max(4, len(str(n)))
    return [_item(f"w{seed}-{i:0{width}d}", draft) for i, draft in enumerate(drafts)]


def grade(item: Item, answer_text: str) -> bool | None:
    """Whether the answer is right; None where the item has no gradable answer."""
    return grade_text(item.kind, item.expected, answer_text)


def _draw(families: tuple[tuple[int, Family], ...], rng: random.Random) -> Draft:
    weights = [weight for weight, _ in families]
    return rng.choices([family for _, family in families], weights)[0](rng)


def _item(name: str, draft: Draft) -> Item:
    return Item(
        id=name,
        task=draft.task,
        difficulty=draft.difficulty,
        prompt=draft.prompt,
        system=draft.system,
        expected=draft.expected,
        kind=draft.kind,
        lane_hint=_LANES[draft.difficulty],
    )
