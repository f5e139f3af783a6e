"""What the scorer says about questions whose outcomes were recorded: who needed the strong model is almost never called easy.

The reference has the table; it is compared with what is measured here.
"""

from __future__ import annotations

import csv
import functools
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from house.pages import REFERENCE
from lanewise.core.policy import GRADES
from lanewise.routers.difficulty import grade
from recordings import data_folder
from walking import request

pytestmark = pytest.mark.data

Row = dict[str, Any]
EASY = ("trivial", "easy")
RIGHT = 0.99
#: Words by which other routers know a hard request.
TRIGGERS = re.compile(
    r"\b(?:prove|proof|theorem|step by step|algorithm|analy[sz]e|optimi[sz]e|explain|derive|debug|design|reason|think|evaluate|compare"
    r"|calculate|compute|solve|determine|complex|implement|architecture)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """Questions of one kind, and two models whose answers to them were graded by the publisher."""

    name: str
    folder: str
    cheap: str
    strong: str
    column: str = "correct"
    selects: Callable[[Row], bool] = lambda _: True


MIXTRAL, GPT_4 = "mixtral-8x7b-instruct", "gpt-4-1106-preview"
MINI, O1_MINI = "gpt-4o-mini-2024-07-18", "o1-mini-2024-09-12"
SONNET, O3_MINI = "anthropic/claude-3.5-sonnet", "openai/o3-mini"
LLAMA_8B, LLAMA_70B = "Meta-Llama-3_1-8B-Instruct", "Meta-Llama-3_1-70B-Instruct"
SETS = [
    Recorded(
        name="TriviaQA",
        folder="llmrouter_dc",
        cheap="llama-3.1-8b-instruct",
        strong="llama-3.1-nemotron-51b-instruct",
        column="score",
        selects=lambda row: row["task"] == "trivia_qa",
    ),
    Recorded(
        name="GSM8K",
        folder="zeroeval",
        cheap=MINI,
        strong=O1_MINI,
        selects=lambda row: row["dataset"] == "zeroeval-gsm",
    ),
    Recorded(
        name="MMLU",
        folder="routellm_evals",
        cheap=MIXTRAL,
        strong=GPT_4,
        column="score",
        selects=lambda row: row["dataset"] == "mmlu",
    ),
    Recorded(name="MMLU-Pro", folder="mmlu_pro", cheap=LLAMA_8B, strong=LLAMA_70B),
    Recorded(
        name="MATH, level 5",
        folder="zeroeval",
        cheap=MINI,
        strong=O1_MINI,
        selects=lambda row: row["dataset"] == "zeroeval-math-l5",
    ),
    Recorded(
        name="reasoning-gym, easy",
        folder="reasoning_gym_eval",
        cheap=SONNET,
        strong=O3_MINI,
        column="mean_score",
        selects=lambda row: row["difficulty"] == "easy",
    ),
    Recorded(
        name="reasoning-gym, hard",
        folder="reasoning_gym_eval",
        cheap=SONNET,
        strong=O3_MINI,
        column="mean_score",
        selects=lambda row: row["difficulty"] == "hard",
    ),
    Recorded(name="lineage-bench", folder="lineage_bench", cheap="openai/gpt-4o-2024-11-20", strong="openai/o1"),
]
BY_NAME = {of.name: of for of in SETS}


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Grades of a set's questions, and which of them needed the strong model: the cheap one was wrong and the strong one right."""

    grades: list[str]
    scores: list[float]
    texts: list[str]
    needs: list[bool]

    def share(self, *grades: str) -> float:
        return sum(each in grades for each in self.grades) / len(self.grades)

    @property
    def separation(self) -> float:
        """AUROC: how often a question that needed the strong model has the higher score than one that did not. 0.5 is chance."""
        pairs = sorted(zip(self.scores, self.needs, strict=True))
        ranks: dict[float, list[int]] = {}
        for rank, (score, _) in enumerate(pairs, start=1):
            ranks.setdefault(score, []).append(rank)
        needed = sum(self.needs)
        ranked = sum(sum(ranks[score]) / len(ranks[score]) for score, need in pairs if need)
        return (ranked - needed * (needed + 1) / 2) / (needed * (len(pairs) - needed))

    @property
    def missed(self) -> int:
        return sum(need and each in EASY for need, each in zip(self.needs, self.grades, strict=True))


def folder(name: str) -> Path:
    path = data_folder() / "routing" / name
    if not path.is_dir():
        pytest.skip(f"needs recorded outcomes in {path}; set LANEWISE_DATA to the folder that holds `routing`")
    return path


def asked(row: Row) -> str:
    """The question as a caller would put it, with its options."""
    options = "\n".join(f"{chr(ord('A') + number)}. {option}" for number, option in enumerate(row.get("options", ())))
    return f"{row['query']}\n{options}" if options else row["query"]


@functools.cache
def scores(of: str, column: str, model: str) -> dict[str, float]:
    """A model's score by question. A wide table has a column per model."""
    (path,) = folder(of).glob("outcomes*.csv")
    with path.open() as file:
        rows = csv.DictReader(file)
        if "model" not in (rows.fieldnames or ()):
            return {row["qid"]: float(row[model]) for row in rows if row[model]}
        return {row["qid"]: float(row[column]) for row in rows if row["model"] == model and row[column]}


@functools.cache
def measured(name: str) -> Measured:
    of = BY_NAME[name]
    cheap, strong = scores(of.folder, of.column, of.cheap), scores(of.folder, of.column, of.strong)
    with (folder(of.folder) / "queries.jsonl").open() as lines:
        rows = [json.loads(line) for line in lines]
    known = [row for row in rows if of.selects(row) and row["qid"] in cheap and row["qid"] in strong]
    texts = [asked(row) for row in known]
    graded = [grade(request("auto", text)) for text in texts]
    return Measured(
        grades=[each.grade for each in graded],
        scores=[each.score for each in graded],
        texts=texts,
        needs=[cheap[row["qid"]] < RIGHT <= strong[row["qid"]] for row in known],
    )


@pytest.mark.parametrize("name", [name for name in BY_NAME if name != "TriviaQA"])
def test_who_needed_the_strong_model_is_almost_never_called_easy(name: str) -> None:
    found = measured(name)

    assert sum(found.needs) >= 20
    assert found.missed <= 0.005 * sum(found.needs)


@pytest.mark.parametrize("name", ["MMLU", "MMLU-Pro", "MATH, level 5", "reasoning-gym, hard"])
def test_hard_questions_without_trigger_words_are_not_easy(name: str) -> None:
    found = measured(name)
    hard = [
        (each, text)
        for each, text, need in zip(found.grades, found.texts, found.needs, strict=True)
        if need and not TRIGGERS.search(text)
    ]

    assert len(hard) >= 50
    assert len([text for each, text in hard if each in EASY]) <= 0.005 * len(hard)


def test_competition_mathematics_is_hard_and_school_arithmetic_is_not() -> None:
    assert measured("MATH, level 5").share("hard", "expert") >= 0.7
    assert measured("GSM8K").share("moderate") >= 0.7
    assert measured("lineage-bench").share("hard", "expert") >= 0.9


def test_the_score_knows_kinds_of_questions_and_not_single_ones() -> None:
    """The reason why it is a prior: where one set is, who needs the strong model is near chance."""
    assert measured("MMLU").separation < 0.6
    assert measured("reasoning-gym, hard").separation < 0.6


def table() -> dict[str, list[str]]:
    """The reference's table: a set's name, then its cells."""
    section = (REFERENCE / "tasks-and-profiles.md").read_text().split("\n## How well difficulty is guessed\n", 1)[1]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"]
    return {row[0]: row[1:] for row in rows[2:]}


def cells(name: str) -> list[str]:
    """A row as the reference has it."""
    of, found = BY_NAME[name], measured(name)
    shares = [found.share(*EASY), *(found.share(each) for each in GRADES[2:])]
    models = f"{of.cheap.rpartition('/')[2]} → {of.strong.rpartition('/')[2]}"
    needs = sum(found.needs)
    return [
        str(len(found.grades)),
        *(f"{share:.0%}" for share in shares),
        models,
        str(needs),
        str(found.missed),
        f"{found.separation:.2f}",
    ]


def test_the_reference_has_every_set() -> None:
    assert list(table()) == list(BY_NAME)


@pytest.mark.parametrize("name", BY_NAME)
def test_the_reference_says_what_is_measured(name: str) -> None:
    """Within three points, for another part of the same data may be at hand."""
    written, found = table()[name], cells(name)
    say = f"write: | {name} | {' | '.join(found)} |"

    assert written[5] == found[5], say
    for ours, theirs in zip(written[1:5], found[1:5], strict=True):
        assert abs(int(ours.strip("%")) - int(theirs.strip("%"))) <= 3, say
    assert abs(float(written[8]) - float(found[8])) <= 0.05, say
    if written[0] == found[0]:
        assert written == found, say
