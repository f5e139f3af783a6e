"""What is kept back until the verdict."""

from __future__ import annotations

from lanewise.core.answer import Delta, Finish
from lanewise.core.events import Deltas, Event, Hedged
from lanewise.core.request import Dialect
from lanewise.pipeline.held import Held

CHAT = Dialect.OPENAI_CHAT
PIECES = [
    [Delta(raw=b"role;"), Delta(raw=b"t;", reasoning="hm")],
    [Delta(raw=b"a;", text="39"), Delta(raw=b"b;", text="0")],
    [Delta(raw=b"end;", finish=Finish.STOP)],
]


async def held() -> tuple[Held, list[Event]]:
    told: list[Event] = []

    async def emit(event: Event) -> None:
        told.append(event)

    sink = Held(emit)
    for deltas in PIECES:
        await sink(Deltas(dialect=CHAT, deltas=deltas))
    return sink, told


async def test_nothing_of_the_answer_is_told_and_everything_else_is() -> None:
    sink, told = await held()
    beside = Hedged(deployment="a/b", twin="c/d", after_s=1.0)
    await sink(beside)
    assert told == [beside]


async def test_it_is_shown_in_its_own_bytes_and_once() -> None:
    sink, told = await held()
    await sink.release(None, CHAT)
    await sink.release(None, CHAT)
    assert [event.deltas for event in told if isinstance(event, Deltas)] == PIECES


async def test_other_words_stand_where_its_own_did() -> None:
    sink, told = await held()
    await sink.release("391", CHAT)
    (event,) = told
    assert isinstance(event, Deltas)
    assert event.dialect is not CHAT  # so that whoever writes it makes bytes of its own
    assert [(each.reasoning, each.text, each.finish) for each in event.deltas] == [
        ("", "", None),
        ("hm", "", None),
        ("", "391", None),
        ("", "", Finish.STOP),
    ]
