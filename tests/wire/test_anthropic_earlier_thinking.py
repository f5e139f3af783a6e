"""Thinking of earlier answers: what Anthropic signed goes back to it, what others thought does not."""

from __future__ import annotations

import json

from wire.calls import messages
from wire.test_anthropic_spliced import (
    ADAPTIVE,
    BUDGET,
    ENABLED,
    SIGNED,
    UNSIGNED,
    answer,
    lost,
    said,
    sent,
    text,
    tool_loop,
)

GONE = "messages[].content[].thinking: thinking without a signature is not this vendor's, and never sent to it"
USER = {"role": "user", "content": "x"}


def test_signed_and_hidden_thinking_goes_back_byte_for_byte() -> None:
    hidden = {"type": "redacted_thinking", "data": "xyz"}
    body = messages(messages=[USER, answer(SIGNED, hidden, text("8")), USER])
    wire = sent(body)
    assert wire.body == body.replace(b'"any"', b'"served-model"')
    assert wire.dropped == ()


def test_another_vendor_s_thinking_is_left_out_and_the_rest_stays_as_it_was() -> None:
    body = b'{"model":"any","messages":[{"role":"user","content":"x"},{"role":"assistant","content":[%b,{"type":"text", "text":"1.10"}]}]}'
    wire = sent(body % json.dumps(UNSIGNED).encode())
    assert b'"content":[{"type":"text", "text":"1.10"}]' in wire.body
    assert b"of another" not in wire.body
    assert wire.dropped == (GONE,)


def test_a_message_of_nothing_else_goes_with_it() -> None:
    asked = [USER, answer(UNSIGNED), {"role": "user", "content": "and?"}]
    assert said(messages=asked)["messages"] == [asked[0], asked[2]]


def test_a_tool_loop_that_another_vendor_began_goes_on_without_thinking() -> None:
    dropped = lost(BUDGET, thinking=ENABLED, messages=tool_loop(UNSIGNED))
    assert dropped == (GONE, "thinking: a tool loop begun without signed thinking goes on without")
    assert said(BUDGET, thinking=ENABLED, messages=tool_loop(SIGNED))["thinking"] == ENABLED
    assert said(ADAPTIVE, thinking={"type": "adaptive"}, messages=tool_loop(UNSIGNED))["thinking"] == {
        "type": "adaptive"
    }


def test_so_does_a_loop_of_a_vendor_that_showed_no_thinking() -> None:
    assert "thinking" not in said(BUDGET, thinking=ENABLED, messages=tool_loop())


def test_hidden_thinking_that_was_spoilt_is_left_out() -> None:
    spoilt = {"type": "redacted_thinking", "data": ""}
    assert said(messages=[USER, answer(spoilt, text("Hi")), USER])["messages"][1] == answer(text("Hi"))


def test_words_that_only_look_like_thinking_are_left_alone() -> None:
    body = messages(messages=[{"role": "user", "content": [text('{"type": "thinking"}')]}])
    assert sent(body).body == body.replace(b'"any"', b'"served-model"')
