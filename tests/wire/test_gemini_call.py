"""What goes out to a Gemini model: a caller's own bytes with few edits, or a conversation said anew."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from lanewise.core.conversation import (
    Document,
    Image,
    Part,
    Text,
    Thinking,
    Tool,
    ToolChoice,
    ToolResult,
    ToolUse,
    Turn,
)
from lanewise.core.errors import InvalidRequest
from lanewise.core.policy import ModelFacts
from lanewise.core.request import Dialect, Passed, Target
from wire.gemini_calls import BUDGET, GEMINI, LEVELS, call, request, said, sent, sent_json, translated

MODEL = ModelFacts()


@pytest.mark.parametrize(
    ("stream", "path"),
    [(False, "/models/served:generateContent"), (True, "/models/served:streamGenerateContent?alt=sse")],
)
def test_the_model_and_whether_it_streams_stand_in_the_path(*, stream: bool, path: str) -> None:
    assert GEMINI.write_call(call(request(stream=stream))).path == path


def test_a_model_of_one_s_own_is_named_as_it_is() -> None:
    assert GEMINI.write_call(call(model="tunedModels/mine")).path == "/tunedModels/mine:generateContent"


class TestOwnBytes:
    """A caller who speaks Gemini."""

    def test_every_byte_stays_but_the_output_cap(self) -> None:
        body = (
            b' {"contents" : [ {"parts":[{"text":"\\u0041 1.10"}]} ], "later":1.10, "generationConfig":{"topP":0.90}}\n'
        )
        asked = GEMINI.read_request(body, Target(model="m", stream=False))
        assert GEMINI.write_call(call(asked)).body == body.replace(
            b'{"topP":0.90}', b'{"topP":0.90,"maxOutputTokens":4096}'
        )

    @pytest.mark.parametrize(
        ("spelling", "key"), [("generationConfig", "maxOutputTokens"), ("generation_config", "max_output_tokens")]
    )
    def test_the_caller_s_spelling_is_kept(self, spelling: str, key: str) -> None:
        assert sent_json(**{spelling: {key: 100_000}})[spelling] == {key: 4_096}
        assert sent_json(**{spelling: {key: 50}})[spelling] == {key: 50}

    def test_a_model_named_in_the_body_becomes_the_deployment_s(self) -> None:
        assert sent_json(model="models/asked-for")["model"] == "models/served"
        assert "model" not in sent_json()

    def test_lanewise_s_own_key_never_leaves(self) -> None:
        assert "lanewise" not in sent_json(lanewise={"task": "sum"})

    def test_what_came_beside_the_body_goes_along(self) -> None:
        beside = Passed(headers=(("x-goog-api-client", "me"),), query=(("alt", "sse"),))
        wire = GEMINI.write_call(call(msgspec.structs.replace(request(), passed=beside)))
        assert wire.headers == (("x-goog-api-client", "me"),)

    def test_what_the_model_cannot_take_is_left_out_and_told(self) -> None:
        facts = ModelFacts(sampling=False, logprobs=False, json_schema=False, refused_parameters=("stop", "later"))
        config = {
            "temperature": 0.2, "top_p": 1, "responseLogprobs": True, "responseSchema": {"type": "OBJECT"}, "stopSequences": ["x"],
            "seed": 1,
        }  # fmt: skip
        wire = sent(facts, generationConfig=config)
        kept = sent_json(facts, generationConfig=config)["generationConfig"]
        assert kept == {"seed": 1, "maxOutputTokens": 4_096}
        lost = [each.partition(":")[0] for each in wire.dropped]
        assert lost == ["temperature", "stopSequences", "responseLogprobs", "responseSchema"]

    def test_a_schema_gives_way_to_tools_where_a_model_takes_only_one(self) -> None:
        tools = [{"functionDeclarations": [{"name": "f"}]}]
        config = {"responseMimeType": "application/json", "responseSchema": {"type": "OBJECT"}}
        wire = sent(BUDGET, tools=tools, generationConfig=config)
        assert b"response" not in wire.body
        assert len(wire.dropped) == 2
        assert b"responseSchema" in sent(BUDGET, generationConfig=config).body

    def test_a_forced_function_becomes_a_free_choice_where_a_model_cannot_be_made_to_call(self) -> None:
        choice = {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["f"], "later": 1}}
        asked: dict[str, Any] = {"tools": [{"functionDeclarations": [{"name": "f"}]}], "toolConfig": choice}
        wire = sent_json(ModelFacts(forced_tools=False), **asked)
        assert wire["toolConfig"] == {"functionCallingConfig": {"mode": "AUTO", "later": 1}}
        assert sent_json(MODEL, **asked)["toolConfig"] == choice

    @pytest.mark.parametrize("facts", [BUDGET, LEVELS])
    def test_without_a_word_about_thinking_none_is_said(self, facts: ModelFacts) -> None:
        assert sent_json(facts)["generationConfig"] == {"maxOutputTokens": 4_096}

    def test_the_caller_s_own_thinking_passes_where_the_model_takes_it(self) -> None:
        for facts, own in (
            (BUDGET, {"thinkingBudget": 2_048, "includeThoughts": True}),
            (BUDGET, {"thinkingBudget": -1}),
            (BUDGET, {"thinking_budget": 0}),
            (LEVELS, {"thinkingLevel": "HIGH"}),
            (LEVELS, {"thinkingBudget": 2_048}),
        ):
            assert (
                sent_json(facts, generationConfig={"thinkingConfig": own})["generationConfig"]["thinkingConfig"] == own
            )

    @pytest.mark.parametrize(
        ("facts", "own", "becomes"),
        [
            (BUDGET, {"thinkingLevel": "low", "later": 1}, {"later": 1, "thinkingBudget": 3_072}),
            (BUDGET, {"thinkingBudget": 90_000}, {"thinkingBudget": 3_072}),
            (LEVELS, {"thinking_level": "MINIMAL"}, {"thinking_level": "low"}),
        ],
    )
    def test_what_a_model_could_not_take_is_mapped(
        self, facts: ModelFacts, own: dict[str, Any], becomes: dict[str, Any]
    ) -> None:
        config = sent_json(facts, generationConfig={"thinkingConfig": own})["generationConfig"]
        assert config["thinkingConfig"] == becomes

    def test_thinking_of_a_model_without_any_is_left_out_and_told(self) -> None:
        wire = sent(MODEL, generationConfig={"thinkingConfig": {"thinkingLevel": "high"}})
        assert b"thinking" not in wire.body
        assert wire.dropped == ("thinkingConfig: the model has no thinking to steer",)
        assert sent(MODEL, generationConfig={"thinkingConfig": {"thinkingBudget": 0}}).dropped == ()

    def test_the_lane_s_word_goes_before_the_caller_s(self) -> None:
        own = {"thinkingConfig": {"thinkingBudget": 24_576, "include_thoughts": False}}
        config = sent_json(LEVELS, {"effort": "high"}, generationConfig=own)["generationConfig"]
        assert config["thinkingConfig"] == {"include_thoughts": False, "thinkingLevel": "high"}
        config = sent_json(BUDGET, {"thinking_budget_tokens": 1_024}, generationConfig=own)["generationConfig"]
        assert config["thinkingConfig"]["thinkingBudget"] == 1_024

    def test_a_value_of_the_wrong_kind_is_refused_by_its_name(self) -> None:
        with pytest.raises(InvalidRequest) as refused:
            sent(ModelFacts(forced_tools=False), toolConfig=7, tools=[{"functionDeclarations": []}])
        assert refused.value.param == "toolConfig"


def user(*parts: Part) -> Turn:
    return Turn(role="user", parts=parts)


def model(*parts: Part) -> Turn:
    return Turn(role="assistant", parts=parts)


ASK = user(Text(text="Hello"))


class TestSaidAnew:
    """A caller of another dialect."""

    def test_words_pictures_and_files(self) -> None:
        turn = user(
            Text(text="Look"),
            Image(data="aGk=", media_type="image/png"),
            Image(url="https://a/b.JPG?x=1"),
            Document(url="https://a/b", media_type="application/pdf"),
            Document(text="hi", name="a.txt"),
        )
        assert said(turns=(turn,))["contents"] == [
            {
                "role": "user",
                "parts": [
                    {"text": "Look"},
                    {"inlineData": {"mimeType": "image/png", "data": "aGk="}},
                    {"fileData": {"fileUri": "https://a/b.JPG?x=1", "mimeType": "image/jpeg"}},
                    {"fileData": {"fileUri": "https://a/b", "mimeType": "application/pdf"}},
                    {"inlineData": {"mimeType": "text/plain", "data": "aGk="}},
                ],
            }
        ]

    def test_system_and_a_lone_one(self) -> None:
        assert said(system=(Text(text="Be brief"), Text(text="")))["systemInstruction"] == {
            "parts": [{"text": "Be brief"}]
        }
        lone = translated(turns=(), system=(Text(text="Be brief"),))
        assert b'"contents":[{"role":"user","parts":[{"text":"Be brief"}]}]' in lone.body
        assert lone.dropped == ("messages: a system message alone was sent as the user's",)
        with pytest.raises(InvalidRequest, match="write something to answer"):
            translated(turns=())

    def test_calls_and_results_are_matched_by_id_and_name(self) -> None:
        turns = (
            ASK,
            model(ToolUse(id="c1", name="f", arguments='{"exact":1.10}'), ToolUse(id="c2", name="g", arguments="")),
            user(
                Text(text="and?"),
                ToolResult(call_id="c2", parts=(Text(text="6"), Image(data="aGk=", media_type="image/png"))),
                ToolResult(call_id="c1", parts=(Text(text='{"a":1.10}'),), failed=False),
            ),
        )
        wire = translated(turns=turns).body
        assert b'"args":{"exact":1.10}' in wire
        assert b'"response":{"a":1.10}' in wire
        _, calls, results, rest = said(turns=turns)["contents"]
        assert [part["functionCall"]["id"] for part in calls["parts"]] == ["c1", "c2"]
        assert [(part["functionResponse"]["name"], part["functionResponse"]["id"]) for part in results["parts"]] == [
            ("g", "c2"),
            ("f", "c1"),
        ]
        assert results["parts"][0]["functionResponse"]["response"] == {"result": "6"}
        assert [sorted(part) for part in rest["parts"]] == [["text"], ["text"], ["inlineData"]]

    @pytest.mark.parametrize(
        ("text", "failed", "response"),
        [
            ("5", False, {"result": "5"}),
            ("", False, {"result": ""}),
            ("{broken", False, {"result": "{broken"}),
            ('{"result":"5"}', False, {"result": '{"result":"5"}'}),
            ('{"error":"x","b":1}', False, {"error": "x", "b": 1}),
            ("no such city", True, {"error": "no such city"}),
        ],
    )
    def test_a_result_is_always_an_object(self, text: str, response: dict[str, Any], *, failed: bool) -> None:
        turns = (
            ASK,
            model(ToolUse(id="c", name="f", arguments="{}")),
            user(ToolResult(call_id="c", parts=(Text(text=text),), failed=failed)),
        )
        assert said(turns=turns)["contents"][2]["parts"][0]["functionResponse"]["response"] == response

    @pytest.mark.parametrize(
        ("turn", "words"),
        [
            (model(ToolUse(id="c", name="f", arguments="[1]")), "must be a JSON object"),
            (user(ToolResult(call_id="lost", parts=())), "has no call before it"),
            (user(Image(data="aGk=")), "without its type"),
        ],
    )
    def test_what_it_cannot_say_is_refused(self, turn: Turn, words: str) -> None:
        with pytest.raises(InvalidRequest, match=words):
            translated(turns=(ASK, turn))

    def test_a_call_of_the_current_turn_that_another_model_made_says_so_to_models_that_ask_for_proof(self) -> None:
        old = (ASK, model(ToolUse(id="a", name="f", arguments="{}")), user(ToolResult(call_id="a", parts=())))
        new = (
            user(Text(text="again")),
            model(ToolUse(id="b", name="f", arguments="{}"), ToolUse(id="c", name="f", arguments="{}")),
            user(ToolResult(call_id="b", parts=()), ToolResult(call_id="c", parts=())),
        )
        proofs = [
            part.get("thoughtSignature")
            for content in said(LEVELS, turns=old + new)["contents"]
            for part in content["parts"]
            if "functionCall" in part
        ]
        assert proofs == [None, "skip_thought_signature_validator", None]
        assert "thoughtSignature" in translated(LEVELS, turns=old + new).dropped[0]
        assert b"thoughtSignature" not in translated(BUDGET, turns=old + new).body

    def test_the_model_s_own_proofs_go_back_where_they_stood(self) -> None:
        gemini = Dialect.GEMINI
        turn = model(
            Thinking(text="hm", signature="p1", origin=gemini),
            Text(text="So"),
            Thinking(signature="p2", origin=gemini),
            ToolUse(id="c", name="f", arguments="{}", signature="p3"),
        )
        assert said(LEVELS, turns=(ASK, turn))["contents"][1]["parts"] == [
            {"text": "hm", "thought": True},
            {"text": "So", "thoughtSignature": "p1"},
            {"text": "", "thoughtSignature": "p2"},
            {"functionCall": {"id": "c", "name": "f", "args": {}}, "thoughtSignature": "p3"},
        ]

    def test_another_vendor_s_thinking_never_goes_out(self) -> None:
        turn = model(Thinking(text="secret", signature="proof", origin=Dialect.ANTHROPIC_MESSAGES), Text(text="So"))
        body = translated(turns=(ASK, turn)).body
        assert b"secret" not in body
        assert b"proof" not in body

    def test_schemas_go_as_google_s_own_kind_where_they_are_one(self) -> None:
        tools = (
            Tool(name="f", description="d", schema=b'{"type":"object","properties":{"a":{"type":"string"}}}'),
            Tool(name="g", schema=b'{"type":"object","properties":{"a":{"const":1.10}}}'),
            Tool(name="h"),
        )
        wire = translated(tools=tools)
        assert b'"parametersJsonSchema":{"type":"object","properties":{"a":{"const":1.10}}}' in wire.body
        (declared,) = said(tools=tools)["tools"]
        assert [sorted(each) for each in declared["functionDeclarations"]] == [
            ["description", "name", "parameters"],
            ["name", "parametersJsonSchema"],
            ["name"],
        ]

    @pytest.mark.parametrize(
        ("choice", "config"),
        [
            (ToolChoice(), None),
            (ToolChoice(mode="none"), {"mode": "NONE"}),
            (ToolChoice(mode="any"), {"mode": "ANY"}),
            (ToolChoice(mode="tool", name="f"), {"mode": "ANY", "allowedFunctionNames": ["f"]}),
            (ToolChoice(mode="any", allowed=("f", "g")), {"mode": "ANY", "allowedFunctionNames": ["f", "g"]}),
            (ToolChoice(allowed=("f",)), {"mode": "VALIDATED", "allowedFunctionNames": ["f"]}),
        ],
    )
    def test_the_choice_of_a_function(self, choice: ToolChoice, config: dict[str, Any] | None) -> None:
        body = said(tools=(Tool(name="f"),), tool_choice=choice)
        assert body.get("toolConfig", {}).get("functionCallingConfig") == config

    def test_settings(self) -> None:
        body = said(
            temperature=1.5, top_p=0.9, top_k=40, presence_penalty=0.1, frequency_penalty=0.2, seed=7, logprobs=3, stop=("END", ""),
            schema=b'{"type":"object"}',
        )  # fmt: skip
        assert body["generationConfig"] == {
            "maxOutputTokens": 4_096, "temperature": 1.5, "topP": 0.9, "topK": 40, "presencePenalty": 0.1, "frequencyPenalty": 0.2,
            "seed": 7, "stopSequences": ["END"], "responseLogprobs": True, "logprobs": 3, "responseMimeType": "application/json",
            "responseJsonSchema": {"type": "object"},
        }  # fmt: skip

    def test_what_is_lost_is_told(self) -> None:
        facts = ModelFacts(sampling=False, logprobs=False, json_schema=False)
        wire = translated(
            facts, temperature=0.5, top_p=1.0, logprobs=0, schema=b"{}", stop=tuple("abcdef"), user="ada",
            tools=(Tool(name="f", strict=True, cache_marker=b"{}"),), tool_choice=ToolChoice(parallel=False),
        )  # fmt: skip
        lost = {each.partition(":")[0] for each in wire.dropped}
        assert lost == {
            *("temperature", "logprobs", "response_format", "stop", "user"),
            *("tools[].strict", "cache_control", "parallel_tool_calls"),
        }

    @pytest.mark.parametrize(
        ("facts", "limits", "config"),
        [
            (LEVELS, {"effort": "high"}, {"thinkingLevel": "high", "includeThoughts": True}),
            (LEVELS, {"effort": "minimal"}, {"thinkingLevel": "low", "includeThoughts": True}),
            (BUDGET, {"effort": "low"}, {"thinkingBudget": 3_072, "includeThoughts": True}),
            (BUDGET, {"effort": "none"}, {"thinkingBudget": 0}),
            (BUDGET, {"thinking_budget_tokens": 1_000}, {"thinkingBudget": 1_000, "includeThoughts": True}),
            (BUDGET, {}, None),
            (MODEL, {"effort": "high"}, None),
        ],
    )
    def test_how_hard_to_think(self, facts: ModelFacts, limits: dict[str, Any], config: dict[str, Any] | None) -> None:
        assert said(facts, limits)["generationConfig"].get("thinkingConfig") == config

    def test_thinking_that_finds_no_room_is_told(self) -> None:
        wire = translated(BUDGET, {"effort": "high", "max_output_tokens": 100})
        assert wire.dropped == ("thinking: the output cap leaves no room for the least budget",)
