"""What every Outbound dialect must do. A new implementation adds one line to `DIALECTS`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.vendor_answers import SAMPLES, TEXT
from lanewise.core.answer import Finish
from lanewise.core.errors import InvalidRequest
from lanewise.core.policy import Deployment, ModelFacts, ProviderPolicy
from lanewise.core.protocols.dialect import Outbound, WireCall
from lanewise.core.protocols.provider import Call
from lanewise.core.request import NO_TARGET, Dialect, Target
from lanewise.wire import INBOUND
from lanewise.wire.anthropic import AnthropicMessages
from lanewise.wire.gemini import Gemini
from lanewise.wire.openai_chat import OpenAIChat
from lanewise.wire.openai_responses import OpenAIResponses
from lanewise.wire.splice import members

#: The closed list of edits to bytes of the same dialect, by the member they touch. Cache markers stand inside messages and tools.
EDITS = frozenset(
    {
        "model",
        "max_tokens",
        "max_completion_tokens",
        "max_output_tokens",
        "reasoning_effort",
        "reasoning",
        "stream_options",
        "generationConfig",  # of it, the output cap, thinking, and what the model cannot take
    }
    | {"thinking", "output_config", "lanewise", "metadata", "cache_control"}
)


SMALL: dict[str, Any] = {"model": "any", "messages": [{"role": "user", "content": "Hello"}]}


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A dialect towards vendors, and where it says how much a model may answer."""

    outbound: Outbound
    dialect: Dialect
    caps: tuple[str, ...]
    own: dict[str, Any]  # a small request in its own words
    words: Callable[[dict[str, Any]], Any]  # what the user says, in a body
    config: str = ""  # the member that holds the settings, where they stand in one
    target: Target = NO_TARGET  # what the path says of a request in its own words

    def settings(self, body: dict[str, Any]) -> dict[str, Any]:
        """Every parameter by its name, wherever it stands."""
        inner: dict[str, Any] = body.get(self.config, {})
        return body | inner

    def call(
        self,
        asked: dict[str, Any],
        facts: ModelFacts | None = None,
        spoken: Dialect = Dialect.OPENAI_CHAT,
        **limits: Any,
    ) -> Call:
        target = next((each.target for each in DIALECTS.values() if each.dialect is spoken), NO_TARGET)
        request = INBOUND[spoken].read_request(json.dumps(asked).encode(), target)
        provider = ProviderPolicy(name="vendor", dialect=self.dialect, base_url="http://127.0.0.1/v1")
        deployment = Deployment(provider=provider, model="served-model", facts=facts or ModelFacts())
        settings: dict[str, Any] = {"stream": request.stream, "max_output_tokens": 4_096} | limits
        return Call(request=request, deployment=deployment, **settings)

    def sent(self, asked: dict[str, Any], facts: ModelFacts | None = None, **limits: Any) -> WireCall:
        return self.written(self.call(asked, facts, **limits))

    def written(self, call: Call) -> WireCall:
        here = call.request.dialect
        translated = None if here is self.dialect else INBOUND[here].read_conversation(call.request)
        return self.outbound.write_call(call, translated)


DIALECTS: dict[str, Subject] = {
    OpenAIChat.__name__: Subject(
        outbound=OpenAIChat(),
        dialect=Dialect.OPENAI_CHAT,
        caps=("max_tokens", "max_completion_tokens"),
        own=SMALL,
        words=lambda body: body["messages"][0]["content"],
    ),
    OpenAIResponses.__name__: Subject(
        outbound=OpenAIResponses(),
        dialect=Dialect.OPENAI_RESPONSES,
        caps=("max_output_tokens",),
        own={"model": "any", "input": "Hello"},
        words=lambda body: body["input"][0]["content"][0]["text"],
    ),
    AnthropicMessages.__name__: Subject(
        outbound=AnthropicMessages(),
        dialect=Dialect.ANTHROPIC_MESSAGES,
        caps=("max_tokens",),
        own=SMALL,
        words=lambda body: body["messages"][0]["content"],
    ),
    Gemini.__name__: Subject(
        outbound=Gemini(),
        dialect=Dialect.GEMINI,
        caps=("maxOutputTokens",),
        config="generationConfig",
        own={"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]},
        words=lambda body: body["contents"][0]["parts"][0]["text"],
        target=Target(model="any", stream=False),
    ),
}

TOOL = {"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}
TOKENS = st.integers(1, 100_000)

#: Parameters of a chat completion that a vendor may or may not be able to take.
PARAMETERS = st.fixed_dictionaries(
    {},
    optional={
        "temperature": st.sampled_from([0, 0.7, 1.5]),
        "top_p": st.sampled_from([0.5, 0.99]),
        "presence_penalty": st.just(0.5),
        "seed": st.just(7),
        "logprobs": st.just(True),
        "reasoning_effort": st.sampled_from(["low", "high"]),
        "response_format": st.just({"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}),
        "stop": st.just(["END"]),
        "tools": st.just([TOOL]),
        "a_later_invention": st.just({"exact": 1.10}),
    },
)
#: Parameters of a request in each dialect's own words, for vendors of the same dialect.
OWN_PARAMETERS = {
    Dialect.OPENAI_CHAT: PARAMETERS,
    Dialect.OPENAI_RESPONSES: st.fixed_dictionaries(
        {},
        optional={
            "max_output_tokens": st.sampled_from([100, 8_000]),
            "temperature": st.sampled_from([0, 0.7]),
            "top_logprobs": st.just(2),
            "include": st.just(["message.output_text.logprobs", "reasoning.encrypted_content"]),
            "reasoning": st.sampled_from([{"effort": "low", "summary": "auto"}, {"effort": "xhigh", "later": 1.10}]),
            "text": st.just({"format": {"type": "json_schema", "name": "a", "schema": {"type": "object"}}}),
            "tools": st.just([{"type": "function", "name": "look_up"}, {"type": "later_20301231"}]),
            "tool_choice": st.sampled_from(["auto", "required"]),
            "a_later_invention": st.just({"exact": 1.10}),
        },
    ),
    Dialect.GEMINI: st.fixed_dictionaries(
        {},
        optional={
            "generationConfig": st.fixed_dictionaries(
                {},
                optional={
                    "maxOutputTokens": st.sampled_from([100, 8_000]),
                    "temperature": st.sampled_from([0, 0.7]),
                    "top_k": st.just(40),
                    "thinkingConfig": st.sampled_from([{"thinkingLevel": "LOW"}, {"thinking_budget": 2_048}]),
                    "responseLogprobs": st.just(True),
                    "later": st.just(1.10),
                },
            ),
            "systemInstruction": st.just({"parts": {"text": "Be brief"}}),
            "tools": st.just([{"functionDeclarations": [{"name": "look_up"}]}, {"later_tool": {}}]),
            "a_later_invention": st.just({"exact": 1.10}),
        },
    ),
    Dialect.ANTHROPIC_MESSAGES: st.fixed_dictionaries(
        {},
        optional={
            "max_tokens": st.sampled_from([100, 8_000]),
            "temperature": st.sampled_from([0, 0.7]),
            "top_p": st.sampled_from([0.5, 0.99]),
            "top_k": st.just(40),
            "thinking": st.sampled_from(
                [{"type": "enabled", "budget_tokens": 2_048}, {"type": "adaptive"}, {"type": "disabled"}]
            ),
            "output_config": st.sampled_from([{"effort": "low"}, {"effort": "xhigh", "later": 1.10}]),
            "stop_sequences": st.just(["END"]),
            "tools": st.just([{"name": "look_up", "input_schema": {"type": "object"}}, {"type": "later_20301231"}]),
            "a_later_invention": st.just({"exact": 1.10}),
        },
    ),
}
FACTS = st.builds(
    ModelFacts,
    thinking=st.sampled_from(["none", "effort", "budget", "adaptive"]),
    efforts=st.sampled_from([(), ("low", "medium", "high")]),
    sampling=st.booleans(),
    logprobs=st.booleans(),
    json_schema=st.booleans(),
    cache_markers=st.booleans(),
    output_cap=st.sampled_from(["max_tokens", "max_completion_tokens"]),
    max_output_tokens=st.none() | TOKENS,
)
HINTS = st.fixed_dictionaries(
    {},
    optional={
        "lanewise": st.just({"task": "secret-task", "user": "secret-user", "feature": "secret-feature"}),
        "metadata": st.sampled_from([{"task": "secret-task"}, {"user": "secret-user", "order": "4711"}]),
    },
)


#: What a parameter is called where it goes along under another name, and under which name its loss is told.
ALIASES = {
    "reasoning_effort": ("thinkingConfig", "thinking", "output_config", "reasoning"),
    "response_format": ("responseJsonSchema", "output_config", "text"),
    "stop": (
        "stopSequences",
        "stop_sequences",
    ),
    "logprobs": (
        "responseLogprobs",
        "top_logprobs",
    ),
    "top_p": ("topP",),
    "presence_penalty": ("presencePenalty",),
}
LOST_AS = {"reasoning_effort": ("thinking",)}


def names_the_model(wire: WireCall) -> bool:
    """Whether it asks the deployment's model, in its body or its path."""
    return json.loads(wire.body).get("model") == "served-model" or "/models/served-model:" in wire.path


def said(body: bytes) -> dict[str, bytes]:
    """The members of a body, each as its own bytes."""
    return {key: body[start:end] for key, (_, start, end) in members(body).items()}


@pytest.mark.parametrize("subject", DIALECTS.values(), ids=DIALECTS)
class TestOutboundCall:
    """What a dialect sends."""

    @given(caller=st.none() | TOKENS, reserved=TOKENS, facts=FACTS, parameters=PARAMETERS, stream=st.booleans())
    def test_an_output_cap_is_always_sent_and_never_more_than_was_reserved_for(
        self,
        subject: Subject,
        caller: int | None,
        reserved: int,
        facts: ModelFacts,
        parameters: dict[str, Any],
        stream: bool,
    ) -> None:
        asked = SMALL | parameters | {"stream": stream} | ({} if caller is None else {"max_tokens": caller})
        body = subject.settings(json.loads(subject.sent(asked, facts, max_output_tokens=reserved).body))

        caps = [body[name] for name in subject.caps if name in body]
        assert caps == [min(each for each in (caller, reserved, facts.max_output_tokens) if each is not None)]

    @given(hints=HINTS, parameters=PARAMETERS, facts=FACTS)
    def test_what_a_caller_tells_lanewise_never_leaves(
        self, subject: Subject, hints: dict[str, Any], parameters: dict[str, Any], facts: ModelFacts
    ) -> None:
        body = subject.sent(SMALL | parameters | hints, facts).body
        assert b"secret-" not in body
        assert "lanewise" not in json.loads(body)

    @given(parameters=PARAMETERS, facts=FACTS)
    def test_the_model_asked_for_is_the_deployment_s_and_the_words_are_the_caller_s(
        self, subject: Subject, parameters: dict[str, Any], facts: ModelFacts
    ) -> None:
        wire = subject.sent(SMALL | parameters, facts)
        assert names_the_model(wire)
        assert subject.words(json.loads(wire.body)) == "Hello"

    @given(parameters=PARAMETERS, facts=FACTS)
    def test_what_the_model_cannot_take_is_told_and_never_lost_in_silence(
        self, subject: Subject, parameters: dict[str, Any], facts: ModelFacts
    ) -> None:
        """Each parameter is in the body, under its own name or the vendor's, or among the dropped."""
        wire = subject.sent(SMALL | parameters, facts)
        body = subject.settings(json.loads(wire.body))
        told = {each.partition(":")[0].partition(".")[0] for each in wire.dropped}
        assert all(each.partition(": ")[2] for each in wire.dropped), "each with its reason"
        for name in parameters:
            assert any(alias in body for alias in (name, *ALIASES.get(name, ()))) or told & {
                name,
                *LOST_AS.get(name, ()),
            }

    @pytest.mark.parametrize("asker", DIALECTS.values(), ids=DIALECTS)
    def test_a_question_of_every_dialect_can_be_put(self, subject: Subject, asker: Subject) -> None:
        wire = subject.written(subject.call(asker.own, None, asker.dialect))
        assert names_the_model(wire)
        assert b"Hello" in wire.body
        assert wire.dropped == ()

    @given(parameters=PARAMETERS)
    def test_the_same_call_is_said_the_same_way(self, subject: Subject, parameters: dict[str, Any]) -> None:
        """Vendors' prompt caches match bytes."""
        assert subject.sent(SMALL | parameters) == subject.sent(SMALL | parameters)

    @pytest.mark.parametrize(
        ("asked", "facts", "param"),
        [
            ({"tools": [TOOL]}, ModelFacts(tools=False), "tools"),
            (
                {
                    "messages": [
                        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://a/b"}}]}
                    ]
                },
                ModelFacts(images=False),
                "messages",
            ),
        ],
    )
    def test_a_request_that_loses_what_it_is_about_is_refused(
        self, subject: Subject, asked: dict[str, Any], facts: ModelFacts, param: str
    ) -> None:
        with pytest.raises(InvalidRequest, match="vendor/served-model takes no") as refused:
            subject.sent(SMALL | asked, facts)
        assert refused.value.param == param


@pytest.mark.parametrize("subject", [each for each in DIALECTS.values() if each.dialect in INBOUND])
@given(data=st.data(), hints=HINTS, facts=FACTS, stream=st.booleans())
def test_the_same_dialect_is_spliced_and_only_the_closed_list_edited(
    subject: Subject, data: st.DataObject, hints: dict[str, Any], facts: ModelFacts, stream: bool
) -> None:
    parameters = data.draw(OWN_PARAMETERS[subject.dialect])
    streams = {} if subject.target.model else {"stream": stream}
    call = subject.call(subject.own | parameters | hints | streams, facts, subject.dialect)
    wire = subject.written(call)
    before, after = said(call.request.body), said(wire.body)

    dropped = {each.partition(":")[0].partition(".")[0] for each in wire.dropped}
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    assert changed <= EDITS | dropped
    assert not any(after.get(key) == before.get(key) for key in dropped if key in after)


@pytest.mark.parametrize("subject", DIALECTS.values(), ids=DIALECTS)
class TestOutboundAnswer:
    """What a dialect makes of what comes back."""

    def test_a_whole_answer_says_the_same_with_and_without_its_content(self, subject: Subject) -> None:
        body = SAMPLES[subject.dialect].whole
        full = subject.outbound.read_answer(body, want_content=True)
        lean = subject.outbound.read_answer(body, want_content=False)

        assert full.content is not None
        assert full.content.text == TEXT
        assert lean.content is None
        assert full.usage is not None
        for answer in (full, lean):
            assert (answer.finish, answer.served_model, answer.failure) == (Finish.STOP, "model-2026", None)
            assert answer.usage == full.usage

    @given(body=st.binary(max_size=80), want_content=st.booleans())
    def test_bytes_that_are_no_answer_are_a_failure_and_never_an_answer(
        self, subject: Subject, body: bytes, want_content: bool
    ) -> None:
        failure = subject.outbound.read_answer(body, want_content=want_content).failure
        assert failure is not None
        assert failure.message

    def test_an_error_under_a_good_status_is_a_failure_in_the_vendor_s_words(self, subject: Subject) -> None:
        failure = subject.outbound.read_answer(SAMPLES[subject.dialect].error, want_content=False).failure
        assert failure is not None
        assert failure.message == "said so"

    @given(
        status=st.sampled_from([400, 401, 404, 408, 409, 413, 418, 422, 429, 500, 502, 503, 529, 599]),
        headers=st.dictionaries(
            st.sampled_from(["Retry-After", "retry-after-ms", "Date", "x-should-retry"]), st.text(max_size=9)
        ),
        body=st.binary(max_size=60) | st.sampled_from([sample.error for sample in SAMPLES.values()]),
    )
    def test_an_error_response_always_has_a_meaning_and_some_words(
        self, subject: Subject, status: int, headers: Mapping[str, str], body: bytes
    ) -> None:
        failure = subject.outbound.read_failure(status, headers, body)
        assert failure.status == status
        assert failure.message
        assert failure.retry_after_s is None or failure.retry_after_s >= 0

    @given(facts=FACTS)
    def test_its_own_reader_reads_its_stream_for_every_model(self, subject: Subject, facts: ModelFacts) -> None:
        reader = subject.outbound.stream_reader(facts)
        deltas = reader.feed(b"".join(SAMPLES[subject.dialect].events))
        assert "".join(delta.text for delta in deltas) == TEXT
        assert reader.end() is None
