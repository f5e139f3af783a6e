from __future__ import annotations

import json
from pathlib import Path
from random import Random

from click.testing import CliRunner

from cli.shells import Shell
from lab.test_semantic_cache import made_up
from lanewise.cli import lanewise

ROWS = """\
instance_id,model,resolved,cost_usd,api_calls
a,GPT-5 mini (2025-08-07) (medium reasoning),1,0.02,10
a,GPT-5 (2025-08-07) (medium reasoning),1,0.2,20
b,GPT-5 mini (2025-08-07) (medium reasoning),0,0.04,30
b,GPT-5 (2025-08-07) (medium reasoning),1,0.4,20
"""


def data(tmp_path: Path) -> str:
    file = tmp_path / "routing" / "swebench_bash_only" / "outcomes.csv"
    file.parent.mkdir(parents=True)
    file.write_text(ROWS)
    return str(tmp_path)


def test_strategies_are_compared_as_a_table_or_as_json(tmp_path: Path) -> None:
    folder = data(tmp_path)
    table = CliRunner().invoke(lanewise, ["eval", "strategies", "--data", folder])
    assert table.exit_code == 0
    assert "repository tasks (SWE-bench), 2 questions" in table.output

    told = CliRunner().invoke(lanewise, ["eval", "strategies", "--data", folder, "--json"])
    (workload,) = json.loads(told.output)
    assert [row["strategy"] for row in workload["rows"]][:2] == ["always fast", "always reasoning"]


def test_a_folder_without_outcomes_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    result = CliRunner().invoke(lanewise, ["eval", "strategies", "--data", str(tmp_path)])
    assert result.exception is not None
    assert "--data" in str(result.exception)


def test_a_judge_is_measured_on_words_it_has_said(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"question": "q", "answer": "a", "right": true, "judged": true}\n' * 3)
    told = CliRunner().invoke(lanewise, ["eval", "judge", str(rows), "--json"])
    assert told.exit_code == 0, told.output
    (found,) = json.loads(told.output)
    assert found["found"]["agreement"] == {"hits": 3, "of": 3}
    assert "A judge beside people" in CliRunner().invoke(lanewise, ["eval", "judge", str(rows)]).output


def test_rows_without_a_judge_s_word_need_one_who_is_asked(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"question": "q", "answer": "a", "right": true}')
    result = CliRunner().invoke(lanewise, ["eval", "judge", str(rows)])
    assert result.exit_code == 2
    assert "--url" in result.output


def test_gates_for_similar_questions_are_compared(tmp_path: Path, shell: Shell) -> None:
    folder = tmp_path / "semantic_cache"
    folder.mkdir()
    rows = [f"{pair.one},{pair.other},{int(pair.same)}" for pair in made_up(Random(4), 400)]
    (folder / "qqp_pairs_gptcache.csv").write_text("\n".join(["text_a,text_b,label", *rows]))
    told = shell("eval", "cache", "--data", str(tmp_path), "--splits", "3", "--alpha", "0.3", "--json").json
    assert [(each["alpha"], each["splits"]) for each in told["bounds"]] == [(0.3, 3)]
    assert "static cosine 0.97" in shell("eval", "cache", "--data", str(tmp_path), "--splits", "3").out
    assert "set LANEWISE_DATA" in shell("eval", "cache", "--data", str(tmp_path / "none"), "--splits", "3").err
