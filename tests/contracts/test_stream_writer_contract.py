"""What every StreamWriter must do. A new implementation adds one line to `WRITERS`.

What it writes is judged by the reader of the same dialect: a caller's client is one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.vendor_answers import SAMPLES, TEXT
from lanewise.core.answer import Delta, Finish, ToolCallDelta
from lanewise.core.failure import Failure
from lanewise.core.policy import ModelFacts
from lanewise.core.protocols.dialect import ErrorReport, StreamWriter
from lanewise.core.request import NO_TARGET, Dialect, Passed, Target
from lanewise.core.usage import Usage
from lanewise.wire import INBOUND, OUTBOUND
from lanewise.wire.anthropic.writer import MessageStreamWriter
from lanewise.wire.gemini.writer import GeminiStreamWriter
from lanewise.wire.openai_chat.writer import ChatStreamWriter
from lanewise.wire.openai_responses.writer import ResponseStreamWriter

RECORD = b'{"run":"run_1","lane":"standard"}'
REPORT = ErrorReport(status=502, kind="upstream_error", message="The vendor hung up", code="cut_stream")


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A writer of one dialect, and a request that it answers."""

    dialect: Dialect
    body: bytes
    kind: type
    target: Target = NO_TARGET  # what the path says
    query: tuple[tuple[str, str], ...] = ()
    pieces: bool = True  # tool arguments may come in pieces, and be whatever a model wrote; else whole, and an object
    terminal: bool = True  # an event of its own ends it; else its last chunk waits for the record, which stands in it

    def writer(self) -> StreamWriter:
        inbound = INBOUND[self.dialect]
        request = msgspec.structs.replace(inbound.read_request(self.body, self.target), passed=Passed(query=self.query))
        writer = inbound.stream_writer(request, run_id="run_1", created_s=1)
        assert type(writer) is self.kind
        return writer

    def heard(self, stream: bytes) -> tuple[list[Delta], Failure | None]:
        """What a client of this dialect makes of it."""
        reader = OUTBOUND[self.dialect].stream_reader(ModelFacts())
        return reader.feed(stream), reader.end()


WRITERS: dict[str, Subject] = {
    ChatStreamWriter.__name__: Subject(
        dialect=Dialect.OPENAI_CHAT,
        body=b'{"model":"any","stream":true,"messages":[{"role":"user","content":"Hello"}]}',
        kind=ChatStreamWriter,
    ),
    MessageStreamWriter.__name__: Subject(
        dialect=Dialect.ANTHROPIC_MESSAGES,
        body=b'{"model":"any","stream":true,"max_tokens":100,"thinking":{"type":"adaptive"},"messages":[{"role":"user","content":"Hello"}]}',
        kind=MessageStreamWriter,
    ),
    ResponseStreamWriter.__name__: Subject(
        dialect=Dialect.OPENAI_RESPONSES,
        body=b'{"model":"any","stream":true,"input":"Hello"}',
        kind=ResponseStreamWriter,
    ),
    GeminiStreamWriter.__name__: Subject(
        dialect=Dialect.GEMINI,
        body=b'{"contents":[{"role":"user","parts":[{"text":"Hello"}]}],"generationConfig":{"thinkingConfig":{"includeThoughts":true}}}',
        kind=GeminiStreamWriter,
        target=Target(model="any", stream=True),
        query=(("alt", "sse"),),
        pieces=False,
        terminal=False,
    ),
}


def vendor_s(dialect: Dialect) -> list[Delta]:
    """The deltas of a vendor's good stream."""
    return OUTBOUND[dialect].stream_reader(ModelFacts()).feed(b"".join(SAMPLES[dialect].events))


Meaning = tuple[str, str, list[tuple[int, str]]]


def meaning(deltas: list[Delta]) -> Meaning:
    pieces = [(piece.index, piece.arguments) for delta in deltas for piece in delta.tool_calls if piece.arguments]
    return "".join(delta.text for delta in deltas), "".join(delta.reasoning for delta in deltas), pieces


def with_whole_calls(meant: Meaning) -> Meaning:
    """The same where a call's arguments must be an object: nothing but space is an empty one, and what is none stands in one."""
    text, reasoning, pieces = meant
    whole = "".join(arguments for _, arguments in pieces)
    bare = whole.strip() or "{}"
    if not pieces:
        return meant
    try:
        is_object = isinstance(json.loads(bare), dict)
    except ValueError:
        is_object = False
    return text, reasoning, [(0, bare if is_object else msgspec.json.encode({"arguments": whole}).decode())]


DELTAS = st.lists(
    st.builds(Delta, text=st.text(min_size=1, max_size=8))
    | st.builds(Delta, reasoning=st.text(min_size=1, max_size=8))
    | st.text(min_size=1, max_size=8).map(lambda part: Delta(tool_calls=(ToolCallDelta(index=0, arguments=part),)))
    | st.builds(Delta, usage=st.builds(Usage, input_tokens=st.integers(0, 9)), signature=st.text(max_size=3)),
    max_size=8,
)

WORDS_THAT_END_LINES = st.lists(st.sampled_from(["\n", "\r", "data: [DONE]", "{}", " ", "said"])).map("".join)


@pytest.mark.parametrize("subject", WRITERS.values(), ids=WRITERS)
class TestStreamWriter:
    """One run of it per writer."""

    @pytest.mark.parametrize("source", sorted(SAMPLES))
    def test_any_vendor_s_good_stream_is_a_good_stream_for_its_caller(self, subject: Subject, source: Dialect) -> None:
        writer = subject.writer()
        deltas, failure = subject.heard(writer.write(source, vendor_s(source)) + writer.finish(RECORD))

        assert failure is None
        assert meaning(deltas)[0] == TEXT
        assert [delta.finish for delta in deltas if delta.finish] == [Finish.STOP]
        assert deltas[-1].last == subject.terminal

    def test_a_vendor_of_the_same_dialect_is_relayed_in_its_own_bytes(self, subject: Subject) -> None:
        deltas = [delta for delta in vendor_s(subject.dialect) if not delta.usage_only]
        writer = subject.writer()
        written = writer.write(subject.dialect, [delta for delta in deltas if not delta.last])
        ending = writer.finish(RECORD)
        if not subject.terminal:
            ending = b": lanewise " + RECORD + b"\n" + ending.replace(b',"lanewise":' + RECORD, b"")
        record, _, terminal = ending.partition(b"\n")
        assert written + terminal == b"".join(delta.raw for delta in deltas)
        assert record == b": lanewise " + RECORD

    @given(deltas=DELTAS, where=st.integers(0, 8))
    def test_another_dialect_s_words_arrive_however_they_are_cut(
        self, subject: Subject, deltas: list[Delta], where: int
    ) -> None:
        source = next(each for each in SAMPLES if each is not subject.dialect)
        writer, end = subject.writer(), [Delta(finish=Finish.LENGTH)]
        stream = writer.write(source, deltas[:where]) + writer.write(source, deltas[where:] + end)
        heard, failure = subject.heard(stream + writer.finish(RECORD))

        assert failure is None
        assert meaning(heard) == (meaning(deltas) if subject.pieces else with_whole_calls(meaning(deltas)))
        assert [delta.finish for delta in heard if delta.finish] == [Finish.LENGTH]

    def test_the_terminal_event_comes_from_finish_alone(self, subject: Subject) -> None:
        for source in SAMPLES:
            heard, _ = subject.heard(subject.writer().write(source, vendor_s(source)))
            assert not any(delta.last for delta in heard)

    @given(said=st.text() | WORDS_THAT_END_LINES, place=st.integers(0, 2))
    def test_a_comment_of_any_words_changes_nothing_a_client_hears(
        self, subject: Subject, said: str, place: int
    ) -> None:
        writer = subject.writer()
        parts = [writer.write(subject.dialect, [delta]) for delta in vendor_s(subject.dialect)]
        plain = b"".join(parts) + writer.finish(RECORD)
        parts.insert(place, writer.comment(said))
        heard, failure = subject.heard(b"".join(parts) + writer.finish(RECORD))

        expected, _ = subject.heard(plain)
        assert failure is None
        assert meaning(heard) == meaning(expected)
        assert len(heard) == len(expected)

    def test_a_comment_is_never_empty_so_it_is_a_sign_of_life(self, subject: Subject) -> None:
        assert subject.writer().comment("")

    def test_progress_is_a_whole_event_that_adds_no_word_to_the_answer(self, subject: Subject) -> None:
        writer = subject.writer()
        stream = writer.progress("routed", b'{"lane":"standard"}') + writer.write(
            subject.dialect, vendor_s(subject.dialect)
        )
        heard, failure = subject.heard(stream + writer.finish(RECORD))

        assert failure is None
        assert meaning(heard)[0] == TEXT
        assert (b"routed" in heard[0].raw, b"standard" in heard[0].raw) == (True, True)
        assert not heard[0].shows

    @pytest.mark.parametrize("begun", [False, True])
    def test_an_error_ends_the_stream_without_its_terminal_event(self, subject: Subject, *, begun: bool) -> None:
        writer = subject.writer()
        before = writer.write(subject.dialect, vendor_s(subject.dialect)[:1]) if begun else b""
        heard, failure = subject.heard(before + writer.error(REPORT))

        assert failure is not None
        assert failure.message == "The vendor hung up"
        assert heard[-1].last
        terminal = SAMPLES[subject.dialect].events[-1].strip()
        assert terminal not in writer.error(REPORT)

    def test_finish_tells_the_record_and_then_ends(self, subject: Subject) -> None:
        """In a comment before the terminal event; where the dialect has neither, in its last chunk."""
        writer = subject.writer()
        stream = writer.write(subject.dialect, vendor_s(subject.dialect)) + writer.finish(RECORD)
        if not subject.terminal:
            assert json.loads(stream.strip().split(b"data: ")[-1])["lanewise"] == json.loads(RECORD)
            return
        terminal = SAMPLES[subject.dialect].events[-1]
        assert stream.endswith(b"\n" + terminal)
        comment = stream.removesuffix(b"\n" + terminal).split(b"\n")[-1]

        name, _, told = comment.partition(b" ")[2].partition(b" ")
        assert comment.startswith(b": ")
        assert (name, json.loads(told)) == (b"lanewise", json.loads(RECORD))

    def test_a_record_over_several_lines_does_not_end_its_comment_early(self, subject: Subject) -> None:
        writer = subject.writer()
        answer = writer.write(subject.dialect, vendor_s(subject.dialect))
        heard, failure = subject.heard(answer + writer.finish(b'{"run":\n"run_1"}'))
        assert failure is None
        told = b"".join(delta.raw for delta in heard[-2:]).replace(b'"lanewise":', b"lanewise ")
        assert b'lanewise {"run": "run_1"}' in told
