from __future__ import annotations

from pathlib import Path

import pytest

from lanewise.lab.similar_questions import NoPairs, Pair, question_pairs


def test_pairs_are_read_and_thinned_out_evenly(tmp_path: Path) -> None:
    folder = tmp_path / "semantic_cache"
    folder.mkdir()
    rows = [f'"Is it {number}?","Was it, {number}?",{number % 2}' for number in range(10)]
    (folder / "qqp_pairs_gptcache.csv").write_text("\n".join(["text_a,text_b,label", *rows]))
    assert len(question_pairs(tmp_path)) == 10
    assert question_pairs(tmp_path)[1] == Pair("Is it 1?", "Was it, 1?", same=True)
    assert [pair.one for pair in question_pairs(tmp_path, 5)] == [f"Is it {number}?" for number in (0, 2, 4, 6, 8)]


def test_where_there_are_none_it_says_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(NoPairs, match="set LANEWISE_DATA"):
        question_pairs(tmp_path)
