"""The journal of ordinary requests keeps nothing. What every journal must do is in contracts/test_journal_contract.py."""

from __future__ import annotations

import gc
import weakref

from lanewise.pipeline.journal import TransientJournal


class Paid:
    """Something that an act gives."""


async def test_an_act_under_a_name_that_was_used_before_is_done_again() -> None:
    """Runs share one journal and all call their first call `standard/call-0`: one must never get another's answer."""
    journal = TransientJournal()
    done: list[str] = []

    async def act() -> int:
        done.append("paid")
        return len(done)

    assert [await journal.step("standard/call-0", act), await journal.step("standard/call-0", act)] == [1, 2]


async def test_no_answer_is_held_on_to() -> None:
    journal = TransientJournal()

    async def act() -> Paid:
        return Paid()

    seen = weakref.ref(await journal.step("standard/call-0", act))
    gc.collect()
    assert seen() is None
