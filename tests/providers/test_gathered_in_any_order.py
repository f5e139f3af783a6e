"""A stream's answer put together while it passes by, and what of it is on the meter when the call is cut short."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.answer import Content, Delta, Finish, Meter, ToolCall, ToolCallDelta
from lanewise.core.usage import Usage
from lanewise.providers.gathered import Gathered, count_content


class _Ticking:
    """A clock that is a second later each time it is asked."""

    def __init__(self) -> None:
        self.time_s = 0.0

    def now_s(self) -> float:
        raise AssertionError("a duration is not told by the wall clock")

    def monotonic_s(self) -> float:
        self.time_s += 1.0
        return self.time_s


def _gathering() -> tuple[Gathered, Meter]:
    meter = Meter()
    return Gathered(meter, _Ticking()), meter


_WORDS = st.text(max_size=8)
_CALLS = st.builds(ToolCall, id=st.text(min_size=1, max_size=4), name=st.text(min_size=1, max_size=4), arguments=_WORDS)
_CONTENTS = st.builds(
    Content, text=_WORDS, reasoning=_WORDS, refusal=_WORDS, tool_calls=st.lists(_CALLS, max_size=3).map(tuple)
)


def _pieces(data: st.DataObject, words: str) -> list[str]:
    cut = data.draw(st.integers(0, len(words)))
    return [words[:cut], words[cut:]]


def _streamed(data: st.DataObject, content: Content) -> list[Delta]:
    """The content as a vendor may stream it: in pieces, its tool calls beginning in any order and growing by turns."""
    voices: list[list[Delta]] = [
        [Delta(**{name: piece}) for piece in _pieces(data, getattr(content, name))]  # type: ignore[arg-type]  # all are text
        for name in ("text", "reasoning", "refusal")
    ]
    for index, call in enumerate(content.tool_calls):
        first: Any = Delta(tool_calls=(ToolCallDelta(index=index, id=call.id, name=call.name),))
        rest = [
            Delta(tool_calls=(ToolCallDelta(index=index, arguments=piece),)) for piece in _pieces(data, call.arguments)
        ]
        voices.append([first, *rest])
    turns = data.draw(st.permutations([number for number, voice in enumerate(voices) for _ in voice]))
    return [voices[number].pop(0) for number in turns]


@given(content=_CONTENTS, data=st.data())
def test_however_an_answer_is_streamed_it_is_the_same_answer_of_the_same_size(
    content: Content, data: st.DataObject
) -> None:
    gathered, meter = _gathering()
    deltas = _streamed(data, content)
    while deltas:
        read = data.draw(st.integers(1, len(deltas)))
        assert not gathered.add(deltas[:read])
        deltas = deltas[read:]
    assert gathered.content() == content

    whole = Meter()
    count_content(content, whole)
    assert (meter.output_chars, meter.reasoning_chars) == (whole.output_chars, whole.reasoning_chars)


def test_a_tool_call_keeps_the_first_name_it_was_given_though_a_vendor_repeats_or_empties_it() -> None:
    gathered, _ = _gathering()
    gathered.add([Delta(tool_calls=(ToolCallDelta(index=0, id="call_1", name="look_up", arguments='{"t":'),))])
    gathered.add([Delta(tool_calls=(ToolCallDelta(index=0, id="", name="", arguments=" 1.1"),))])
    gathered.add([Delta(tool_calls=(ToolCallDelta(index=0, id="call_9", name="other", arguments="0}"),))])
    assert gathered.content().tool_calls == (ToolCall(id="call_1", name="look_up", arguments='{"t": 1.10}'),)


def test_the_meter_is_current_after_every_read_so_that_a_call_cut_short_is_billed_for_what_came() -> None:
    gathered, meter = _gathering()
    gathered.add([Delta(usage=Usage(input_tokens=9, output_tokens=1), served_model="asked"), Delta(text="Grü")])
    assert (meter.output_chars, meter.served_model, meter.usage) == (3, "asked", Usage(input_tokens=9, output_tokens=1))
    assert gathered.finish is None

    gathered.add([Delta(served_model="another", usage=Usage(input_tokens=9, output_tokens=4)), Delta(refusal="no")])
    gathered.add([Delta(finish=Finish.LENGTH), Delta(raw=b": alive\n\n")])
    assert (meter.output_chars, meter.served_model, meter.usage) == (
        5,
        "another",
        Usage(input_tokens=9, output_tokens=4),
    )
    assert gathered.finish is Finish.LENGTH
