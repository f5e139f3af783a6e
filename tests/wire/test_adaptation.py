"""How a conversation is put to a vendor of another dialect: markers after long prefixes, system prompts, notes."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from lanewise.core.conversation import Conversation, Text, Tool, ToolResult, ToolUse, Translated, Turn
from lanewise.core.policy import Adaptation, Deployment, ModelFacts, ProviderPolicy
from lanewise.core.request import Dialect
from lanewise.wire import INBOUND, OUTBOUND
from lanewise.wire.adaptation import LEAST_PREFIX_CHARS, adapted, marked
from wire.calls import call

MARKER = b'{"type":"ephemeral"}'
LONG = "x" * LEAST_PREFIX_CHARS
HI = Turn(role="user", parts=(Text(text="Hi"),))


def at(adaptation: Adaptation = Adaptation(), *, cache_markers: bool = True) -> Deployment:  # noqa: B008 - frozen
    provider = ProviderPolicy(name="v", dialect=Dialect.ANTHROPIC_MESSAGES, base_url="http://127.0.0.1/v1")
    return Deployment(
        provider=provider, model="m", facts=ModelFacts(cache_markers=cache_markers), adaptation=adaptation
    )


def markers(conversation: Conversation) -> list[str]:
    parts: list[Any] = [*conversation.tools, *conversation.system]
    parts += [part for turn in conversation.turns for part in turn.parts]
    return [type(part).__name__ for part in parts if part.cache_marker == MARKER]


@pytest.mark.parametrize(
    ("conversation", "where"),
    [
        (Conversation(turns=(HI,), system=(Text(text="Be kind."),)), []),
        (Conversation(turns=(HI,), system=(Text(text="Be kind."), Text(text=LONG))), ["Text"]),
        (Conversation(turns=(HI,), tools=(Tool(name="f", description=LONG), Tool(name="g"))), ["Tool"]),
        (Conversation(turns=(Turn(role="user", parts=(Text(text=LONG),)),)), []),
        (Conversation(turns=(Turn(role="user", parts=(Text(text=LONG),)), HI, HI)), ["Text"]),
        (
            Conversation(
                turns=(
                    HI,
                    Turn(role="assistant", parts=(ToolUse(id="c", name="f", arguments=LONG),)),
                    Turn(role="user", parts=(ToolResult(call_id="c", parts=(Text(text=LONG),)),)),
                )
            ),
            ["ToolResult"],
        ),
    ],
)
def test_markers_stand_after_long_prefixes_only(conversation: Conversation, where: list[str]) -> None:
    assert markers(marked(conversation)) == where


def test_a_caller_s_own_markers_are_the_only_ones() -> None:
    own = Conversation(
        turns=(HI,), system=(Text(text=LONG, cache_marker=b'{"type":"ephemeral","ttl":"1h"}'), Text(text=LONG))
    )
    assert marked(own) is own


def test_markers_are_set_where_the_model_takes_them_and_nobody_said_off() -> None:
    long = Translated(Conversation(turns=(HI,), system=(Text(text=LONG),)), [])
    assert markers(adapted(long, at()).conversation) == ["Text"]
    assert adapted(long, at(Adaptation(cache_markers="off"))) is long
    assert adapted(long, at(cache_markers=False)) is long


def test_a_system_prompt_is_said_as_the_user_s_where_the_model_knows_no_system_role() -> None:
    said = Translated(Conversation(turns=(HI,), system=(Text(text="Be kind."),)), ["seed: none"])
    made = adapted(said, at(Adaptation(system="user")))
    assert made.conversation.system == ()
    assert made.conversation.turns == (Turn(role="user", parts=(Text(text="Be kind."), Text(text="Hi"))),)
    assert made.dropped == ["seed: none", "system: said as the user's, the model knows no system role"]

    begun = dataclasses.replace(said.conversation, turns=(Turn(role="assistant", parts=(Text(text="Well?"),)),))
    first, _ = adapted(Translated(begun, []), at(Adaptation(system="user"))).conversation.turns
    assert first == Turn(role="user", parts=(Text(text="Be kind."),))


def test_a_note_is_added_to_the_system_prompt() -> None:
    made = adapted(Translated(Conversation(turns=(HI,)), []), at(Adaptation(note="Answer in English.")))
    assert made.conversation.system == (Text(text="Answer in English."),)


def test_a_chat_completion_s_long_system_prompt_reaches_anthropic_marked() -> None:
    body = b'{"model":"m","messages":[{"role":"system","content":"%b"},{"role":"user","content":"Hi"}]}' % LONG.encode()
    made = call(body, dialect=Dialect.ANTHROPIC_MESSAGES, facts=ModelFacts(cache_markers=True))
    translated = adapted(INBOUND[Dialect.OPENAI_CHAT].read_conversation(made.request), made.deployment)
    sent = OUTBOUND[Dialect.ANTHROPIC_MESSAGES].write_call(made, translated).body
    assert sent.count(b'"cache_control":' + MARKER) == 1
