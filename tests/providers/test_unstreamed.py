"""A whole answer where a stream was asked for, told as a stream would have told it."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.vendor_answers import SAMPLES, TEXT, Asked, a_call, whole_answer
from lanewise.core.answer import Content, Finish, Generation, Thought, ToolCall
from lanewise.core.clock import SystemClock
from lanewise.core.request import Dialect
from lanewise.core.usage import Usage
from lanewise.providers.http import HttpProvider
from lanewise.providers.pools import Pools
from lanewise.providers.unstreamed import Begun, deltas_of, without_thinking
from lanewise.wire import INBOUND, OUTBOUND
from raw_vendor import raw_vendor


@pytest.mark.parametrize("dialect", sorted(OUTBOUND))
async def test_a_vendor_that_answers_whole_where_a_stream_was_asked_for_has_answered(dialect: Dialect) -> None:
    pools = Pools()
    provider = HttpProvider(OUTBOUND, INBOUND, pools=pools, clock=SystemClock())
    async with raw_vendor(whole_answer(SAMPLES[dialect], {})) as vendor:
        asked = Asked(provider, a_call(dialect, vendor.address, stream=True))
        generation = await asked.answer()
    await pools.close()
    assert generation.failure is None
    assert (asked.text, generation.body) == (TEXT, b"")
    assert generation.content is not None
    assert generation.content.text == TEXT
    assert all(delta.made and not delta.raw for delta in asked.deltas)
    assert (asked.deltas[-1].finish, asked.deltas[-1].usage) == (Finish.STOP, asked.meter.usage)
    assert asked.meter.usage is not None
    assert (asked.meter.usage.input_tokens, asked.meter.usage.output_tokens) == (12, 7)


class Pieces:
    """A body that comes in these pieces."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = list(pieces)

    @property
    def ended(self) -> bool:
        return not self._pieces

    async def read(self) -> bytes:
        return self._pieces.pop(0) if self._pieces else b""


def an_answer(**said: Any) -> Generation:
    usage = Usage(input_tokens=3, output_tokens=4)
    content = Content(**said)
    return Generation(dialect=Dialect.OPENAI_CHAT, content=content, finish=Finish.STOP, usage=usage, served_model="m-1")


@pytest.mark.parametrize(
    ("pieces", "whole"),
    [
        ((b'{"choices": [', b"]}"), True),
        ((b"\r\n", b" ", b'{"a": 1}'), True),
        ((b'data: {"choices"', b": []}\n\n"), False),
        ((b": ping\n\n", b"data: {}\n\n"), False),
        ((b'[{"candidates": ', b"[]}]"), False),
        ((b"\n" * 40_000, b" " * 40_000, b'{"a": 1}'), False),  # nobody holds blanks without end to see what comes
        ((), False),
    ],
)
async def test_a_brace_begins_a_whole_answer_and_nothing_is_lost_by_looking(
    pieces: tuple[bytes, ...], whole: bool
) -> None:
    begun = Begun(Pieces(*pieces))
    assert await begun.is_whole() is whole

    read = []
    while data := await begun.read():
        read.append(data)
    assert b"".join(read) == b"".join(pieces)
    assert begun.ended


def test_words_calls_and_the_end_are_told_in_the_order_of_a_stream() -> None:
    tools = (ToolCall(id="c1", name="add", arguments='{"a": 1.10}'), ToolCall(id="c2", name="sub", arguments="{}"))
    deltas = deltas_of(an_answer(text="Let me see.", reasoning="Hm.", tool_calls=tools))

    assert [delta.reasoning or delta.text or len(delta.tool_calls) for delta in deltas] == [
        0,
        "Hm.",
        "Let me see.",
        2,
        0,
    ]
    assert deltas[0].served_model == "m-1"
    assert [(piece.index, piece.id, piece.name, piece.arguments) for piece in deltas[3].tool_calls] == [
        (0, "c1", "add", '{"a": 1.10}'),
        (1, "c2", "sub", "{}"),
    ]
    assert deltas[-1].finish is Finish.STOP
    assert deltas[-1].usage == Usage(input_tokens=3, output_tokens=4)
    assert all(delta.made for delta in deltas)


def test_thinking_comes_with_its_proofs_and_not_to_whom_it_is_hidden_from() -> None:
    thoughts = (Thought(text="Hm.", signature="s1"), Thought(encrypted="e2"))
    deltas = deltas_of(an_answer(text="8", reasoning="Hm.", thoughts=thoughts))
    assert [delta.thought for delta in deltas if delta.thought] == list(thoughts)
    assert "".join(delta.reasoning for delta in deltas) == "Hm."

    hidden = without_thinking(deltas)
    assert not any(delta.reasoning or delta.thought for delta in hidden)
    assert "".join(delta.text for delta in hidden) == "8"


@pytest.mark.parametrize("said", [{}, {"reasoning": "Hm."}])
def test_what_says_nothing_cannot_be_told(said: dict[str, str]) -> None:
    assert deltas_of(an_answer(**said)) == []
