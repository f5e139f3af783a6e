"""What every ResponseWords must do. A new implementation adds one line to `DIALECTS`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from lanewise.core.answer import Content, Finish, Generation
from lanewise.core.errors import InvalidRequest, UnknownResponse
from lanewise.core.protocols.kept import KeptResponse, Page, ResponseWords
from lanewise.core.request import Dialect, Request
from lanewise.wire import INBOUND
from lanewise.wire.openai_responses.kept import ResponsesKept


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A dialect that keeps responses, with a request that asks in its words."""

    words: ResponseWords
    dialect: Dialect
    small: dict[str, Any]

    def asked(self, **more: Any) -> Request:
        return INBOUND[self.dialect].read_request(json.dumps(self.small | more).encode())

    def kept(self, request: Request, text: str, *, run_id: str, previous: str | None = None) -> KeptResponse:
        """What is kept of this answer to that request."""
        generation = Generation(
            dialect=Dialect.ANTHROPIC_MESSAGES, content=Content(text=text, reasoning="hm"), finish=Finish.STOP
        )
        body = INBOUND[self.dialect].write_answer(generation, request, b'{"run":"r"}', run_id=run_id, created_s=1)
        answered = self.words.answered(request, body)
        assert answered is not None
        return KeptResponse(
            tenant="acme",
            response_id=answered.response_id,
            user=None,
            created_us=1,
            expires_us=2,
            account="there",
            previous_id=previous,
            body=answered.body,
            asked=answered.asked,
            item_ids=answered.item_ids,
        )


DIALECTS: dict[str, Subject] = {
    ResponsesKept.__name__: Subject(
        words=ResponsesKept(), dialect=Dialect.OPENAI_RESPONSES, small={"model": "any", "input": "Hello"}
    )
}


@pytest.mark.parametrize("subject", DIALECTS.values(), ids=DIALECTS)
class TestResponseWords:
    """One run of it per dialect."""

    def test_a_request_of_its_own_names_nothing_and_may_be_kept(self, subject: Subject) -> None:
        named = subject.words.named(subject.asked())
        assert (named.previous_id, named.item_ids, named.keep) == (None, (), True)
        assert not subject.words.named(subject.asked(store=False)).keep

    def test_an_answer_is_what_was_sent_and_is_found_by_its_items(self, subject: Subject) -> None:
        kept = subject.kept(subject.asked(), "Yes", run_id="run_1")
        assert b'"run":"r"' in kept.body
        assert "run_1" in kept.response_id
        assert len(kept.item_ids) == 2

    def test_what_holds_no_response_is_not_kept(self, subject: Subject) -> None:
        for sent in (b"", b"{}", b"<html>", b"event: x\ndata: {\n\n", b'data: {"type":"later"}\n\n'):
            assert subject.words.answered(subject.asked(), sent) is None

    def test_a_line_says_what_was_asked_and_answered_in_order(self, subject: Subject) -> None:
        first = subject.kept(subject.asked(), "Yes", run_id="run_1")
        request = subject.asked(previous_response_id=first.response_id, input="Sure?")
        second = subject.kept(request, "Quite", run_id="run_2", previous=first.response_id)
        named = subject.words.named(subject.asked(previous_response_id=second.response_id))
        earlier = subject.words.earlier(named, (first, second), ())
        text = earlier.items.decode()
        assert [text.index(word) for word in ("Hello", "Yes", "Sure?", "Quite")] == sorted(
            text.index(word) for word in ("Hello", "Yes", "Sure?", "Quite")
        )
        assert earlier.account == "there"

    def test_a_line_that_does_not_begin_is_not_found(self, subject: Subject) -> None:
        named = subject.words.named(subject.asked(previous_response_id="resp_2"))
        gap = subject.kept(subject.asked(), "Yes", run_id="run_2", previous="resp_1")
        for line in ((), (gap,)):
            with pytest.raises(UnknownResponse) as refused:
                subject.words.earlier(named, line, ())
            assert refused.value.status == 404

    def test_every_input_item_has_an_id_and_pages_hold_each_once(self, subject: Subject) -> None:
        first = subject.kept(subject.asked(), "Yes", run_id="run_1")
        second = subject.kept(subject.asked(input="Sure?"), "Quite", run_id="run_2", previous=first.response_id)
        whole = json.loads(subject.words.input_items((first, second), Page(newest_first=False)))
        assert len(whole["data"]) == 4
        assert not whole["has_more"]
        found, after = [], None
        while True:
            page = json.loads(subject.words.input_items((first, second), Page(limit=1, after=after)))
            found += page["data"]
            after = page["last_id"]
            if not page["has_more"]:
                break
        assert found == whole["data"][::-1]
        assert len({item["id"] for item in found}) == 4
        with pytest.raises(InvalidRequest):
            subject.words.input_items((first,), Page(after="nobody"))
