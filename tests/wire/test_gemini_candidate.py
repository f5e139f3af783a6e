"""What one response object says."""

from __future__ import annotations

import msgspec
import pytest

from lanewise.core.answer import Finish, TokenLogprob
from lanewise.wire.gemini.candidate import (
    FINISH_WORDS,
    Part,
    Response,
    finish_of,
    logprobs_object,
    logprobs_of,
    refusal_of,
)


@pytest.mark.parametrize("finish", list(Finish))
def test_every_finish_is_said_and_read_again(finish: Finish) -> None:
    assert finish_of(FINISH_WORDS[finish], calls=finish is Finish.TOOL_CALLS) is finish


@pytest.mark.parametrize("reason", [None, "", 7, "FINISH_REASON_UNSPECIFIED"])
def test_no_reason_is_none(reason: object) -> None:
    assert finish_of(reason, calls=False) is None


def test_log_probabilities_are_said_and_read_again() -> None:
    told = (TokenLogprob(token="a", logprob=-0.5, top=(("a", -0.5),)), TokenLogprob(token="b", logprob=-1.0))
    assert logprobs_of(logprobs_object(told)) == told


@pytest.mark.parametrize(
    "result", [None, [], {}, {"chosenCandidates": 7}, {"chosenCandidates": [7], "topCandidates": {}}]
)
def test_an_unknown_shape_of_them_says_nothing(result: object) -> None:
    assert logprobs_of(result) == ()


@pytest.mark.parametrize(
    "member", ["inlineData", "fileData", "executableCode", "codeExecutionResult", "toolCall", "toolResponse"]
)
def test_what_only_a_part_s_bytes_can_show_is_to_be_seen(member: str) -> None:
    assert msgspec.json.decode(f'{{"{member}":{{}}}}', type=Part).media
    assert msgspec.json.decode(f'{{"text":"as shown","{member}":{{}}}}', type=Part).media


@pytest.mark.parametrize(
    "said", ['"text":"hi"', '"thought":true', '"functionCall":{"name":"add"}', '"thoughtSignature":"c2ln"']
)
def test_words_calls_and_proofs_need_no_bytes(said: str) -> None:
    assert not msgspec.json.decode(f"{{{said}}}", type=Part).media


@pytest.mark.parametrize(
    ("body", "reason", "words"),
    [
        (b'{"promptFeedback":{"blockReason":"SAFETY"}}', "SAFETY", "The vendor's filter refused the prompt: SAFETY"),
        (b'{"promptFeedback":{"blockReason":"OTHER","blockReasonMessage":"No."}}', "OTHER", "No."),
    ],
)
def test_why_a_prompt_was_refused(body: bytes, reason: str, words: str) -> None:
    response = msgspec.json.decode(body, type=Response)
    assert (response.blocked(), refusal_of(response)) == (reason, words)


def test_feedback_without_a_reason_refuses_nothing() -> None:
    assert msgspec.json.decode(b'{"promptFeedback":{"safetyRatings":[]}}', type=Response).blocked() == ""
