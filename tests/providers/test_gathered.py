"""A stream's answer is put together piece by piece, and its meter counts each character once."""

from __future__ import annotations

import pytest

from lanewise.core.answer import Content, Delta, Finish, Meter, ToolCall, ToolCallDelta
from lanewise.core.usage import Usage
from lanewise.providers.gathered import Gathered, count_content, says_nothing


class Clock:
    def __init__(self) -> None:
        self.time_s = 5.0

    def now_s(self) -> float:
        return self.time_s

    def monotonic_s(self) -> float:
        return self.time_s


def piece(index: int, arguments: str = "", **named: str) -> Delta:
    return Delta(tool_calls=(ToolCallDelta(index=index, arguments=arguments, **named),))


DELTAS = [
    Delta(served_model="m-1"),
    Delta(reasoning="Hmm. "),
    Delta(text="Grüße"),
    piece(1, id="b", name="g"),
    piece(0, '{"x":', id="a", name="f"),
    piece(1, "{}"),
    piece(0, "1}"),
    Delta(refusal="No"),
    Delta(finish=Finish.TOOL_CALLS, usage=Usage(input_tokens=7)),
]
CONTENT = Content(
    text="Grüße",
    reasoning="Hmm. ",
    refusal="No",
    tool_calls=(ToolCall(id="a", name="f", arguments='{"x":1}'), ToolCall(id="b", name="g", arguments="{}")),
)


def test_pieces_come_together_in_the_order_of_their_calls() -> None:
    meter = Meter()
    gathered = Gathered(meter, Clock())
    for delta in DELTAS:
        assert not gathered.add([delta])
    assert gathered.content() == CONTENT
    assert gathered.finish is Finish.TOOL_CALLS
    assert (meter.served_model, meter.usage) == ("m-1", Usage(input_tokens=7))


def test_a_stream_and_a_whole_body_count_the_same_characters() -> None:
    streamed, whole = Meter(), Meter()
    Gathered(streamed, Clock()).add(DELTAS)
    count_content(CONTENT, whole)
    assert (streamed.output_chars, streamed.reasoning_chars) == (5 + 2 + 7 + 2, 5)
    assert (whole.output_chars, whole.reasoning_chars) == (streamed.output_chars, streamed.reasoning_chars)


def test_the_first_output_is_when_something_is_seen_and_stays() -> None:
    meter, clock = Meter(), Clock()
    gathered = Gathered(meter, clock)
    gathered.add(DELTAS[:1])
    assert meter.first_output_s is None
    clock.time_s = 6.0
    gathered.add(DELTAS[1:2])
    clock.time_s = 7.0
    gathered.add(DELTAS[2:])
    assert meter.first_output_s == 6.0


def test_the_terminal_event_is_seen_wherever_it_stands_in_a_read() -> None:
    assert Gathered(Meter(), Clock()).add([Delta(text="x"), Delta(last=True), Delta()])


def test_what_only_its_bytes_hold_is_remembered_to_have_come() -> None:
    gathered = Gathered(Meter(), Clock())
    gathered.add([Delta(text=""), Delta(finish=Finish.STOP)])
    assert not gathered.media
    gathered.add([Delta(media=True), Delta()])
    assert gathered.media


def spent(output: int, thinking: int = 0) -> Usage:
    return Usage(output_tokens=output, reasoning_tokens=thinking)


@pytest.mark.parametrize(
    ("content", "finish", "usage", "nothing"),
    [
        (Content(), Finish.STOP, spent(1), True),
        (Content(), Finish.STOP, None, True),
        (Content(), Finish.LENGTH, spent(500, 500), True),
        # A vendor that does not say how much of it was thinking.
        (Content(reasoning="Hmm"), Finish.STOP, spent(300), True),
        (Content(text=" \n"), Finish.STOP, spent(2), True),
        (Content(text="42"), Finish.STOP, spent(1), False),
        (Content(refusal="No"), Finish.STOP, spent(2), False),
        (CONTENT, Finish.TOOL_CALLS, spent(9), False),
        (Content(), Finish.CONTENT_FILTER, spent(0), False),
        (Content(), Finish.STOP, spent(200), False),  # sound, which is not read here
    ],
)
def test_an_answer_is_empty_where_nothing_but_thinking_was_generated(
    content: Content, finish: Finish, usage: Usage | None, *, nothing: bool
) -> None:
    assert says_nothing(content, finish, usage) is nothing
