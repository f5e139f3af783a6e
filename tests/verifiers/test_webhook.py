"""An operator's own check says what it says, at once or later."""

from __future__ import annotations

import json
from typing import Any

import pytest

from judging import candidate, nobody
from lanewise.core.answer import ToolCall
from lanewise.core.verdict import Verdict, digest_of_name
from lanewise.verifiers.webhook import Delivered, Delivery, Options, WebhookDown, WebhookVerifier, read_verdict
from walking import at_once

SECRET = "a secret that nobody knows"


class Address:
    """Answers every message the same, and keeps what it was sent."""

    def __init__(self, status: int, body: bytes) -> None:
        self._answer = Delivered(id="msg_1", status=status, body=body)
        self.sent: list[Delivery] = []

    async def deliver(self, delivery: Delivery) -> Delivered:
        self.sent.append(delivery)
        return self._answer


def judged(status: int, body: object, **options: Any) -> Verdict:
    address = Address(status, json.dumps(body).encode())
    verifier = WebhookVerifier(
        Options(url="https://checks.example/verify", secret=SECRET, **options), deliver=address.deliver
    )
    return at_once(verifier.verify(candidate("4"), nobody))


def test_it_says_what_the_address_says() -> None:
    assert judged(200, {"verdict": "accept"}).word == "accept"
    said = judged(200, {"verdict": "reject", "reason": "Two tests fail.", "score": 0.6, "repairable": False})
    assert (said.word, said.kind, said.reason, said.score, said.repairable) == (
        "reject",
        "evidence",
        "Two tests fail.",
        0.6,
        False,
    )
    assert judged(200, {"verdict": "unverifiable"}).reason == "The webhook gave no reason."


def test_an_address_that_runs_tests_proves() -> None:
    assert judged(200, {"verdict": "accept"}, proof=True).kind == "proof"


def test_a_verdict_that_comes_later_names_what_it_comes_under() -> None:
    said = judged(202, {})
    assert (said.word, said.deferred) == ("unverifiable", digest_of_name("msg_1"))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, {}),
        (302, {}),
        (200, {}),
        (200, {"verdict": "fine"}),
        (200, {"verdict": "accept", "score": 7}),
        (404, {"verdict": "accept"}),
    ],
)
def test_whatever_is_no_verdict_is_a_verifier_that_is_down(status: int, body: object) -> None:
    with pytest.raises(WebhookDown, match=str(status)):
        judged(status, body)


def test_question_answer_and_tool_calls_are_sent_and_nothing_of_the_caller() -> None:
    address = Address(200, b'{"verdict": "accept"}')
    verifier = WebhookVerifier(Options(url="https://checks.example/verify", secret=SECRET), deliver=address.deliver)
    call = ToolCall(id="1", name="refund", arguments='{"amount": 5}')
    at_once(verifier.verify(candidate("half a pair: \ud800", asked="Refund?", calls=(call,)), nobody))
    told = json.loads(address.sent[0].body)
    assert told["partial"] is False
    assert set(told) == {"type", "partial", "task", "feature", "question", "answer", "tool_calls", "refusal", "finish"}
    assert (told["question"], told["tool_calls"]) == ("Refund?", [{"name": "refund", "arguments": '{"amount": 5}'}])


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("checks.example", "is no address"),
        ("file:///etc/passwd", "is no address"),
        ("http://checks.example", "unencrypted"),
    ],
)
def test_a_wrong_address_is_told_when_the_policy_is_read(url: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        WebhookVerifier(Options(url=url, secret=SECRET), deliver=Address(200, b"").deliver)


def test_a_late_verdict_is_read_like_one_at_once() -> None:
    late = read_verdict(b'{"verdict": "accept", "score": 0.9}', proof=True)
    assert late is not None
    assert (late.word, late.kind, late.score) == ("accept", "proof", 0.9)
    assert read_verdict(b"[" * 100_000, proof=False) is None
    assert read_verdict(b"", proof=False) is None


def test_the_secret_is_in_no_text_about_options_and_messages() -> None:
    options = Options(url="https://checks.example/verify", secret=SECRET)
    address = Address(200, b'{"verdict": "accept"}')
    at_once(WebhookVerifier(options, deliver=address.deliver).verify(candidate("4"), nobody))
    assert SECRET not in f"{options!r} {options} {address.sent[0]!r}"


def test_a_verdict_that_says_two_things_is_none() -> None:
    assert read_verdict(b'{"verdict": "reject", "verdict": "accept"}', proof=True) is None
