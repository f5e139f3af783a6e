"""What every Inbound dialect must do. A new implementation adds one line to `DIALECTS`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from contracts.vendor_answers import SAMPLES, TEXT
from lanewise.core.answer import Content, Finish, Generation, ToolCall
from lanewise.core.errors import InvalidRequest
from lanewise.core.protocols.dialect import ErrorReport, Inbound
from lanewise.core.request import NO_TARGET, Dialect, Request, Target
from lanewise.core.usage import Usage
from lanewise.wire.anthropic import AnthropicMessages
from lanewise.wire.gemini import Gemini
from lanewise.wire.openai_chat import OpenAIChat
from lanewise.wire.openai_responses import OpenAIResponses

RECORD = b'{"run":"run_1","cost_nanousd":7}'


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A dialect, a small request in it, and the type its parameters must have."""

    inbound: Inbound
    dialect: Dialect
    small: dict[str, Any]
    typed: tuple[str, ...]  # parameters that Lanewise reads, and so refuses where they are of another type
    wrong: tuple[tuple[str, Any], ...]  # such values
    needed: tuple[str, ...]  # without these it is no request
    caps: tuple[tuple[str, ...], ...]  # where it bounds its answer
    message: tuple[str | int, ...]  # where an answer's words stand in a whole body
    arguments: tuple[str | int, ...]  # and those of a tool call after words
    arguments_are_text: bool = False  # JSON written as a string, not as itself

    target: Target = NO_TARGET  # what the path says, where it says anything
    error_kind: tuple[str | int, ...] = ("type",)  # where an error says its kind

    def read(self, **more: Any) -> Request:
        return self.read_bytes(json.dumps(self.small | more).encode())

    def read_bytes(self, body: bytes) -> Request:
        return self.inbound.read_request(body, self.target)

    def written(self, generation: Generation) -> bytes:
        return self.inbound.write_answer(generation, self.read(), RECORD, run_id="run_1", created_s=1)

    def words(self, body: bytes) -> Any:
        return _at(json.loads(body), self.message)

    def tool_arguments(self, body: bytes) -> Any:
        arguments = _at(json.loads(body), self.arguments)
        return json.loads(arguments) if self.arguments_are_text else arguments


def _at(value: Any, steps: tuple[str | int, ...]) -> Any:
    for step in steps:
        value = value[step]
    return value


DIALECTS: dict[str, Subject] = {
    OpenAIChat.__name__: Subject(
        inbound=OpenAIChat(),
        dialect=Dialect.OPENAI_CHAT,
        small={"model": "any", "messages": [{"role": "user", "content": "Hello"}]},
        typed=("model", "messages", "stream", "max_tokens", "max_completion_tokens", "n", "tools", "lanewise"),
        wrong=(("stream", "yes"), ("max_tokens", "0"), ("n", 1.5), ("tools", {})),
        needed=("messages",),
        caps=(("max_tokens",), ("max_completion_tokens",)),
        message=("choices", 0, "message", "content"),
        arguments=("choices", 0, "message", "tool_calls", 0, "function", "arguments"),
        arguments_are_text=True,
    ),
    AnthropicMessages.__name__: Subject(
        inbound=AnthropicMessages(),
        dialect=Dialect.ANTHROPIC_MESSAGES,
        small={"model": "any", "max_tokens": 100, "messages": [{"role": "user", "content": "Hello"}]},
        typed=("model", "messages", "system", "stream", "max_tokens", "tools", "thinking", "output_config", "lanewise"),
        wrong=(("stream", "yes"), ("max_tokens", "0"), ("system", 7), ("thinking", "high"), ("tools", {})),
        needed=("messages",),
        caps=(("max_tokens",),),
        message=("content", 0, "text"),
        arguments=("content", 1, "input"),
    ),
    OpenAIResponses.__name__: Subject(
        inbound=OpenAIResponses(),
        dialect=Dialect.OPENAI_RESPONSES,
        small={"model": "any", "input": [{"role": "user", "content": "Hello"}]},
        typed=("model", "input", "stream", "max_output_tokens", "tools", "text", "reasoning", "background", "lanewise"),
        wrong=(
            ("stream", "yes"),
            ("max_output_tokens", 1.5),
            ("tools", {}),
            ("text", "plain"),
        ),
        needed=(),
        caps=(("max_output_tokens",),),
        message=("output", 0, "content", 0, "text"),
        arguments=("output", 1, "arguments"),
        arguments_are_text=True,
    ),
    Gemini.__name__: Subject(
        inbound=Gemini(),
        dialect=Dialect.GEMINI,
        small={"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]},
        target=Target(model="any", stream=False),
        typed=("contents", "systemInstruction", "generationConfig", "tools", "lanewise"),
        wrong=(
            ("contents", {}),
            ("generationConfig", {"maxOutputTokens": "0"}),
            ("systemInstruction", 7),
            ("tools", {}),
        ),
        needed=("contents",),
        caps=(("generationConfig", "maxOutputTokens"),),
        message=("candidates", 0, "content", "parts", 0, "text"),
        arguments=("candidates", 0, "content", "parts", 1, "functionCall", "args"),
        error_kind=("details", 0, "metadata", "type"),
    ),
}

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def refusal(subject: Subject, name: str, value: Any) -> InvalidRequest | None:
    try:
        subject.read(**{name: value})
    except InvalidRequest as refused:
        return refused
    return None


def told_once(body: bytes) -> bool:
    """Whether the body is one JSON object with the key `lanewise` once, and with this record."""
    pairs = json.loads(body, object_pairs_hook=list)
    return [value for key, value in pairs if key == "lanewise"] == [[("run", "run_1"), ("cost_nanousd", 7)]]


@pytest.mark.parametrize("subject", DIALECTS.values(), ids=DIALECTS)
class TestInboundReading:
    """What a dialect makes of a caller's body."""

    def test_the_caller_s_bytes_are_kept_as_they_are(self, subject: Subject) -> None:
        body = b" " + json.dumps(subject.small | {"temperature": 1.0, "later": None}).encode() + b"\n"
        asked = subject.read_bytes(body)
        assert (asked.body, asked.dialect, asked.model) == (body, subject.dialect, "any")

    def test_what_lanewise_is_told_is_read(self, subject: Subject) -> None:
        asked = subject.read(lanewise={"task": "sum", "user": "ada", "feature": "search", "lane": "reasoning"})
        hints = asked.hints
        assert (hints.task, hints.user, hints.feature, hints.lane) == ("sum", "ada", "search", "reasoning")

    @given(body=st.binary(max_size=80) | JSON.map(lambda value: json.dumps(value).encode()))
    def test_whatever_is_no_request_is_refused_and_nothing_else_happens(self, subject: Subject, body: bytes) -> None:
        # An object with nothing in it may be for its vendor to judge.
        assume(subject.needed or not body.startswith(b"{"))
        with pytest.raises(InvalidRequest) as refused:
            subject.read_bytes(body)
        assert refused.value.message
        assert refused.value.status == 400

    @given(data=st.data(), value=JSON)
    def test_a_value_of_the_wrong_type_is_refused_by_its_name_with_what_to_write(
        self, subject: Subject, data: st.DataObject, value: Any
    ) -> None:
        name = data.draw(st.sampled_from(subject.typed))
        refused = refusal(subject, name, value)
        if refused is not None:
            assert refused.param is not None
            assert refused.param.startswith(name)
            assert f"`{refused.param}`" in refused.message
            assert "; write " in refused.message

    def test_such_values_are_refused(self, subject: Subject) -> None:
        for name, value in subject.wrong:
            assert refusal(subject, name, value) is not None, name

    def test_what_is_missing_is_named_with_what_to_write(self, subject: Subject) -> None:
        for name in subject.needed:
            rest = {key: value for key, value in subject.small.items() if key != name}
            with pytest.raises(InvalidRequest, match="write a") as refused:
                subject.read_bytes(json.dumps(rest).encode())
            assert refused.value.param == name

    @pytest.mark.parametrize("named", [{}, {"model": None}, {"model": ""}], ids=str)
    def test_who_names_no_model_leaves_the_choice_to_the_router(self, subject: Subject, named: dict[str, Any]) -> None:
        if subject.target is NO_TARGET:
            rest = {key: value for key, value in subject.small.items() if key != "model"}
            assert subject.read_bytes(json.dumps(rest | named).encode()).model == "auto"

    def test_a_cap_that_bounds_nothing_is_none_and_told(self, subject: Subject) -> None:
        for *outer, name in subject.caps:
            asked = subject.read(**({outer[0]: {name: -1}} if outer else {name: -1}))
            assert asked.max_output_tokens is None
            (told,) = asked.ignored
            assert told.startswith(f"{'.'.join((*outer, name))}: -1 bounds nothing")

    def test_an_unknown_key_of_lanewise_s_own_is_a_mistake_and_not_ignored(self, subject: Subject) -> None:
        with pytest.raises(InvalidRequest) as refused:
            subject.read(lanewise={"taks": "sum"})
        assert refused.value.param == "lanewise.taks"


@pytest.mark.parametrize("subject", DIALECTS.values(), ids=DIALECTS)
class TestInboundWriting:
    """What a dialect makes of an answer or an error."""

    def test_a_vendor_of_the_same_dialect_is_handed_on_byte_for_byte(self, subject: Subject) -> None:
        body = SAMPLES[subject.dialect].whole[:-1] + b', "exact" : 1.10 }'
        written = subject.written(Generation(dialect=subject.dialect, body=body, finish=Finish.STOP))

        assert told_once(written)
        kept, _, rest = written.partition(b',"lanewise":' + RECORD)
        assert kept + rest == body

    @pytest.mark.parametrize("theirs", ["null", '{"run": "another", "run": "twice"}', '"words"'])
    def test_the_word_of_another_gateway_behind_this_one_is_replaced(self, subject: Subject, theirs: str) -> None:
        whole = SAMPLES[subject.dialect].whole
        body = b'{"lanewise": ' + theirs.encode() + b", " + whole[1:]
        written = subject.written(Generation(dialect=subject.dialect, body=body, finish=Finish.STOP))

        assert told_once(written)
        assert subject.words(written) == TEXT

    @given(text=st.text(min_size=1, max_size=20), arguments=st.dictionaries(st.text(max_size=5), JSON, max_size=3))
    def test_another_dialect_s_answer_keeps_its_meaning(
        self, subject: Subject, text: str, arguments: dict[str, Any]
    ) -> None:
        call = ToolCall(id="call_1", name="look_up", arguments=json.dumps(arguments))
        generation = Generation(
            dialect=next(each for each in Dialect if each is not subject.dialect),
            content=Content(text=text, tool_calls=(call,)),
            finish=Finish.TOOL_CALLS,
            usage=Usage(input_tokens=12, output_tokens=7),
            served_model="model-2026",
        )
        written = subject.written(generation)

        assert told_once(written)
        assert subject.words(written) == text
        assert subject.tool_arguments(written) == arguments
        assert b"run_1" in written[: written.index(b'"lanewise"')]  # its id: the vendor's own is of another dialect
        assert b"model-2026" in written

    @given(message=st.text(), param=st.none() | st.text(max_size=9), code=st.none() | st.text(max_size=9))
    def test_an_error_is_json_whatever_its_words(
        self, subject: Subject, message: str, param: str | None, code: str | None
    ) -> None:
        report = ErrorReport(status=400, kind="invalid_request_error", message=message, param=param, code=code)
        told = json.loads(subject.inbound.write_error(report))["error"]
        assert (_at(told, subject.error_kind), told["message"]) == ("invalid_request_error", message)
