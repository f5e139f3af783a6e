"""Reads a generateContent request as Google does: strictly, names in either spelling, with Google's own error messages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lanewise.simulator import tokens
from lanewise.simulator.exchange import Ask, Conversation, InputUsage, RejectedError, Tool, ToolUse, heard
from lanewise.simulator.files import UnreadableError, words_of
from lanewise.simulator.gemini_rules import check_signatures, check_turns, named, thinking_of
from lanewise.simulator.models import MODELS_BY_NAME, SimulatedModel
from lanewise.simulator.problems.solution import Json
from lanewise.simulator.prompt_cache import PromptCache
from lanewise.simulator.signatures import Signer

_IMAGE_TOKENS = 258
_TURN_TOKENS = 2
_BODY = (
    *("model", "contents", "systemInstruction", "tools", "toolConfig", "safetySettings", "generationConfig"),
    *("cachedContent", "labels", "serviceTier", "store"),
)
_CONFIG = (
    *(
        "stopSequences",
        "responseMimeType",
        "responseSchema",
        "responseJsonSchema",
        "responseModalities",
        "candidateCount",
    ),
    *(
        "maxOutputTokens",
        "temperature",
        "topP",
        "topK",
        "seed",
        "presencePenalty",
        "frequencyPenalty",
        "responseLogprobs",
    ),
    *("logprobs", "enableEnhancedCivicAnswers", "speechConfig", "thinkingConfig", "imageConfig", "mediaResolution"),
)
_GENERATES = frozenset({"model", "stream", "events"})  # the path says them


@dataclass(frozen=True, kw_only=True, slots=True)
class GeminiReader:
    """Turns request bodies of the Gemini-dialect vendor into asks."""

    vendor: str
    cache: PromptCache
    signer: Signer

    def read(self, body: dict[str, Any], account: str) -> Ask:
        """The ask in path and body; raises RejectedError with what Google would say."""
        model = self._model(body)
        asked = named({k: v for k, v in body.items() if k not in _GENERATES}, _BODY, "")
        config = named(asked.get("generationConfig") or {}, _CONFIG, " at 'generation_config'")
        contents = check_turns(asked)
        check_signatures(contents, model, self.signer, account=account)
        tools = tuple(_tools(asked))
        conversation = _conversation(asked, contents)
        max_tokens = _max_tokens(config, model)
        thinking = thinking_of(config, model, max_tokens)
        schema, json_mode = _format(config, model, tools)
        choice, tools = _choice(asked, tools)
        _refuse_unsupported(config, model)
        return Ask(
            model=model,
            stream=body["stream"],
            events=body["events"],
            conversation=conversation,
            usage=self._input_usage(asked, conversation, model, account),
            tool_use=ToolUse(tools=tools, choice=choice, results=_results(contents)),
            schema=schema,
            json_mode=json_mode,
            max_tokens=max_tokens,
            thinking_tokens=thinking.tokens,
            effort=thinking.effort,
            display="full" if thinking.shown else "omitted",
            stop=tuple(config.get("stopSequences") or ()),
            seed=config.get("seed"),
            top_logprobs=int(config.get("logprobs") or 0) if config.get("responseLogprobs") else None,
            account=account,
        )

    def _model(self, body: dict[str, Any]) -> SimulatedModel:
        model = MODELS_BY_NAME.get((self.vendor, body["model"]))
        if model is None:
            message = (
                f"models/{body['model']} is not found for API version v1beta, or is not supported for generateContent."
            )
            raise RejectedError(404, message, kind="NOT_FOUND")
        return model

    def _input_usage(
        self, asked: dict[str, Any], conversation: Conversation, model: SimulatedModel, account: str
    ) -> InputUsage:
        text = json.dumps(asked.get("tools"), sort_keys=True) if asked.get("tools") else ""
        text += conversation.everything
        total = tokens.count(text) + _TURN_TOKENS * len(asked["contents"]) + _IMAGE_TOKENS * conversation.images
        if total > model.context_tokens:
            raise invalid(
                f"The input token count ({total}) exceeds the maximum number of tokens allowed ({model.context_tokens})."
            )
        scope = f"{self.vendor}/{account}/{model.id}"
        cached = self.cache.implicit(
            scope, text, unit_tokens=model.cache_unit_tokens, min_tokens=model.min_cacheable_tokens
        )
        return InputUsage(total=total, cached=min(cached, total - 1))


def invalid(message: str) -> RejectedError:
    """A 400 in Google's words."""
    return RejectedError(400, message, kind="INVALID_ARGUMENT")


def _max_tokens(config: dict[str, Any], model: SimulatedModel) -> int:
    value = config.get("maxOutputTokens", model.max_output_tokens)
    if not isinstance(value, int) or not 1 <= value <= model.max_output_tokens:
        raise invalid(
            f"Unable to submit request because it has a maxOutputTokens value of {value} but the supported range is from 1 (inclusive) to "
            f"{model.max_output_tokens + 1} (exclusive). Update the value and try again."
        )
    return value


def _refuse_unsupported(config: dict[str, Any], model: SimulatedModel) -> None:
    if config.get("candidateCount") not in {None, 1}:
        raise invalid("Multiple candidates is not enabled for this model")
    if config.get("responseLogprobs") and not model.capabilities.logprobs:
        raise invalid(f"Logprobs is not enabled for models/{model.id}")
    if len(config.get("stopSequences") or ()) > 5:
        raise invalid("Unable to submit request because it has more than 5 stop sequences.")
    temperature = config.get("temperature")
    if temperature is not None and not 0 <= temperature <= 2:
        raise invalid("Unable to submit request because it has a temperature value out of range [0.0, 2.0].")


def _tools(asked: dict[str, Any]) -> Iterator[Tool]:
    for place, tool in enumerate(asked.get("tools") or ()):
        told = named(
            tool, ("functionDeclarations", "googleSearch", "codeExecution", "urlContext"), f" at 'tools[{place}]'"
        )
        for each in told.get("functionDeclarations") or ():
            where = f" at 'tools[{place}].function_declarations'"
            names = (
                "name",
                "description",
                "parameters",
                "parametersJsonSchema",
                "response",
                "responseJsonSchema",
                "behavior",
            )
            function = named(each, names, where)
            if "parameters" in function and "parametersJsonSchema" in function:
                raise invalid("oneof field 'parameters' is already set")
            if function.get("parameters", {}).get("type", "").upper() == "OBJECT" and not function["parameters"].get(
                "properties"
            ):
                raise invalid(f"{where}.parameters.properties: should be non-empty for OBJECT type")
            schema = function.get("parametersJsonSchema") or plain(function.get("parameters") or {"type": "object"})
            yield Tool(name=function["name"], description=str(function.get("description") or ""), parameters=schema)


def plain(schema: Json) -> Json:
    """Google's schema with JSON Schema's names of types."""
    if isinstance(schema, list):
        return [plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: value.lower() if key == "type" and isinstance(value, str) else plain(value)
        for key, value in schema.items()
    }


def _choice(asked: dict[str, Any], tools: tuple[Tool, ...]) -> tuple[str, tuple[Tool, ...]]:
    config = named(asked.get("toolConfig") or {}, ("functionCallingConfig", "retrievalConfig"), " at 'tool_config'")
    where = " at 'tool_config.function_calling_config'"
    told = named(config.get("functionCallingConfig") or {}, ("mode", "allowedFunctionNames"), where)
    mode, names = str(told.get("mode", "AUTO")).upper(), told.get("allowedFunctionNames") or []
    if mode not in {"AUTO", "ANY", "NONE", "VALIDATED", "MODE_UNSPECIFIED"}:
        raise invalid(f"Invalid value{where}.mode: {mode}")
    if names and mode not in {"ANY", "VALIDATED"}:
        raise invalid(
            "Function calling config: allowed_function_names should only be set when mode is ANY or VALIDATED."
        )
    unknown = set(names) - {tool.name for tool in tools}
    if unknown:
        raise invalid(f"allowed_function_names: {sorted(unknown)} are not declared.")
    offered = tuple(tool for tool in tools if tool.name in names) if names else tools
    return {"ANY": "required", "NONE": "none"}.get(mode, "auto"), offered


def _format(
    config: dict[str, Any], model: SimulatedModel, tools: tuple[Tool, ...]
) -> tuple[dict[str, Any] | None, bool]:
    schema = config.get("responseJsonSchema") or plain(config.get("responseSchema"))
    json_mode = config.get("responseMimeType") == "application/json"
    if schema is not None and not json_mode:
        raise invalid("Setting a response schema is only supported when response_mime_type is application/json.")
    if json_mode and tools and model.capabilities.thinking != "effort":
        raise invalid("Function calling with a response mime type: 'application/json' is unsupported")
    return schema, json_mode


def parts(content: dict[str, Any]) -> list[dict[str, Any]]:
    """A content's parts under their documented names."""
    given = content.get("parts") or []
    names = (
        *("text", "thought", "thoughtSignature", "inlineData", "fileData", "functionCall", "functionResponse"),
        *("executableCode", "codeExecutionResult", "videoMetadata"),
    )
    listed = given if isinstance(given, list) else [given]
    return [named(part, names, " at 'contents.parts'") for part in listed]


def _texts(content: dict[str, Any]) -> str:
    said = (_words(part) for part in parts(content) if not part.get("thought"))
    return "\n".join(words for words in said if words)


def _words(part: dict[str, Any]) -> str:
    blob = part.get("inlineData") or {}
    kind = str(blob.get("mimeType") or blob.get("mime_type") or "")
    if not kind.startswith(("text/", "application/")):
        return str(part.get("text") or "")
    try:
        return words_of(kind, str(blob.get("data")))
    except UnreadableError as error:
        raise invalid(f"Unsupported MIME type: {kind}. {error}.") from error


def _conversation(asked: dict[str, Any], contents: list[dict[str, Any]]) -> Conversation:
    system = asked.get("systemInstruction") or {}
    context = _texts(system)
    turns, lines, images = [], [f"system: {context}"] if context else [], 0
    for content in contents:
        role, text = content.get("role", "user"), _texts(content)
        lines.append(f"{role}: {text}")
        for part in parts(content):
            told = {k: v for k, v in part.items() if k in {"functionCall", "functionResponse"}}
            lines += [json.dumps(told, sort_keys=True)] if told else []
            blob = part.get("inlineData") or part.get("fileData") or {}
            images += str(blob.get("mimeType") or blob.get("mime_type") or "").startswith("image/")
        turns.append((role == "user", text))
    questions, said = heard(turns)
    return Conversation(
        question=questions[-1] if questions else "",
        earlier=tuple(questions[:-1]),
        said=said,
        context=context,
        everything="\n".join(lines),
        images=images,
    )


def _results(contents: list[dict[str, Any]]) -> tuple[tuple[str, str], ...]:
    """What functions gave since the last words of the user."""
    results: list[tuple[str, str]] = []
    for content in contents:
        if content.get("role", "user") == "user" and _texts(content):
            results = []
        for part in parts(content):
            response = part.get("functionResponse")
            if response:
                given = response.get("response") or {}
                alone = given.get("result") if set(given) == {"result"} else None
                results.append((str(response.get("name")), alone if isinstance(alone, str) else json.dumps(given)))
    return tuple(results)
