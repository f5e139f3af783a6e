"""What is recalled before a call and kept after it: for calls with tools only, and for one account and model only."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from msgspec import structs

from contracts.vendor_answers import a_call
from lanewise.core.answer import Content, Generation, Thought, ToolCall
from lanewise.core.conversation import Conversation, Thinking, ToolUse, Translated, Turn
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.policy import Deployment, ModelFacts, ProviderPolicy
from lanewise.core.protocols.provider import Call
from lanewise.core.protocols.reasoning import Kept
from lanewise.core.request import Dialect
from lanewise.providers.reasoning_memory import ReasoningMemory, may_hold_proofs, origin_of

MESSAGES = Dialect.ANTHROPIC_MESSAGES
USED = (ToolCall(id="call_1", name="f", arguments="{}"),)
CONTENT = Content(thoughts=(Thought(text="hm", signature="signature-of-acme-1"),), tool_calls=USED)
ANSWERED = Translated(
    Conversation(turns=(Turn(role="assistant", parts=(ToolUse(id="call_1", name="f", arguments="{}"),)),)), []
)


class Remembering:
    """A state that counts who asks."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Kept] = {}
        self.asked = 0

    async def recall(self, tenant: str, names: Sequence[str]) -> dict[str, Kept]:
        self.asked += 1
        return {each: self.kept[tenant, each] for each in names if (tenant, each) in self.kept}

    def keep(self, tenant: str, name: str, kept: Kept) -> None:
        self.kept[tenant, name] = kept


def at(key: str = "k1", model: str = "opus") -> Deployment:
    return Deployment(
        provider=ProviderPolicy(name="v", dialect=MESSAGES, base_url="http://127.0.0.1/v1", api_key=key), model=model
    )


def a_turn(deployment: Deployment, *, tenant: str = "acme", **asked: Any) -> Call:
    call = a_call(MESSAGES, stream=False, at=deployment)
    request = structs.replace(call.request, **({"has_tools": True, "continues": True} | asked))
    return structs.replace(call, request=request, tenant=tenant)


def answer(content: Content | None = CONTENT, **more: Any) -> Generation:
    return Generation(dialect=MESSAGES, content=content, **more)


async def test_an_answer_s_thinking_comes_back_to_who_gave_it() -> None:
    state = Remembering()
    memory = ReasoningMemory(state)
    memory.keep(a_turn(at()), answer())

    _, translated = await memory.recalled(a_turn(at()), ANSWERED)
    assert translated is not None
    first, _ = translated.conversation.turns[0].parts
    assert first == Thinking(text="hm", signature="signature-of-acme-1", origin=MESSAGES)


@pytest.mark.parametrize(
    ("deployment", "tenant"), [(at(key="k2"), "acme"), (at(model="sonnet"), "acme"), (at(), "globex")]
)
async def test_nobody_else_gets_it(deployment: Deployment, tenant: str) -> None:
    memory = ReasoningMemory(Remembering())
    memory.keep(a_turn(at()), answer())
    _, translated = await memory.recalled(a_turn(deployment, tenant=tenant), ANSWERED)
    assert translated == ANSWERED


async def test_of_what_a_chat_caller_is_never_shown_nothing_is_kept_but_under_its_tool_calls() -> None:
    state = Remembering()
    memory = ReasoningMemory(state)
    for content in (CONTENT, structs.replace(CONTENT, tool_calls=())):
        memory.keep(a_turn(at(), dialect=Dialect.OPENAI_CHAT), answer(content))
    assert list(state.kept) == [("acme", CONTENT.tool_calls[0].id)]


async def test_the_caller_s_own_bytes_lose_another_account_s_proofs_only() -> None:
    memory = ReasoningMemory(Remembering())
    memory.keep(a_turn(at(), dialect=MESSAGES), answer())
    body = b'{"model":"m","messages":[{"id":"call_1","signature":"signature-of-acme-1"}]}'

    same, _ = await memory.recalled(a_turn(at(), dialect=MESSAGES, body=body), None)
    other, _ = await memory.recalled(a_turn(at(key="k2"), dialect=MESSAGES, body=body), None)
    assert same.request.body == body
    assert other.request.body == body.replace(b'"signature-of-acme-1"', b'""')
    assert other.request.members is None


async def test_without_tools_nobody_looks_for_lost_thinking() -> None:
    state = Remembering()
    await ReasoningMemory(state).recalled(a_turn(at(), has_tools=False), ANSWERED)
    assert state.asked == 0


def test_chat_completions_without_tools_hold_no_proofs() -> None:
    chat = a_turn(at(), dialect=Dialect.OPENAI_CHAT).request
    assert may_hold_proofs(chat)
    assert not may_hold_proofs(structs.replace(chat, has_tools=False))
    assert may_hold_proofs(structs.replace(chat, has_tools=False, dialect=MESSAGES))


@pytest.mark.parametrize(
    "generation",
    [
        answer(None),
        answer(structs.replace(CONTENT, thoughts=())),
        answer(failure=Failure(kind=FailureKind.CUT_STREAM, message="cut")),
    ],
)
def test_what_proves_nothing_is_not_kept(generation: Generation) -> None:
    state = Remembering()
    ReasoningMemory(state).keep(a_turn(at()), generation)
    assert state.kept == {}


CHAT = Dialect.OPENAI_CHAT
UNSIGNED = Content(reasoning="hm", tool_calls=(ToolCall(id="call_00_x7Kq2", name="look_up", arguments="{}"),))


def showing_its_thinking(field: str | None = "reasoning_content") -> Deployment:
    provider = ProviderPolicy(name="v", dialect=CHAT, base_url="http://127.0.0.1/v1")
    return Deployment(provider=provider, model="thinker", facts=ModelFacts(reasoning_field=field))


async def test_unsigned_thinking_before_a_tool_call_comes_back_though_its_caller_was_not_shown_it() -> None:
    memory = ReasoningMemory(Remembering())
    call = a_turn(showing_its_thinking(), dialect=MESSAGES, shows_thinking=False)
    memory.keep(call, Generation(dialect=CHAT, content=UNSIGNED))

    used = ToolUse(id="call_00_x7Kq2", name="look_up", arguments="{}")
    returned = Translated(Conversation(turns=(Turn(role="assistant", parts=(used,)),)), [])
    _, translated = await memory.recalled(call, returned)
    assert translated is not None
    assert translated.conversation.turns[0].parts == (Thinking(text="hm", origin=CHAT), used)


@pytest.mark.parametrize(
    ("content", "field", "caller"),
    [
        (UNSIGNED, "reasoning_content", CHAT),  # its own bytes hold it
        (UNSIGNED, None, MESSAGES),  # its vendor wants none back
        (structs.replace(UNSIGNED, tool_calls=()), "reasoning_content", MESSAGES),
        *(
            (
                structs.replace(UNSIGNED, tool_calls=(structs.replace(UNSIGNED.tool_calls[0], id=counted),)),
                "reasoning_content",
                MESSAGES,
            )
            for counted in ("call_0", "functions.look_up:0", "")  # another conversation's call may have the same
        ),
    ],
)
def test_unsigned_thinking_is_kept_for_one_answer_that_wants_it_only(
    content: Content, field: str | None, caller: Dialect
) -> None:
    state = Remembering()
    call = a_turn(showing_its_thinking(field), dialect=caller)
    ReasoningMemory(state).keep(call, Generation(dialect=CHAT, content=content))
    assert state.kept == {}


def test_an_origin_tells_accounts_apart_without_telling_keys() -> None:
    assert origin_of(at()) == origin_of(at())
    assert len({origin_of(at()).account, origin_of(at(key="k2")).account}) == 2
    assert "k1" not in repr(origin_of(at(key="k1-secret")))


SAID = [
    {"role": "user", "content": "Call f"},
    {"role": "assistant", "content": [{"type": "tool_use", "id": "call_1", "name": "f", "input": {}}]},
    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "call_1", "content": "1"}]},
]


def going_on(deployment: Deployment, **lane: Any) -> Call:
    body = json.dumps({"model": "m", "max_tokens": 9, "messages": SAID}).encode()
    return structs.replace(a_turn(deployment, body=body, dialect=MESSAGES), **lane)


@pytest.mark.parametrize(
    ("deployment", "lane", "back"),
    [
        (at(), {"effort": "high"}, True),
        (at(), {"thinking_budget_tokens": 2_000}, True),
        (at(), {}, False),
        (at(key="k2"), {"effort": "high"}, False),
        (at(model="sonnet"), {"effort": "high"}, False),
    ],
)
async def test_thinking_that_its_caller_never_saw_goes_back_in_the_caller_s_own_bytes(
    deployment: Deployment, lane: dict[str, Any], back: bool
) -> None:
    memory = ReasoningMemory(Remembering())
    memory.keep(a_turn(at()), answer())

    call, _ = await memory.recalled(going_on(deployment, **lane), None)

    first = json.loads(call.request.body)["messages"][1]["content"][0]
    assert first["type"] == ("thinking" if back else "tool_use")
    assert call.request.body == going_on(deployment).request.body or back
