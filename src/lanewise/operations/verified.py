"""The headline: what an answer costs that is known to be right. Proofs alone count; evidence stands apart, with its error where known."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from lanewise.core.intervals import Interval, wilson

Grouping = Literal["lane", "tenant", "feature", "task"]
GROUPINGS: tuple[Grouping, ...] = ("lane", "tenant", "feature", "task")


@dataclass(frozen=True, kw_only=True, slots=True)
class Verified:
    """Answers of one lane, tenant, feature or task. Money is of all of them, right or wrong: that is what the right ones cost."""

    by: Grouping
    name: str  # empty: none was named
    runs: int
    checked: int
    proven: int  # accepted by a proof
    evidence: int  # accepted by evidence
    form: int  # of the right form, and no more is known
    wrong: int  # rejected, and given marked or refused
    unverifiable: int
    escalated: int
    attempts: int
    cost_nanousd: int
    cost_per_proven_nanousd: int | None  # None where nothing was proven
    #: Of a lane, beside the next cheaper one: dollars for each answer more that is proven; None where it proves no more.
    cost_per_additional_nanousd: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class EvidenceError:
    """How often accepted evidence was wrong, where a proof came later."""

    proved: int
    wrong: int
    rate: Interval | None


def verified(rows: Iterable[Mapping[str, Any]]) -> tuple[Verified, ...]:
    """Every grouping, the most runs first. Rows are sums by tenant, lane, feature, task, verdict and kind."""
    kept = list(rows)
    found: list[Verified] = []
    for by in GROUPINGS:
        sums: defaultdict[str, _Sum] = defaultdict(_Sum)
        for row in kept:
            sums[row[by] or ""].add(row)
        of = [each.value(by, name) for name, each in sums.items() if by == "lane" or name or by == "tenant"]
        found += sorted(_with_additional(of) if by == "lane" else of, key=lambda each: (-each.runs, each.name))
    return tuple(found)


def evidence_error(row: Mapping[str, Any]) -> EvidenceError:
    """The measured error of evidence."""
    return EvidenceError(proved=row["proved"], wrong=row["wrong"], rate=wilson(row["wrong"], row["proved"]))


class _Sum:
    def __init__(self) -> None:
        self._runs: defaultdict[tuple[str, str], int] = defaultdict(int)
        self._cost_nanousd = self._attempts = self._escalated = 0

    def add(self, row: Mapping[str, Any]) -> None:
        self._runs[row["verdict"], row["verdict_kind"]] += row["runs"]
        self._cost_nanousd += row["cost_nanousd"]
        self._attempts += row["attempts"]
        self._escalated += row["escalated"]

    def value(self, by: Grouping, name: str) -> Verified:
        runs = self._runs
        words: defaultdict[str, int] = defaultdict(int)
        for (verdict, _), count in runs.items():
            words[verdict] += count
        proven = runs["accept", "proof"]
        return Verified(
            by=by,
            name=name,
            runs=sum(words.values()),
            checked=sum(words.values()) - words["unchecked"],
            proven=proven,
            evidence=runs["accept", "evidence"],
            form=runs["accept", "form"],
            wrong=words["reject"],
            unverifiable=words["unverifiable"],
            escalated=self._escalated,
            attempts=self._attempts,
            cost_nanousd=self._cost_nanousd,
            cost_per_proven_nanousd=None if not proven else -(-self._cost_nanousd // proven),
        )


def _with_additional(lanes: list[Verified]) -> list[Verified]:
    """Each lane beside the next cheaper one that proves anything."""
    ranked = sorted((each for each in lanes if each.proven), key=lambda each: each.cost_nanousd / each.runs)
    more: dict[str, int | None] = {}
    for cheaper, lane in itertools.pairwise(ranked):
        gain = lane.proven / lane.runs - cheaper.proven / cheaper.runs
        dearer_nanousd = lane.cost_nanousd / lane.runs - cheaper.cost_nanousd / cheaper.runs
        more[lane.name] = round(dearer_nanousd / gain) if gain > 0 else None
    return [replace(each, cost_per_additional_nanousd=more.get(each.name)) for each in lanes]
