"""Rates of a verifier against labels, and the table of the reference that says them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest

from house.pages import REFERENCE
from lanewise.core.verdict import VerdictWord
from lanewise.lab.demo_figures import wilson
from recordings import data_folder

Row = dict[str, Any]


def rows(name: str) -> list[Row]:
    """Labelled rows (`math/zeroeval_pairs`); the test is skipped where they are absent."""
    path = data_folder() / "verifiers" / f"{name}.jsonl"
    if not path.is_file():
        pytest.skip(f"needs labelled answers in {path}; set LANEWISE_DATA to the folder that holds `verifiers`")
    with path.open() as lines:
        return [json.loads(line) for line in lines]


@dataclass(kw_only=True)
class Measured:
    """Verdicts by what the label says."""

    name: str
    counts: Counter[tuple[bool, VerdictWord]] = field(default_factory=Counter)
    false_accepts: list[str] = field(default_factory=list)
    false_rejects: list[str] = field(default_factory=list)
    abstentions: list[str] = field(default_factory=list)

    def note(self, label: bool, word: VerdictWord, about: str) -> None:
        self.counts[label, word] += 1
        if word == "unverifiable":
            self.abstentions.append(about)
        elif label != (word == "accept"):
            (self.false_rejects if label else self.false_accepts).append(about)

    def of(self, label: bool) -> int:
        return sum(many for (each, _), many in self.counts.items() if each == label)

    @property
    def all(self) -> int:
        return self.of(True) + self.of(False)

    @property
    def agreeing(self) -> int:
        return self.all - len(self.false_accepts) - len(self.false_rejects) - len(self.abstentions)

    def cells(self) -> list[str]:
        """A row of the reference: rows; then each rate as `count of n, percent (95 % interval)`."""
        return [
            str(self.all),
            rate(self.agreeing, self.all),
            rate(len(self.false_accepts), self.of(False)),
            rate(len(self.false_rejects), self.of(True)),
            rate(len(self.abstentions), self.all),
        ]


def rate(count: int, of: int) -> str:
    """A rate with its 95 % interval by Wilson's score (1927)."""
    interval = wilson(count, of)
    if interval is None:
        return "none"
    low, high = interval
    return f"{count}/{of}, {count / of:.1%} ({low:.1%} to {high:.1%})"


def together(name: str, parts: Iterable[Measured]) -> Measured:
    """Several sets as one."""
    whole = Measured(name=name)
    for part in parts:
        whole.counts += part.counts
        whole.false_accepts += part.false_accepts
        whole.false_rejects += part.false_rejects
        whole.abstentions += part.abstentions
    return whole


def written(heading: str) -> dict[str, list[str]]:
    """The reference's table under a heading: a set's name, then its cells."""
    page = (REFERENCE / "verifiers.md").read_text()
    section = page.split(f"\n### {heading}\n", 1)[1].split("\n#", 1)[0]
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"]
    return {line[0]: line[1:] for line in lines[2:]}


def agrees_with_reference(heading: str, found: Measured) -> None:
    """The reference has this row; another part of the same data may be at hand, and then only the row must be there."""
    there, ours = written(heading)[found.name], found.cells()
    if there[0] == ours[0]:
        assert there == ours, f"write: | {found.name} | {' | '.join(ours)} |"
