"""A generateContent request's meaning, and what becomes of its parameters when it leaves the dialect."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.conversation import Text, ToolChoice
from lanewise.core.errors import InvalidRequest
from lanewise.wire.gemini.leaving import CONFIG_LOSSES, LOSSES
from wire.gemini_calls import GEMINI, conversation, request


def test_sampling_stops_seed_and_logprobs_are_carried() -> None:
    config = {
        "temperature": 0.5, "top_p": 0.9, "topK": 40.0, "presencePenalty": 0.1, "frequency_penalty": 0.2, "seed": 7,
        "stopSequences": ["END"], "responseLogprobs": True, "logprobs": 3,
    }  # fmt: skip
    told = conversation(generationConfig=config)
    assert (told.temperature, told.top_p, told.top_k) == (0.5, 0.9, 40)
    assert (told.presence_penalty, told.frequency_penalty, told.seed) == (0.1, 0.2, 7)
    assert (told.stop, told.logprobs) == (("END",), 3)
    assert conversation(generationConfig={"logprobs": 3}).logprobs is None


@pytest.mark.parametrize(
    "system", ["Be brief", {"parts": {"text": "Be brief"}}, {"role": "user", "parts": [{"text": "Be brief"}]}]
)
def test_the_system_instruction_in_every_form(system: object) -> None:
    assert conversation(system_instruction=system).system == (Text(text="Be brief"),)


def test_a_schema_is_json_schema_whichever_way_it_was_written() -> None:
    exact = {"type": "object", "properties": {"a": {"const": 1}}}
    google = {"type": "OBJECT", "properties": {"a": {"type": "STRING", "nullable": True}}}
    assert conversation(generationConfig={"responseJsonSchema": exact}).schema == (
        b'{"type": "object", "properties": {"a": {"const": 1}}}'
    )
    told = conversation(generationConfig={"responseSchema": google, "responseMimeType": "application/json"})
    assert (told.schema, told.json_mode) == (b'{"type":"object","properties":{"a":{"type":["string","null"]}}}', False)


def test_json_of_any_shape() -> None:
    assert conversation(generationConfig={"responseMimeType": "application/json"}).json_mode
    assert not conversation(generationConfig={"responseMimeType": "text/plain"}).json_mode
    with pytest.raises(InvalidRequest) as refused:
        conversation(generationConfig={"responseMimeType": "text/x.enum"})
    assert refused.value.param == "generationConfig.responseMimeType"


CHOICES = [
    ({}, ToolChoice()),
    ({"mode": "AUTO"}, ToolChoice()),
    ({"mode": "none"}, ToolChoice(mode="none")),
    ({"mode": "ANY"}, ToolChoice(mode="any")),
    ({"mode": "ANY", "allowedFunctionNames": ["f"]}, ToolChoice(mode="tool", name="f")),
    ({"mode": "ANY", "allowed_function_names": ["f", "g"]}, ToolChoice(mode="any", allowed=("f", "g"))),
    ({"mode": "VALIDATED", "allowedFunctionNames": ["f"]}, ToolChoice(allowed=("f",))),
]


@pytest.mark.parametrize(("config", "choice"), CHOICES)
def test_the_choice_of_a_function(config: dict[str, Any], choice: ToolChoice) -> None:
    assert conversation(toolConfig={"functionCallingConfig": config}).tool_choice == choice


def test_functions_keep_their_schemas_byte_for_byte_where_they_are_json_schema() -> None:
    tools = [
        {"functionDeclarations": [{"name": "f", "description": "d", "parametersJsonSchema": {"const": 1.10}}]},
        {"function_declarations": [{"name": "g", "parameters": {"type": "OBJECT"}}, {"name": "h"}]},
    ]
    read = conversation(tools=tools).tools
    assert [(tool.name, tool.description, tool.schema) for tool in read] == [
        ("f", "d", b'{"const": 1.1}'),
        ("g", None, b'{"type":"object"}'),
        ("h", None, b'{"type":"object","properties":{}}'),
    ]


def dropped(members: dict[str, Any]) -> list[str]:
    return GEMINI.read_conversation(request(**members)).dropped


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_every_parameter_that_stays_behind_is_named(name: str) -> None:
    if LOSSES[name].refused:
        with pytest.raises(InvalidRequest) as refused:
            conversation(**{name: "anything"})
        assert refused.value.param == name
    else:
        assert dropped({name: "anything"}) == [f"{name}: {LOSSES[name].reason}"]
    for neutral in LOSSES[name].neutral:
        assert dropped({name: neutral}) == []


@pytest.mark.parametrize("name", sorted(CONFIG_LOSSES))
def test_every_setting_that_stays_behind_is_named(name: str) -> None:
    loss, path = CONFIG_LOSSES[name], f"generationConfig.{name}"
    value = 2 if name == "candidateCount" else ["IMAGE"]
    if loss.refused:
        with pytest.raises(InvalidRequest) as refused:
            conversation(generationConfig={name: value})
        assert refused.value.param == path
    else:
        told = GEMINI.read_conversation(request(generationConfig={name: value}))
        assert told.dropped == [f"{path}: {loss.reason}"]


@pytest.mark.parametrize("tool", ["googleSearch", "code_execution", "urlContext", "googleMaps", "fileSearch"])
def test_a_tool_that_google_runs_itself_is_refused(tool: str) -> None:
    with pytest.raises(InvalidRequest, match="Google runs itself"):
        conversation(tools=[{tool: {}}])


def test_what_nobody_knows_yet_is_dropped_visibly() -> None:
    told = GEMINI.read_conversation(request(laterInvention=1, generationConfig={"laterSetting": 2}))
    assert [each.partition(":")[0] for each in told.dropped] == ["laterInvention", "generationConfig.laterSetting"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("text", "parts", "role", "thought", "functionCall", "functionResponse", "inlineData", "mimeType"),
                    *("data", "name", "args", "response", "id", "mode", "functionDeclarations", "parameters", "type"),
                    *(
                        "items",
                        "properties",
                        "thoughtSignature",
                        "fileUri",
                        "fileData",
                        "topK",
                        "seed",
                        "stopSequences",
                    ),
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
MEMBERS = st.dictionaries(
    st.sampled_from(
        ["contents", "systemInstruction", "tools", "toolConfig", "generationConfig", "safetySettings", "later"]
    ),
    JSON,
    max_size=4,
)


@given(MEMBERS)
def test_whatever_comes_is_read_or_refused_with_a_name_and_never_anything_else(members: dict[str, Any]) -> None:
    try:
        told = GEMINI.read_conversation(request(**members))
    except InvalidRequest as refused:
        assert refused.message  # noqa: PT017 - either outcome is right
        return
    assert all(turn.parts for turn in told.conversation.turns)
