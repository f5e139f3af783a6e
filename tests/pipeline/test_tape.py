from __future__ import annotations

import pytest

from lanewise.core.answer import Delta
from lanewise.core.events import Deltas, Event, FellBack
from lanewise.core.request import Dialect
from lanewise.pipeline import tape
from lanewise.pipeline.tape import Tape


def pieces(*texts: str, dialect: Dialect = Dialect.OPENAI_CHAT) -> Deltas:
    return Deltas(dialect=dialect, deltas=[Delta(text=text) for text in texts])


async def taped(*events: Event) -> tuple[Tape, list[Event]]:
    heard: list[Event] = []

    async def emit(event: Event) -> None:
        heard.append(event)

    tape = Tape(emit)
    for event in events:
        await tape(event)
    return tape, heard


async def test_everything_is_handed_on_and_the_answer_remembered() -> None:
    events = (pieces("Ei"), FellBack(deployment="a/b", next="a/b", reason="retry"), pieces("gh", "t."))
    recorded, heard = await taped(*events)
    assert heard == list(events)
    assert recorded.shown() == (pieces("Ei", "gh", "t."),)


async def test_nothing_shown_is_nothing_to_show_again() -> None:
    recorded, _ = await taped()
    assert recorded.shown() is None


async def test_pieces_of_two_dialects_are_not_shown_again() -> None:
    recorded, _ = await taped(pieces("Hm"), pieces("Eight.", dialect=Dialect.GEMINI))
    assert recorded.shown() is None


async def test_a_long_stream_is_handed_on_and_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tape, "MOST_PIECES", 3)
    recorded, heard = await taped(pieces("a", "b"), pieces("c", "d"), pieces("e"))
    assert len(heard) == 3
    assert recorded.shown() is None
