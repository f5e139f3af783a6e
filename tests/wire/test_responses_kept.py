"""What of kept responses is said again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lanewise.core.errors import UnknownResponse
from lanewise.core.protocols.kept import KeptResponse, Named, Page
from lanewise.core.request import Earlier
from lanewise.wire.openai_responses.kept import ResponsesKept
from wire.responses_calls import asked, event

WORDS = ResponsesKept()
REASONING = {"type": "reasoning", "id": "rs_1", "summary": []}
MESSAGE = {"type": "message", "id": "msg_1", "role": "assistant", "content": [{"type": "output_text", "text": "Yes"}]}


def body(*output: Any, **members: Any) -> bytes:
    return json.dumps({"id": "resp_1", "object": "response", "output": list(output)} | members).encode()


def kept(*output: Any, asks: Any = (), account: str = "there", previous: str | None = None) -> KeptResponse:
    return KeptResponse(
        tenant="acme",
        response_id="resp_1",
        user=None,
        created_us=1,
        expires_us=2,
        account=account,
        previous_id=previous,
        body=body(*output),
        asked=json.dumps(list(asks)).encode(),
        item_ids=(),
    )


def test_what_a_request_names() -> None:
    items = [
        {"type": "item_reference", "id": "msg_1"},
        {"role": "user", "content": 'what is "item_reference"?'},
        {"type": "item_reference", "id": 5},
    ]
    named = WORDS.named(asked(input=items, previous_response_id="resp_1"))
    assert named == Named(previous_id="resp_1", item_ids=("msg_1",))


def test_a_stream_s_end_holds_its_response() -> None:
    stream = b': lanewise {"a":\n' + event("response.completed", response=json.loads(body(MESSAGE, store=False)))
    answered = WORDS.answered(asked(stream=True), stream)
    assert answered is not None
    assert (answered.response_id, answered.item_ids, answered.kept_by_vendor) == ("resp_1", ("msg_1",), False)
    assert json.loads(answered.body)["output"] == [MESSAGE]
    alone = WORDS.answered(asked(), b"data: " + json.dumps({"type": "x", "response": json.loads(body())}).encode())
    assert alone is not None


def test_what_was_asked_is_kept_as_it_was_said_and_what_was_named_in_full() -> None:
    plain = WORDS.answered(asked(), body())
    assert plain is not None
    assert json.loads(plain.asked) == [
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello"}]}
    ]
    earlier = Earlier(named={"msg_1": json.dumps(MESSAGE).encode()})
    named = WORDS.answered(asked(earlier, input=[{"type": "item_reference", "id": "msg_1"}]), body())
    assert named is not None
    assert json.loads(named.asked) == [MESSAGE]
    nothing = WORDS.answered(asked(input=None, previous_response_id="resp_0"), body())
    assert nothing is not None
    assert nothing.asked == b"[]"


def test_what_was_said_before_and_who_remembers_it() -> None:
    question = {"role": "user", "content": "First?"}
    earlier = WORDS.earlier(Named(previous_id="resp_1"), (kept(REASONING, MESSAGE, asks=[question]),), ())
    assert json.loads(earlier.items) == [question, REASONING, MESSAGE]
    assert earlier.account == "there"


@pytest.mark.parametrize(
    ("line", "holders", "account"),
    [
        ([kept(account="a"), kept(account="b")], [], "b"),
        ([kept(account="a")], [kept(MESSAGE, account="a")], "a"),
        ([kept(account="a")], [kept(MESSAGE, account="b")], ""),
        ([], [kept(MESSAGE, account="")], ""),
    ],
)
def test_one_account_must_remember_all_of_it(
    line: list[KeptResponse], holders: list[KeptResponse], account: str
) -> None:
    named = Named(previous_id="resp_1" if line else None, item_ids=("msg_1",) if holders else ())
    assert WORDS.earlier(named, tuple(line), tuple(holders)).account == account


def test_an_item_that_nobody_holds_is_not_found() -> None:
    with pytest.raises(UnknownResponse, match="msg_9") as refused:
        WORDS.earlier(Named(item_ids=("msg_1", "msg_9")), (), (kept(MESSAGE),))
    assert refused.value.param == "input"


def test_listed_items_have_ids_types_and_parts() -> None:
    items = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yes"}, MESSAGE]
    listed = json.loads(WORDS.input_items((kept(asks=items),), Page(newest_first=False)))["data"]
    assert listed[0] == {
        "role": "user",
        "content": [{"type": "input_text", "text": "Hi"}],
        "id": "msg_resp_1_in_0",
        "type": "message",
    }
    assert listed[1]["content"] == [{"type": "output_text", "text": "Yes", "annotations": []}]
    assert listed[2] == MESSAGE


def test_nothing_is_listed_of_a_response_that_was_asked_nothing() -> None:
    page = json.loads(WORDS.input_items((kept(),), Page()))
    assert page == {"object": "list", "data": [], "first_id": None, "last_id": None, "has_more": False}
