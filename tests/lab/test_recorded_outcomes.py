"""Recorded outcomes as they are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from lanewise.lab.recorded_outcomes import NoOutcomes, workloads
from lanewise.lab.strategies_compared import compare
from recordings import data_folder

ROWS = """\
qid,model,correct,output_chars,extracted_answer
q1,gpt-4o-mini-2024-07-18,1,100,"1,000."
q1,gemini-1.5-flash,1,90,1000
q1,claude-3-5-haiku-20241022,0,80,7
q1,o1-mini-2024-09-12,1,50,1000
q2,gpt-4o-mini-2024-07-18,0,300,5
q2,gemini-1.5-flash,0,90,6
q2,claude-3-5-haiku-20241022,0,80,5
q2,o1-mini-2024-09-12,1,50,8
q3,gpt-4o-mini-2024-07-18,1,10,5
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    file = tmp_path / "routing" / "zeroeval" / "outcomes.csv"
    file.parent.mkdir(parents=True)
    file.write_text(ROWS)
    return tmp_path


def test_questions_that_all_models_answered_are_read(folder: Path) -> None:
    (workload,) = workloads(folder, 12.0)
    first, second = workload.outcomes
    assert (first.fast_right, first.strong_right, first.other_agrees, first.two_agree) == (True, True, True, True)
    assert (second.fast_right, second.strong_right, second.other_agrees, second.two_agree) == (False, True, False, True)
    assert (first.fast_cost, first.strong_cost, second.doubt) == (1.0, 12.0, 300.0)


def test_a_folder_without_them_is_told(tmp_path: Path) -> None:
    with pytest.raises(NoOutcomes, match="--data"):
        workloads(tmp_path, 30.0)


@pytest.mark.data
def test_on_real_outcomes_checks_are_worth_their_money() -> None:
    folder = data_folder()
    if not (folder / "routing").is_dir():
        pytest.skip(f"needs recorded outcomes in {folder / 'routing'}; set LANEWISE_DATA")
    found = [compare(each) for each in workloads(folder, 30.0)]
    assert len(found) == 3
    for each in found:
        rows = {row.strategy: row for row in each.rows}
        fast, strong, proof = rows["always fast"], rows["always reasoning"], rows["fast + proof + escalate"]
        assert fast.right.share < strong.right.share
        assert (fast.escalated, strong.escalated) == (0.0, 1.0)
        for row in each.rows:
            assert row.right.low < row.right.share < row.right.high
            assert row.cost_low <= row.cost * 1.001
            assert row.cost <= row.cost_high * 1.001
        # a check that knows is never worse than either model, costs less than the strong one, and beats a coin at its price
        assert proof.right.share >= strong.right.share
        assert proof.cost < strong.cost
        assert proof.right.low > proof.coin
        if (agreement := rows.get("fast + agreement + escalate")) is not None:
            assert agreement.right.low > agreement.coin
            assert agreement.of_strong > 0.97
