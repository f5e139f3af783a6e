"""Recorded tool conversations: what people's agents really did is no loop, round by round, and stuck in one of them it is."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from judging import candidate, verdict
from lanewise.core.answer import Meter, ToolCall
from lanewise.core.clock import SystemClock
from lanewise.core.conversation import ToolUse, Turn
from lanewise.core.errors import InvalidRequest, UnknownResponse
from lanewise.core.policy import ModelFacts
from lanewise.core.request import Dialect, Target
from lanewise.providers.gathered import Gathered
from lanewise.verifiers.loops import LoopVerifier
from lanewise.wire import INBOUND, OUTBOUND
from recordings import Exchange, exchanges

DIALECTS = {
    "chat": Dialect.OPENAI_CHAT,
    "messages": Dialect.ANTHROPIC_MESSAGES,
    "responses": Dialect.OPENAI_RESPONSES,
    "generateContent": Dialect.GEMINI,
}
LEAST = 139
Answered = tuple[tuple[Turn, ...], tuple[ToolCall, ...]]
"""What went before an answer, and what it calls."""


def answers() -> Iterator[Answered]:
    """Every recorded answer that calls tools: those within conversations, and those at their ends."""
    for api, dialect in DIALECTS.items():
        for exchange in exchanges(api):
            turns = _asked(exchange, dialect)
            for place, turn in enumerate(turns):
                uses = [part for part in turn.parts if isinstance(part, ToolUse)]
                if uses:
                    calls = tuple(ToolCall(id=use.id, name=use.name, arguments=use.arguments) for use in uses)
                    yield turns[:place], calls
            if called := _called(exchange, dialect):
                yield turns, called


def _asked(exchange: Exchange, dialect: Dialect) -> tuple[Turn, ...]:
    """What was said before; nothing where only its own vendor can read it."""
    inbound = INBOUND[dialect]
    try:
        request = inbound.read_request(json.dumps(exchange.request or {}).encode(), Target(model="any", stream=False))
        return inbound.read_conversation(request).conversation.turns
    except (InvalidRequest, UnknownResponse):
        return ()


def _called(exchange: Exchange, dialect: Dialect) -> tuple[ToolCall, ...]:
    if not exchange.stream:
        content = OUTBOUND[dialect].read_answer(exchange.body, want_content=True).content
        return () if content is None else content.tool_calls
    gathered = Gathered(Meter(), SystemClock())
    gathered.add(OUTBOUND[dialect].stream_reader(ModelFacts()).feed(exchange.body))
    return gathered.content().tool_calls


@pytest.mark.data
def test_no_recorded_call_is_taken_for_a_loop_and_each_is_one_once_it_is_stuck() -> None:
    recorded = list(answers())
    alarms = [
        calls
        for turns, calls in recorded
        if verdict(LoopVerifier(), candidate("", turns=turns, calls=calls)).word == "reject"
    ]
    assert alarms == []
    assert len(recorded) >= LEAST, len(recorded)
    for turns, calls in recorded:
        again = tuple(ToolUse(id=call.id, name=call.name, arguments=call.arguments) for call in calls)
        stuck = (*turns, *[Turn(role="assistant", parts=again)] * 3)
        assert verdict(LoopVerifier(), candidate("", turns=stuck, calls=calls)).word == "reject"
