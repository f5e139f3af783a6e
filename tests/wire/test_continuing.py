"""A request said on: more turns at its end, every other byte as it was."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.errors import InvalidRequest
from lanewise.core.request import Dialect, Request
from lanewise.wire.continuing import Words, said_on
from lanewise.wire.openai_chat import OpenAIChat

FAILED, WHY = Words("assistant", "390"), Words("user", "It did not pass.")


def request(body: bytes, dialect: Dialect = Dialect.OPENAI_CHAT) -> Request:
    return Request(dialect=dialect, body=body, model="auto", stream=False, input_chars=4)


@pytest.mark.parametrize(
    ("dialect", "before", "after"),
    [
        (
            Dialect.OPENAI_CHAT,
            b'{"model":"auto", "messages" : [ {"role":"user","content":"hi"} ] ,"temperature":1.10}',
            (
                b'{"model":"auto", "messages" : [ {"role":"user","content":"hi"} ,{"role":"assistant","content":"390"},'
                b'{"role":"user","content":"It did not pass."}] ,"temperature":1.10}'
            ),
        ),
        (
            Dialect.ANTHROPIC_MESSAGES,
            b'{"messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}],"max_tokens":5}',
            (
                b'{"messages":[{"role":"user","content":[{"type":"text","text":"hi"}]},{"role":"assistant","content":"390"},'
                b'{"role":"user","content":"It did not pass."}],"max_tokens":5}'
            ),
        ),
        (
            Dialect.OPENAI_RESPONSES,
            b'{"input":"h\\u0069","model":"m"}',
            (
                b'{"input":[{"role":"user","content":"h\\u0069"},{"role":"assistant","content":"390"},'
                b'{"role":"user","content":"It did not pass."}],"model":"m"}'
            ),
        ),
        (
            Dialect.GEMINI,
            b'{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}',
            (
                b'{"contents":[{"role":"user","parts":[{"text":"hi"}]},{"role":"model","parts":[{"text":"390"}]},'
                b'{"role":"user","parts":[{"text":"It did not pass."}]}]}'
            ),
        ),
    ],
)
def test_the_turns_stand_at_the_end_in_the_words_of_the_dialect(dialect: Dialect, before: bytes, after: bytes) -> None:
    made = said_on(request(before, dialect), FAILED, WHY)
    assert made.body == after
    assert made.input_chars == 4 + len("390") + len("It did not pass.")


def test_turns_without_words_are_left_out() -> None:
    made = said_on(request(b'{"messages":[]}'), Words("assistant", " "), WHY)
    assert made.body == b'{"messages":[{"role":"user","content":"It did not pass."}]}'


def test_nothing_to_say_leaves_the_request_itself() -> None:
    asked = request(b'{"messages":[]}')
    assert said_on(asked, Words("user", "")) is asked


def test_what_is_no_body_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        said_on(request(b"[1]"), WHY)


@given(st.text(min_size=1), st.lists(st.text(), max_size=3))
def test_whatever_was_said_stays_and_whatever_is_said_arrives(said: str, earlier: list[str]) -> None:
    messages = [{"role": "user", "content": text} for text in earlier]
    body = msgspec.json.encode({"model": "auto", "messages": messages, "n": 1})
    encodable = said.encode("utf-8", "replace").decode()

    made = said_on(request(body), Words("user", encodable))

    read = msgspec.json.decode(made.body)
    assert read["messages"][: len(messages)] == messages
    assert not encodable.strip() or read["messages"][-1]["content"] == encodable


def test_a_vendor_of_another_dialect_is_told_the_same() -> None:
    asked = OpenAIChat().read_request(b'{"model":"auto","messages":[{"role":"user","content":"hi"}]}')
    turns = OpenAIChat().read_conversation(said_on(asked, FAILED, WHY)).conversation.turns
    assert [turn.role for turn in turns] == ["user", "assistant", "user"]
