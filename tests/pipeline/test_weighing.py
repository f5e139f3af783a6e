from __future__ import annotations

from lanewise.core.answer import Content, Generation
from lanewise.core.judged import better
from lanewise.core.request import Dialect
from lanewise.pipeline.weighing import Attempted, Weighing
from pipeline.runs import a_run


def test_nothing_is_known_at_the_begin() -> None:
    weighing = Weighing()
    assert (weighing.checks, weighing.escalated, weighing.attempts, weighing.verdict) == ([], [], 0, None)


def test_an_attempt_keeps_its_part_of_the_run_whoever_chooses() -> None:
    part = a_run()
    attempted = Attempted(generation=Generation(dialect=Dialect.OPENAI_CHAT, content=Content(text="4")), part=part)
    chosen = better(None, attempted)
    assert isinstance(chosen, Attempted)
    assert chosen.part is part
