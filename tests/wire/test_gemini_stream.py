"""Gemini's stream beyond what every stream has in common: thoughts, proofs, calls of every kind, endings, and the array form."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.answer import Delta, Finish, TokenLogprob, ToolCallDelta
from lanewise.core.failure import Failure, FailureKind
from lanewise.wire.gemini.stream import GeminiStreamReader
from wire.calls import read_whole
from wire.gemini_calls import events, response


def heard(*responses: dict[str, Any]) -> tuple[list[Delta], Failure | None]:
    return read_whole(GeminiStreamReader(), events(*responses))


def function(name: str | None = None, **more: Any) -> dict[str, Any]:
    return {"functionCall": more if name is None else {"name": name, **more}}


def calls(*responses: dict[str, Any]) -> list[ToolCallDelta]:
    return [piece for delta in heard(*responses)[0] for piece in delta.tool_calls]


def test_thoughts_words_and_their_proof_come_in_one_chunk() -> None:
    (delta,), failure = heard(
        response({"text": "hm", "thought": True}, {"text": "So", "thoughtSignature": "p"}, {"text": " it is"})
    )
    assert failure is None
    assert (delta.reasoning, delta.text, delta.signature, delta.finish) == ("hm", "So it is", "p", Finish.STOP)


def test_a_stream_is_whole_where_it_ends_after_a_finish_reason() -> None:
    assert heard(response({"text": "a"}, finish=None), response(finish="STOP"))[1] is None
    failure = heard(response({"text": "a"}, finish=None))[1]
    assert failure is not None
    assert failure.kind is FailureKind.CUT_STREAM


def test_half_a_chunk_after_the_finish_reason_is_a_cut_stream() -> None:
    _, failure = read_whole(GeminiStreamReader(), events(response({"text": "a"})) + b'data: {"cand')
    assert failure is not None


def test_whole_calls_with_and_without_arguments() -> None:
    first, second = calls(
        response(function("f", args={"a": 1}) | {"thoughtSignature": "p"}, finish=None),
        response(function("g", id="mine")),
    )
    assert (first.index, first.name, first.arguments, first.signature) == (0, "f", '{"a": 1}', "p")
    assert (second.index, second.id, second.name, second.arguments) == (1, "mine", "g", "{}")
    assert first.id
    assert first.id != second.id


def test_a_made_up_id_is_the_same_whenever_the_answer_is_read() -> None:
    one = response(function("f", args={}), function("f", args={}))
    assert calls(one) == calls(one)
    assert len({call.id for call in calls(one)}) == 2
    assert calls(one | {"responseId": "r2"})[0].id != calls(one)[0].id


@pytest.mark.parametrize(
    ("parts", "reason", "finish"),
    [
        ([function("f")], "STOP", Finish.TOOL_CALLS),
        ([{"text": "a"}], "STOP", Finish.STOP),
        ([], "MAX_TOKENS", Finish.LENGTH),
        ([], "SAFETY", Finish.CONTENT_FILTER),
        ([], "PROHIBITED_CONTENT", Finish.CONTENT_FILTER),
        ([], "MODEL_ARMOR", Finish.CONTENT_FILTER),
        ([], "UNEXPECTED_TOOL_CALL", Finish.OTHER),
        ([], "MALFORMED_FUNCTION_CALL", Finish.OTHER),
        ([], "A_LATER_REASON", Finish.OTHER),
    ],
)
def test_every_ending_has_a_meaning(parts: list[dict[str, Any]], reason: str, finish: Finish) -> None:
    (delta,), failure = heard(response(*parts, finish=reason))
    assert (delta.finish, failure) == (finish, None)


def test_a_call_in_an_earlier_chunk_counts_for_the_ending() -> None:
    deltas, _ = heard(response(function("f"), finish=None), response(finish="STOP"))
    assert deltas[-1].finish is Finish.TOOL_CALLS


def test_a_blocked_prompt_is_a_refusal_in_the_vendor_s_words() -> None:
    (delta,), failure = heard({"promptFeedback": {"blockReason": "SAFETY", "blockReasonMessage": "No."}})
    assert (delta.refusal, delta.finish, failure) == ("No.", Finish.CONTENT_FILTER, None)


def test_only_the_first_of_several_candidates_is_heard() -> None:
    two = response({"text": "a"})
    two["candidates"].append({"index": 1, "content": {"parts": [{"text": "b"}]}, "finishReason": "STOP"})
    assert heard(two)[0][0].text == "a"


def test_pictures_and_google_s_own_tools_are_seen_but_have_no_words() -> None:
    for kind in ("inlineData", "fileData", "executableCode", "codeExecutionResult", "toolCall", "toolResponse"):
        assert heard(response({kind: {}}))[0][0].media


def test_log_probabilities() -> None:
    chunk = response({"text": "a"})
    chunk["candidates"][0]["logprobsResult"] = {
        "chosenCandidates": [{"token": "a", "logProbability": -0.5, "tokenId": 7}],
        "topCandidates": [
            {"candidates": [{"token": "a", "logProbability": -0.5}, {"token": "b", "logProbability": -2}]}
        ],
    }
    told = (TokenLogprob(token="a", logprob=-0.5, top=(("a", -0.5), ("b", -2.0))),)
    assert heard(chunk)[0][0].logprobs == told


def test_arguments_in_pieces_come_once_they_are_whole() -> None:
    pieces = calls(
        response(function("f", willContinue=True), finish=None),
        response(
            function(
                partialArgs=[{"jsonPath": "$.a[0].b", "stringValue": "x", "willContinue": True}], willContinue=True
            ),
            finish=None,
        ),
        response(function(partialArgs=[{"jsonPath": "$.a[0].b", "stringValue": "y"}], willContinue=True), finish=None),
        response(function(partialArgs=[{"jsonPath": "$.n", "numberValue": 1.5}], willContinue=True), finish=None),
        response(function(), function("g", args={}), finish="STOP"),
    )
    assert [(piece.index, piece.name, piece.arguments) for piece in pieces] == [
        (0, "f", ""),
        (0, None, '{"a":[{"b":"xy"}],"n":1.5}'),
        (1, "g", "{}"),
    ]


def test_arguments_in_pieces_end_with_the_stream_too() -> None:
    pieces = calls(response(function("f", willContinue=True), finish=None), response(finish="STOP"))
    assert [piece.arguments for piece in pieces] == ["", "{}"]


@pytest.mark.parametrize("path", ["a", "$", "$.a[", "$[0]", "$.a[99999999]", "$..", 7])
def test_a_piece_without_a_place_is_malformed(path: object) -> None:
    piece = {"jsonPath": path, "stringValue": "x"}
    _, failure = heard(response(function("f", partialArgs=[piece], willContinue=True)), response())
    assert failure is not None
    assert failure.kind is FailureKind.MALFORMED


def test_an_error_in_the_stream_has_google_s_words() -> None:
    error = {"error": {"code": 503, "message": "Overloaded", "status": "UNAVAILABLE"}}
    deltas, failure = heard(response({"text": "a"}, finish=None), error, response())
    assert deltas[-1].last
    assert failure is not None
    assert (failure.kind, failure.message) == (FailureKind.OVERLOADED, "Overloaded")


def array(*responses: dict[str, Any]) -> bytes:
    return (
        b"["
        + b",\r\n".join(json.dumps(each).replace('{"candidates"', '{\n "candidates"').encode() for each in responses)
        + b"\n]\n"
    )


TRICKY = response({"text": 'a "quoted\\" ] } brace, \\ and é'}, finish=None)


class TestArray:
    """What Gemini streams to those who did not ask for events."""

    def test_it_says_the_same(self) -> None:
        chunks = (TRICKY, response(function("f", args={"a": "]}"})))
        deltas, failure = read_whole(GeminiStreamReader(), array(*chunks))
        said = [(delta.text, delta.tool_calls, delta.finish) for delta in deltas if delta.raw.strip(b"\n]")]
        assert failure is None
        assert said == [(delta.text, delta.tool_calls, delta.finish) for delta in heard(*chunks)[0]]
        assert b"".join(delta.raw for delta in deltas) == array(*chunks).rstrip(b"\n")

    @given(st.data())
    def test_it_does_not_matter_where_the_network_cuts(self, data: st.DataObject) -> None:
        stream = array(TRICKY, response({"text": "b"}))
        cuts = sorted(data.draw(st.lists(st.integers(1, len(stream)), max_size=9)))
        assert read_whole(GeminiStreamReader(), stream, cuts) == read_whole(GeminiStreamReader(), stream)

    def test_a_clean_end_before_the_bracket_closes_is_a_cut_stream(self) -> None:
        stream = array(TRICKY, response({"text": "b"})).rstrip()
        for length in range(len(stream)):
            _, failure = read_whole(GeminiStreamReader(), stream[:length])
            assert failure is not None, stream[:length]

    def test_an_error_in_it_ends_it(self) -> None:
        deltas, failure = read_whole(GeminiStreamReader(), array(TRICKY, {"error": {"code": 500, "message": "no"}}))
        assert deltas[-1].last
        assert failure is not None
        assert failure.message == "no"

    @pytest.mark.parametrize("odd", [b'"words", {}', b"7, {}", b"null {}"])
    def test_anything_but_objects_is_malformed_and_what_came_before_is_told(self, odd: bytes) -> None:
        good = array(response({"text": "a"}, finish=None)).rstrip(b"]\n")
        for cuts in ([], list(range(1, len(good)))):
            deltas, failure = read_whole(GeminiStreamReader(), good + b"," + odd + b"]", cuts)
            assert [(delta.text, delta.last) for delta in deltas] == [("a", False), ("", True)]
            assert failure is not None
            assert failure.kind is FailureKind.MALFORMED

    def test_an_element_without_end_is_refused_before_it_fills_the_memory(self) -> None:
        stream = b'[{"a":"' + b"x" * 17 * 1024 * 1024
        _, failure = read_whole(GeminiStreamReader(), stream, [1024, 16 * 1024 * 1024])
        assert failure is not None
        assert failure.kind is FailureKind.MALFORMED

    @given(st.lists(st.binary(max_size=20) | st.sampled_from([b"{", b"}", b"[", b"]", b'"', b"\\", b'{"a":1}', b","])))
    def test_no_bytes_at_all_bring_it_down(self, pieces: list[bytes]) -> None:
        reader = GeminiStreamReader()
        for piece in [b"[", *pieces]:
            reader.feed(piece)
        assert reader.end() is not None


def test_answers_that_nobody_has_asked_for_pass_by_and_are_told() -> None:
    other = response({"text": "b"}, finish=None)
    other["candidates"][0]["index"] = 1
    deltas, failure = heard(response({"text": "a"}, finish=None), other, response(finish="STOP"))
    assert failure is None
    assert [delta.others for delta in deltas] == [False, True, False]
