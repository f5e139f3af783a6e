"""Real questions: what is chosen is chosen on questions that are not asked. Made-up data here; the recorded data in a test of its own."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from lanewise.bootstrap import load_text
from lanewise.lab.demo_questions import Candidate, RealWorkload, data_folder, real_policy_text, real_workload
from lanewise.lab.grading import grade_text
from lanewise.lab.processes import RehearsalError
from lanewise.simulator.recorded import RECORDED_MODELS, read_recording

COUNT = 40
CANDIDATES = [
    Candidate(model="s1", lane="small", input_nanousd=50, output_nanousd=80),
    Candidate(model="s2", lane="small", input_nanousd=50, output_nanousd=70),
    Candidate(model="m1", lane="standard", input_nanousd=150, output_nanousd=600),
    Candidate(model="f1", lane="frontier", input_nanousd=2_500, output_nanousd=10_000),
    Candidate(model="r1", lane="reasoning", input_nanousd=1_100, output_nanousd=4_400),
]


def qids() -> list[str]:
    return [f"q{number:02d}" for number in range(COUNT)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [
        {"qid": qid, "dataset": "zeroeval-gsm", "query": f"{qid} " + "x" * number, "answer": f"# {number}"}
        for number, qid in enumerate(qids())
    ]
    other = {"qid": "o1", "dataset": "zeroeval-other", "query": "?", "answer": "1"}
    (tmp_path / "queries.jsonl").write_text("".join(json.dumps(row) + "\n" for row in [*rows, other]))
    return tmp_path


def record(folder: Path, right: dict[str, set[str]]) -> None:
    """Outcomes where each model is right on these questions."""
    lines = [f"{qid},{model},{int(qid in known)},40,1" for model, known in right.items() for qid in qids()]
    (folder / "outcomes.csv").write_text("\n".join(["qid,model,correct,output_chars,extracted_answer", *lines]) + "\n")


def work(folder: Path, seed: int = 0) -> RealWorkload:
    return real_workload(folder, CANDIDATES, count=20, seed=seed)


def test_leaders_are_chosen_on_questions_that_are_not_asked(folder: Path) -> None:
    record(folder, {})
    asked = {question.id for question in work(folder).questions}
    held_back = set(qids()) - asked
    assert len(asked) == len(held_back) == 20
    # s1 is perfect on what is asked, s2 on what is not: only the latter may count.
    record(
        folder,
        {"s1": asked, "s2": held_back, "m1": asked, "f1": set(sorted(held_back)[:5]), "r1": set(sorted(held_back)[:6])},
    )
    chosen = work(folder)
    assert [leader.candidate.model for leader in chosen.leaders] == ["s2", "m1", "f1", "r1"]
    assert [leader.right for leader in chosen.leaders] == [20, 0, 5, 6]
    assert chosen.best_lane == "small"


def test_of_two_equals_the_cheaper_leads(folder: Path) -> None:
    record(folder, {"s1": set(qids()), "s2": set(qids())})
    assert work(folder).leaders[0].candidate.model == "s2"


def test_the_same_seed_asks_the_same_and_gold_answers_are_numbers(folder: Path) -> None:
    record(folder, {})
    assert work(folder) == work(folder)
    assert work(folder).questions != work(folder, seed=1).questions
    for question in work(folder).questions:
        assert question.expected == {"value": str(int(question.id[1:]))}


def test_the_policy_routes_by_length_over_one_recorded_model_a_lane(folder: Path) -> None:
    record(folder, {"s2": set(qids())})
    chosen = work(folder)
    text = real_policy_text(chosen, "http://127.0.0.1:9/recorded/v1", provider="recorded")
    policy = load_text(text, file="it").policy
    assert {name: lane.deployments[0].name for name, lane in policy.lanes.items()} == {
        "small": "recorded/s2", "standard": "recorded/m1", "frontier": "recorded/f1", "reasoning": "recorded/r1",
    }  # fmt: skip
    lengths = sorted(dict(chosen.cuts).values())
    assert [(rule.lane, rule.when.max_chars) for rule in policy.routing.rules] == list(chosen.cuts)
    assert [chars for _, chars in chosen.cuts] == lengths
    assert policy.routing.default == "reasoning"
    prices = policy.lanes["small"].deployments[0].prices
    assert prices is not None
    assert (prices.input, prices.output) == (50_000_000, 70_000_000)


def test_a_quarter_is_always_held_back(folder: Path) -> None:
    record(folder, {})
    with pytest.raises(RehearsalError, match="at most 30 with --real"):
        real_workload(folder, CANDIDATES, count=31, seed=0)


def test_absent_data_is_said_with_what_to_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANEWISE_DATA", str(tmp_path))
    with pytest.raises(RehearsalError, match="set LANEWISE_DATA to the folder that holds routing/zeroeval"):
        data_folder()


@pytest.mark.data
def test_our_grading_of_recorded_answers_agrees_with_the_recording() -> None:
    """For every served model and question: what we grade as right is what the recording counts as right."""
    try:
        folder = data_folder()
    except RehearsalError as error:
        pytest.skip(error.message)
    served = {model.id for model in RECORDED_MODELS}
    questions = {each.id: each for each in real_workload(folder, CANDIDATES, count=774, seed=0).questions}
    answers = read_recording(folder).answers
    compared = 0
    with (folder / "outcomes.csv").open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            if row["model"] in served and row["qid"] in questions:
                question = questions[row["qid"]]
                final = answers[row["model"], question.messages[0]["content"].strip()].final
                assert grade_text("number", question.expected, f"Answer: {final}") is (row["correct"] == "1"), row
                compared += 1
    assert compared == 774 * len(served)
