"""Recorded outcomes of real models, as questions with what a cheap and a strong model made of each: what strategies are compared on.

The files are published benchmark runs (`outcomes.csv`, `samples.csv`); nothing is asked of anybody.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lanewise.core.errors import LanewiseError

_RIGHT = 0.99  # a score of reasoning-gym from which an answer counts as right


class NoOutcomes(LanewiseError):
    """The recorded outcomes are not where they should be."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """One question. Costs are in any unit, the same for all of a workload; a sign that was not recorded is None."""

    fast_right: bool
    strong_right: bool
    fast_cost: float
    strong_cost: float
    other_agrees: bool | None = None  # another cheap model, of another family, gives the same answer
    two_agree: bool | None = None  # at least one of two other cheap models does
    votes: tuple[bool, bool] | None = None  # the fast model's samples: whether all agree, whether that answer is right
    doubt: float | None = None  # the fast answer's length: what was recorded that may tell of doubt


@dataclass(frozen=True, kw_only=True, slots=True)
class Workload:
    """Questions of one kind, and which models answered them."""

    name: str
    models: str
    cost_is: str
    outcomes: tuple[Outcome, ...]


def workloads(data: Path, price_ratio: float) -> tuple[Workload, ...]:
    """Every workload below a data folder; a strong call costs `price_ratio` cheap ones where no cost was recorded. Raises NoOutcomes."""
    folder = data / "routing"
    made = [read(folder, price_ratio) for read in (_zeroeval, _reasoning_gym, _swebench)]
    if not any(each.outcomes for each in made):
        raise NoOutcomes(
            f"There are no recorded outcomes in {str(folder)!r}; name the folder that holds `routing` with --data"
        )
    return tuple(each for each in made if each.outcomes)


def _zeroeval(folder: Path, price_ratio: float) -> Workload:
    fast, strong = "gpt-4o-mini-2024-07-18", "o1-mini-2024-09-12"
    others = ("gemini-1.5-flash", "claude-3-5-haiku-20241022")
    rows: defaultdict[str, dict[str, dict[str, str]]] = defaultdict(dict)
    _each(folder / "zeroeval" / "outcomes.csv", lambda row: rows[row["qid"]].__setitem__(row["model"], row))
    outcomes = []
    for of in rows.values():
        if fast in of and strong in of and all(other in of for other in others):
            said = _same(of[fast]["extracted_answer"])
            agree = [bool(said) and _same(of[other]["extracted_answer"]) == said for other in others]
            outcomes.append(
                Outcome(
                    fast_right=of[fast]["correct"] == "1",
                    strong_right=of[strong]["correct"] == "1",
                    fast_cost=1.0,
                    strong_cost=price_ratio,
                    other_agrees=agree[0],
                    two_agree=any(agree),
                    doubt=float(of[fast]["output_chars"] or 0),
                )
            )
    models = f"{fast} → {strong}; agreement with {' and '.join(others)}"
    return Workload(name="mathematics (ZeroEval)", models=models, cost_is=_ratio(price_ratio), outcomes=tuple(outcomes))


def _reasoning_gym(folder: Path, price_ratio: float) -> Workload:
    fast, other, strong = "anthropic/claude-3.5-sonnet", "meta-llama/llama-4-maverick", "openai/o3-mini"
    rows: defaultdict[str, defaultdict[str, list[dict[str, str]]]] = defaultdict(lambda: defaultdict(list))
    _each(folder / "reasoning_gym_eval" / "samples.csv", lambda row: rows[row["qid"]][row["model"]].append(row))
    outcomes = []
    for qid, of in rows.items():
        samples = of[fast]
        if not qid.startswith("rg-easy") or len(samples) < 3 or not of[other] or not of[strong]:
            continue
        right = float(samples[0]["score"]) >= _RIGHT
        answers = {row["answer_hash"] for row in samples[:3]}
        outcomes.append(
            Outcome(
                fast_right=right,
                strong_right=float(of[strong][0]["score"]) >= _RIGHT,
                fast_cost=1.0,
                strong_cost=price_ratio,
                other_agrees=of[other][0]["answer_hash"] == samples[0]["answer_hash"],
                votes=(len(answers) == 1, right),
            )
        )
    models = f"{fast} → {strong}; agreement with {other}; votes of three samples"
    return Workload(
        name="logic (reasoning-gym, easy)", models=models, cost_is=_ratio(price_ratio), outcomes=tuple(outcomes)
    )


def _swebench(folder: Path, _: float) -> Workload:
    fast, strong = "GPT-5 mini (2025-08-07) (medium reasoning)", "GPT-5 (2025-08-07) (medium reasoning)"
    rows: defaultdict[str, dict[str, dict[str, str]]] = defaultdict(dict)
    _each(
        folder / "swebench_bash_only" / "outcomes.csv",
        lambda row: rows[row["instance_id"]].__setitem__(row["model"], row),
    )
    outcomes = [
        Outcome(
            fast_right=of[fast]["resolved"] == "1",
            strong_right=of[strong]["resolved"] == "1",
            fast_cost=float(of[fast]["cost_usd"] or 0),
            strong_cost=float(of[strong]["cost_usd"] or 0),
            doubt=float(of[fast]["api_calls"] or 0),
        )
        for of in rows.values()
        if fast in of and strong in of
    ]
    return Workload(
        name="repository tasks (SWE-bench)",
        models=f"{fast} → {strong}",
        cost_is="dollars, as billed",
        outcomes=tuple(outcomes),
    )


def _ratio(price_ratio: float) -> str:
    return f"calls of the cheap model; a strong one counts {price_ratio:g}"


def _same(answer: str) -> str:
    """An answer without spaces, case and the marks of money and of thousands."""
    return "".join(answer.casefold().split()).strip(".$").replace(",", "")


def _each(path: Path, take: Callable[[dict[str, str]], object]) -> None:
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                take(row)
