from __future__ import annotations

from pathlib import Path

import pytest

from lanewise.core.ids import RandomIds
from lanewise.operations.learning import NotAPair, certificate_in_words, keep_learned, labelled_pairs
from lanewise.similarity.learned import Labelled, learn_threshold
from lanewise.stores.audit_log import AuditLog
from operations.similar_made import SEAL
from similarity.pairs_made_up import learned, made_up
from stores.opening import database_of, new_store
from walking import SetClock

PAIR = Labelled(one="Where is it?", other="Where can it be, please?", same=True)


@pytest.mark.parametrize(
    ("lines", "table"),
    [
        (['{"one": "Where is it?", "other": "Where can it be, please?", "same": true}', "", " "], False),
        (["one,other,same", '"Where is it?","Where can it be, please?",true'], True),
        (["id,text_a,text_b,label", '7,"Where is it?","Where can it be, please?",1'], True),
    ],
    ids=["json", "table", "gptcache"],
)
def test_a_file_s_pairs(lines: list[str], table: bool) -> None:
    assert labelled_pairs(lines, table=table) == [PAIR]


@pytest.mark.parametrize(
    ("lines", "table", "words"),
    [
        (['{"one": "a", "other": "b", "same": true}', '{"one": "a"}'], False, "Line 2"),
        (["a"], True, "Line 1: write the columns"),
        (["one,other,same", "a,b,perhaps"], True, "Line 2"),
        (["one,other,same", "a,,1"], True, "Line 2"),
    ],
)
def test_what_is_no_pair_is_told_with_its_line(lines: list[str], table: bool, words: str) -> None:
    with pytest.raises(NotAPair, match=words):
        labelled_pairs(lines, table=table)


def test_a_certificate_is_told_with_all_it_was_found_on() -> None:
    told = certificate_in_words(learned().certified)
    for words in (
        "Certified: at most 10.0% wrong at 90% confidence",
        "of 250 pairs",
        "Label noise",
        "hashed-ngrams-3-5",
    ):
        assert words in told
    none = certificate_in_words(learn_threshold(made_up(noise=0.4), alpha=0.05, delta=0.1).certified)
    assert none.startswith("Nothing can be certified for at most 5.0% wrong")


async def test_learning_is_an_act_that_is_written_down(tmp_path: Path) -> None:
    async with database_of(await new_store(tmp_path)) as database:
        clock = SetClock()
        kept = await keep_learned(database, SEAL, learned(), tenant="acme", clock=clock, ids=RandomIds())
        (row,) = await AuditLog(database, clock).read()
        assert (row.act, row.tenant, row.subject) == ("similar.learn", "acme", kept.threshold_id)
        assert kept.threshold_id.startswith("learned_")
