"""Proofs put back for their own vendor, account and model, and taken off for every other."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec import structs

from lanewise.core.answer import Thought
from lanewise.core.conversation import Conversation, Part, Text, Thinking, ToolResult, ToolUse, Turn
from lanewise.core.protocols.reasoning import Kept, Origin
from lanewise.core.request import Dialect
from lanewise.wire.reasoning import attached, call_ids_of, disowned, proofs_in, single_proofs

MINE = Origin(dialect=Dialect.ANTHROPIC_MESSAGES, provider="anthropic", account="a1", model="opus")
KEPT = Kept(
    call_ids=("call_1", "call_2"),
    origin=MINE,
    thoughts=(Thought(text="hm", signature="sig-1"), Thought(encrypted="hidden")),
)
THOUGHTS = (
    Thinking(text="hm", signature="sig-1", origin=Dialect.ANTHROPIC_MESSAGES),
    Thinking(encrypted="hidden", origin=Dialect.ANTHROPIC_MESSAGES),
)
CALLS = (ToolUse(id="call_1", name="f", arguments="{}"), ToolUse(id="call_2", name="f", arguments="{}"))


def conversation(*parts: Part) -> Conversation:
    return Conversation(
        turns=(
            Turn(role="user", parts=(Text(text="Hi"),)),
            Turn(role="assistant", parts=parts),
            Turn(role="user", parts=(ToolResult(call_id="call_1", parts=()),)),
        )
    )


def said(made: Conversation) -> tuple[Part, ...]:
    return made.turns[1].parts


def test_what_the_caller_s_dialect_lost_is_put_back_before_the_words() -> None:
    made = attached(conversation(Text(text="Let me see."), *CALLS), {"call_1": KEPT}, MINE)
    assert said(made) == (*THOUGHTS, Text(text="Let me see."), *CALLS)


def test_what_the_caller_brought_itself_is_not_said_twice() -> None:
    assert said(attached(conversation(*THOUGHTS, *CALLS), {"call_1": KEPT}, MINE)) == (*THOUGHTS, *CALLS)


@pytest.mark.parametrize("other", [{"account": "a2"}, {"model": "sonnet"}, {"provider": "elsewhere"}])
def test_another_account_or_model_gets_the_words_without_the_proofs(other: dict[str, str]) -> None:
    made = attached(conversation(*THOUGHTS, *CALLS), {"call_1": KEPT}, structs.replace(MINE, **other))
    assert said(made) == (Thinking(text="hm"), Thinking(), *CALLS)


def test_signatures_of_calls_go_back_to_their_calls() -> None:
    gemini = structs.replace(MINE, dialect=Dialect.GEMINI)
    kept = Kept(call_ids=("call_1", "call_2"), origin=gemini, signatures=("s1", ""))
    signed = ToolUse(id="call_1", name="f", arguments="{}", signature="s1")
    assert said(attached(conversation(*CALLS), {"call_1": kept}, gemini)) == (signed, CALLS[1])
    assert said(attached(conversation(signed, CALLS[1]), {"call_1": kept}, MINE)) == CALLS


def test_an_answer_that_nobody_knows_stays_as_it_is() -> None:
    asked = conversation(*THOUGHTS, *CALLS)
    assert attached(asked, {"call_9": KEPT}, MINE) == asked


def test_an_answer_is_known_by_its_first_call() -> None:
    assert call_ids_of(conversation(*CALLS)) == ["call_1"]


@pytest.mark.parametrize("key", ["signature", "data", "encrypted_content", "thoughtSignature"])
def test_a_proof_is_known_by_itself_wherever_a_caller_brings_it(key: str) -> None:
    proof = "c2lnbmF0dXJl/+" * 40
    body = json.dumps([{key: proof}, {key: proof}, {key: "short"}, {"other": proof}]).encode()
    kept = Kept(
        origin=MINE,
        thoughts=(Thought(text="hm", signature=proof), Thought(encrypted="hidden", id="rs_1")),
        signatures=("s", ""),
    )
    single = single_proofs(kept)
    assert proofs_in(body) == [proof[-256:]]
    assert single == {
        proof[-256:]: Kept(origin=MINE, thoughts=(Thought(signature=proof),)),
        "hidden": Kept(origin=MINE, thoughts=(Thought(encrypted="hidden", id="rs_1"),)),
        "s": Kept(origin=MINE, thoughts=(Thought(signature="s"),)),
    }


@pytest.mark.parametrize(
    ("dialect", "block", "left"),
    [
        (
            Dialect.ANTHROPIC_MESSAGES,
            {"type": "thinking", "thinking": "hm", "signature": "sig/1+="},
            {"type": "thinking", "thinking": "hm", "signature": ""},
        ),
        (
            Dialect.ANTHROPIC_MESSAGES,
            {"type": "redacted_thinking", "data": "hidden"},
            {"type": "redacted_thinking", "data": ""},
        ),
        (
            Dialect.OPENAI_RESPONSES,
            {"type": "reasoning", "id": "rs_1", "encrypted_content": "hidden"},
            {"type": "reasoning", "id": "rs_lanewise_rs_1", "encrypted_content": "hidden"},
        ),
        (Dialect.GEMINI, {"thoughtSignature": "sig/1+="}, {"thoughtSignature": "skip_thought_signature_validator"}),
    ],
)
def test_in_a_caller_s_own_bytes_another_s_proofs_are_spoilt_and_all_else_stays(
    dialect: Dialect, block: dict[str, Any], left: dict[str, Any]
) -> None:
    thought = Thought(text="hm", signature="sig/1+=", encrypted="hidden", id="rs_1")
    kept = Kept(origin=structs.replace(MINE, dialect=dialect), thoughts=(thought,))
    body = json.dumps({"x": 1.10, "said": [block, {"text": "sig/1+= is hidden"}]}).encode()
    assert json.loads(disowned(body, [kept])) == {"x": 1.10, "said": [left, {"text": "sig/1+= is hidden"}]}
    assert disowned(body, []) == body


def test_a_proof_in_the_other_alphabet_of_base64_is_known_and_taken_off_too() -> None:
    """Google's SDK reads one alphabet and writes the other."""
    origin = structs.replace(MINE, dialect=Dialect.GEMINI)
    kept = Kept(origin=origin, call_ids=("c",), signatures=("EucE+uQ/AEb4+9vsYroJyp1uieeH5kjR2slN/T==",))
    body = b'{"thoughtSignature":"EucE-uQ_AEb4-9vsYroJyp1uieeH5kjR2slN_T=="}'
    (name,) = proofs_in(body)
    assert disowned(body, [single_proofs(kept)[name]]) == b'{"thoughtSignature":"skip_thought_signature_validator"}'
