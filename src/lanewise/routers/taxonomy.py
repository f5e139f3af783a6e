"""Kinds of applications and of work that are shipped: rows of `profiles.json` and `tasks.json`. An operator's own go before them."""

from __future__ import annotations

from importlib.resources import files
from typing import Literal

import msgspec

from lanewise.core.policy import Gain, Grade, Profile, Task
from lanewise.core.request import LatencyClass

LaneName = Literal["small", "standard", "frontier", "reasoning_low", "reasoning", "human"]
Accuracy = Literal["normal", "high", "critical"]
Strategy = Literal["single", "vote", "best_of_n", "search"]
Check = Literal[
    "json_schema", "math_answer", "python_tests", "citations", "business_rules", "judge", "agreement", "none"
]


class ProfileRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind of application. Only readers of the documentation see `what`, how long it usually takes, how right it has to be, and the
    strategy that suits its lane.
    """

    name: str
    what: str
    typical_s: tuple[float, float]
    max_latency_s: float
    accuracy: Accuracy
    lanes: tuple[LaneName, ...]
    strategy: Strategy
    latency: LatencyClass
    review: bool

    def value(self) -> Profile:
        """The row as the policy holds it. Raises ValueError where its times or its lanes make no sense."""
        least_s, most_s = self.typical_s
        if not 0 < least_s <= most_s <= self.max_latency_s:
            raise ValueError(f"profile {self.name!r}: its times must be above 0 and rise to max_latency_s")
        if not self.lanes or len(set(self.lanes)) < len(self.lanes) or self.lanes[0] == "human":
            raise ValueError(f"profile {self.name!r}: name each lane once, one that a machine answers first")
        return Profile(
            name=self.name,
            max_latency_s=self.max_latency_s,
            lanes=self.lanes,
            latency=self.latency,
            review=self.review,
        )


class TaskRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind of work. `what` says it to readers of the documentation."""

    name: str
    gain: Gain
    grade: Grade
    check: Check
    what: str

    def value(self) -> Task:
        """The row as the policy holds it."""
        return Task(name=self.name, gain=self.gain, grade=self.grade, check=self.check)


def read_profiles(text: bytes) -> tuple[ProfileRow, ...]:
    """Rows in their order. Raises msgspec.ValidationError on an unknown or missing field, ValueError on a name that comes twice."""
    rows = msgspec.json.decode(text, type=tuple[ProfileRow, ...])
    _once(tuple(row.name for row in rows))
    return rows


def read_tasks(text: bytes) -> tuple[TaskRow, ...]:
    """Rows in their order. Raises msgspec.ValidationError on an unknown or missing field, ValueError on a name that comes twice."""
    rows = msgspec.json.decode(text, type=tuple[TaskRow, ...])
    _once(tuple(row.name for row in rows))
    return rows


def _once(names: tuple[str, ...]) -> None:
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"each name stands once, not twice: {', '.join(twice)}")


_HERE = files("lanewise.routers")
PROFILE_ROWS = read_profiles(_HERE.joinpath("profiles.json").read_bytes())
TASK_ROWS = read_tasks(_HERE.joinpath("tasks.json").read_bytes())

PROFILES: dict[str, Profile] = {row.name: row.value() for row in PROFILE_ROWS}
TASKS: dict[str, Task] = {row.name: row.value() for row in TASK_ROWS}
