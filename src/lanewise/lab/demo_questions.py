"""Real questions for `demo --real`: ZeroEval's GSM8K, with what is decided from the questions that are not asked.

Which model leads a lane, which lane is best, and where the rules cut are chosen on the questions held back, so that what is reported of
the questions asked is not flattered by the choice.
"""

from __future__ import annotations

import csv
import json
import os
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from lanewise.core.money import NANOUSD_PER_USD
from lanewise.lab.asking import Question
from lanewise.lab.processes import RehearsalError

DATA_VARIABLE = "LANEWISE_DATA"
RECORDING = Path("routing/zeroeval")
_DATASET = "zeroeval-gsm"
#: Up to which share of the questions, ordered by length, each lane answers; longer questions have more steps and more mistakes.
_CUTS = (("small", 0.3), ("standard", 0.7), ("frontier", 0.9))
_LAST = "reasoning"
_LANE_SETTINGS = "timeout: 2m, max_output_tokens: 16384"


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A recorded model that may lead a lane; prices in nano-dollars per token."""

    model: str
    lane: str
    input_nanousd: int
    output_nanousd: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Leader:
    """The model of a lane, and how it did on the questions held back."""

    candidate: Candidate
    right: int
    held_back: int


@dataclass(frozen=True, kw_only=True, slots=True)
class RealWorkload:
    """What is asked, by whom it is answered, and where the rules cut (the most characters of small, standard, frontier)."""

    questions: tuple[Question, ...]
    leaders: tuple[Leader, ...]
    cuts: tuple[tuple[str, int], ...]
    best_lane: str


def data_folder() -> Path:
    """Where the recorded questions are: LANEWISE_DATA, else `../shared/data` beside the checkout. Raises RehearsalError."""
    given = os.environ.get(DATA_VARIABLE)
    checkout = Path(__file__).resolve().parents[3]
    places = [Path(given)] if given else [checkout.parent / "shared/data", Path.cwd().parent / "shared/data"]
    for place in places:
        if (place / RECORDING / "outcomes.csv").exists():
            return (place / RECORDING).resolve()
    raise RehearsalError(
        f"--real needs recorded answers, and there are none at {' or '.join(str(place / RECORDING) for place in places)}: "
        f"set {DATA_VARIABLE} to the folder that holds {RECORDING}/queries.jsonl and outcomes.csv"
    )


def real_workload(folder: Path, candidates: Sequence[Candidate], *, count: int, seed: int) -> RealWorkload:
    """`count` of the folder's questions, drawn by seed, and what the others decide. Raises RehearsalError for too many."""
    rows = _read_questions(folder / "queries.jsonl")
    most = len(rows) - len(rows) // 4
    if count > most:
        raise RehearsalError(
            f"--requests {count}: at most {most} with --real, since a quarter of the {len(rows)} is held back"
        )
    chosen = random.Random(f"lanewise real {seed}").sample(sorted(rows), count)  # noqa: S311 - reproducible, no secret
    held_back = rows.keys() - set(chosen)
    leaders = _leaders(folder / "outcomes.csv", candidates, held_back)
    lengths = sorted(len(rows[qid]["query"]) for qid in held_back)
    return RealWorkload(
        questions=tuple(_question(qid, rows[qid]) for qid in chosen),
        leaders=leaders,
        cuts=tuple((lane, lengths[int(len(lengths) * share)]) for lane, share in _CUTS),
        best_lane=max(leaders, key=lambda leader: leader.right).candidate.lane,
    )


def real_policy_text(workload: RealWorkload, base_url: str, *, provider: str) -> str:
    """The policy of a real workload: one recorded model for each lane, routed by the question's length."""
    lines = [
        "# Recorded answers of real models. Accuracy is real; latency and tokens come from a stated model.",
        "providers:",
        f"  {provider}: {{dialect: openai, base_url: {base_url}, api_key: recorded, simulated: true}}",
        "lanes:",
    ]
    for leader in workload.leaders:
        name = leader.candidate
        lines += [f"  # {leader.right} of {leader.held_back} right on the questions held back, the most of its kind"]
        lines += [f'  {name.lane}: {{deployments: ["{provider}/{name.model}"], {_LANE_SETTINGS}}}']
    lines += ["models:", '  "*": auto', "routing:", "  rules:"]
    for lane, chars in workload.cuts:
        lines += [f"    - when: {{max_chars: {chars}}}", f"      lane: {lane}"]
    lines += [f"  default: {_LAST}", "prices:"]
    for leader in workload.leaders:
        card = leader.candidate
        prices = f"{{input: {_per_million(card.input_nanousd)}, output: {_per_million(card.output_nanousd)}}}"
        lines += [f'  "{provider}/{card.model}": {prices}']
    return "\n".join(lines) + "\n"


def _per_million(nanousd_per_token: int) -> str:
    return f"${(Decimal(nanousd_per_token) * 1_000_000 / NANOUSD_PER_USD).normalize():f}"


def _read_questions(file: Path) -> dict[str, dict[str, str]]:
    with file.open(encoding="utf-8") as lines:
        rows = (json.loads(line) for line in lines)
        return {row["qid"]: row for row in rows if row["dataset"] == _DATASET}


def _question(qid: str, row: Mapping[str, str]) -> Question:
    gold = row["answer"].lstrip("# ").strip().replace(",", "")
    return Question(
        id=qid,
        task=None,
        messages=[{"role": "user", "content": row["query"]}],
        kind="number",
        expected={"value": gold},
    )


def _leaders(file: Path, candidates: Sequence[Candidate], held_back: set[str]) -> tuple[Leader, ...]:
    """For each lane the candidate that got most of the held-back questions right; the cheaper one where two tie."""
    right: Counter[str] = Counter()
    with file.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            if row["qid"] in held_back:
                right[row["model"]] += row["correct"] == "1"
    lanes = dict.fromkeys(candidate.lane for candidate in candidates)
    best = [
        max(
            (each for each in candidates if each.lane == lane),
            key=lambda each: (right[each.model], -each.output_nanousd),
        )
        for lane in lanes
    ]
    return tuple(Leader(candidate=each, right=right[each.model], held_back=len(held_back)) for each in best)
