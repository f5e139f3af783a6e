"""Reads an OpenAI chat completion request as the vendor does: strictly, with the vendor's own error messages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lanewise.simulator import tokens
from lanewise.simulator.exchange import Ask, Conversation, InputUsage, RejectedError, Tool, ToolUse, heard
from lanewise.simulator.files import UnreadableError, words_of_url
from lanewise.simulator.models import MODELS_BY_NAME, SimulatedModel
from lanewise.simulator.prompt_cache import PromptCache

_IMAGE_TOKENS = 765
_MESSAGE_TOKENS = 4
_ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})
_SAMPLING = ("temperature", "top_p", "presence_penalty", "frequency_penalty")
_DEFAULT_THINKING = 32_768


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenAIReader:
    """Turns request bodies of one OpenAI-dialect vendor into asks."""

    vendor: str
    cache: PromptCache
    models: Mapping[tuple[str, str], SimulatedModel] = field(default_factory=lambda: MODELS_BY_NAME)

    def read(self, body: dict[str, Any], account: str) -> Ask:
        """The ask in the body; raises RejectedError with what the real vendor would say."""
        model = self._model(body)
        _refuse_unsupported(body, model)
        messages = _messages(body)
        conversation = _conversation(messages)
        tools = tuple(_tool(i, spec) for i, spec in enumerate(body.get("tools") or ()))
        schema, json_mode = _response_format(body, model, messages)
        usage = self._input_usage(model, body, conversation, account)
        limit = body.get("max_completion_tokens") or body.get("max_tokens")
        effort = body.get("reasoning_effort") or "medium"
        thinks = model.capabilities.thinking in {"effort", "always"} and effort != "none"
        options = body.get("stream_options") or {}
        return Ask(
            model=model,
            stream=bool(body.get("stream")),
            conversation=conversation,
            usage=usage,
            tool_use=ToolUse(
                tools=tools,
                choice=_tool_choice(body, tools),
                parallel=body.get("parallel_tool_calls", True) is not False,
                results=_results(messages),
            ),
            schema=schema,
            json_mode=json_mode,
            max_tokens=min(int(limit or model.max_output_tokens), model.max_output_tokens),
            thinking_tokens=_DEFAULT_THINKING if thinks else 0,
            effort=effort,
            stop=_stop(body),
            seed=body.get("seed"),
            include_usage=bool(options.get("include_usage")),
            top_logprobs=int(body.get("top_logprobs") or 0) if body.get("logprobs") else None,
            account=account,
        )

    def _model(self, body: dict[str, Any]) -> SimulatedModel:
        name = body.get("model")
        if not isinstance(name, str) or not name:
            raise invalid("you must provide a model parameter", param="model")
        model = self.models.get((self.vendor, name))
        if model is None:
            message = f"The model `{name}` does not exist or you do not have access to it."
            raise RejectedError(404, message, kind="invalid_request_error", code="model_not_found")
        return model

    def _input_usage(
        self, model: SimulatedModel, body: dict[str, Any], conversation: Conversation, account: str
    ) -> InputUsage:
        text = json.dumps(body.get("tools"), sort_keys=True) if body.get("tools") else ""
        text += conversation.everything
        overhead = _MESSAGE_TOKENS * len(body["messages"]) + 3 + _IMAGE_TOKENS * conversation.images
        total = tokens.count(text) + overhead
        if total > model.context_tokens:
            message = (
                f"This model's maximum context length is {model.context_tokens} tokens. However, your messages resulted in "
                f"{total} tokens. Please reduce the length of the messages."
            )
            raise invalid(message, param="messages", code="context_length_exceeded")
        scope = f"{self.vendor}/{account}/{model.id}"
        cached = self.cache.implicit(
            scope, text, unit_tokens=model.cache_unit_tokens, min_tokens=model.min_cacheable_tokens
        )
        whole_units = (total - 1) // model.cache_unit_tokens * model.cache_unit_tokens
        return InputUsage(total=total, cached=min(cached, whole_units))


def invalid(message: str, *, param: str | None = None, code: str | None = None) -> RejectedError:
    """A 400 in OpenAI's words."""
    return RejectedError(400, message, kind="invalid_request_error", code=code, param=param)


def _refuse_unsupported(body: dict[str, Any], model: SimulatedModel) -> None:
    if body.get("n") not in {None, 1}:
        raise invalid(
            "Invalid value for 'n': this simulated vendor supports only n=1.", param="n", code="invalid_value"
        )
    _refuse_limits(body)
    if not model.capabilities.sampling:
        _refuse_sampling(body)
    effort = body.get("reasoning_effort")
    if effort is None:
        return
    if model.capabilities.thinking == "none":
        message = "Unrecognized request argument supplied: reasoning_effort"
        raise invalid(message)
    efforts = (*model.capabilities.efforts, "none")
    if model.capabilities.efforts and effort not in efforts:
        listed = ", ".join(f"'{name}'" for name in model.capabilities.efforts)
        message = f"Unsupported value: 'reasoning_effort' does not support '{effort}' with this model. Supported values are: {listed}."
        raise invalid(message, param="reasoning_effort", code="unsupported_value")


def _refuse_sampling(body: dict[str, Any]) -> None:
    if body.get("max_tokens") is not None:
        message = (
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
        )
        raise invalid(message, param="max_tokens", code="unsupported_parameter")
    for name in _SAMPLING:
        default = 0 if name.endswith("penalty") else 1
        if body.get(name) not in {None, default}:
            message = (
                f"Unsupported value: '{name}' does not support {body[name]} with this model. "
                f"Only the default ({default}) value is supported."
            )
            raise invalid(message, param=name, code="unsupported_value")
    for name in ("logprobs", "top_logprobs", "logit_bias", "stop"):
        if body.get(name):
            raise invalid(
                f"Unsupported parameter: '{name}' is not supported with this model.",
                param=name,
                code="unsupported_parameter",
            )


def _refuse_limits(body: dict[str, Any]) -> None:
    for name in ("max_tokens", "max_completion_tokens"):
        value = body.get(name)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
            message = f"Invalid '{name}': integer below minimum value. Expected a value >= 1, but got {value} instead."
            raise invalid(message, param=name, code="integer_below_min_value")
    temperature = body.get("temperature")
    if temperature is not None and (not isinstance(temperature, int | float) or not 0 <= temperature <= 2):
        message = "Invalid 'temperature': decimal out of range. Expected a value between 0 and 2."
        raise invalid(message, param="temperature", code="decimal_out_of_range")
    if body.get("stream_options") is not None and not body.get("stream"):
        message = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
        raise invalid(message, param="stream_options")
    if body.get("top_logprobs") and not body.get("logprobs"):
        raise invalid("The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.", param="top_logprobs")


def _messages(body: dict[str, Any]) -> list[dict[str, Any]]:
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        what = "Missing required parameter: 'messages'." if messages is None else "Invalid 'messages': empty array."
        raise invalid(what, param="messages", code="missing_required_parameter" if messages is None else "empty_array")
    open_calls: set[str] = set()
    for i, message in enumerate(messages):
        role = message.get("role") if isinstance(message, dict) else None
        if role not in _ROLES:
            raise invalid(
                f"Invalid value: '{role}'. Supported values are: 'system', 'assistant', 'user', 'tool', and "
                "'developer'.",
                param=f"messages[{i}].role",
                code="invalid_value",
            )
        if role == "tool":
            if message.get("tool_call_id") not in open_calls:
                raise invalid(
                    "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
                    param=f"messages.[{i}].role",
                )
            open_calls.discard(message["tool_call_id"])
            continue
        _refuse_unanswered(open_calls, i)
        open_calls = {call.get("id") for call in message.get("tool_calls") or ()} if role == "assistant" else set()
    _refuse_unanswered(open_calls, len(messages) - 1)
    return messages


def _refuse_unanswered(open_calls: set[str], position: int) -> None:
    if open_calls:
        raise invalid(
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. "
            f"The following tool_call_ids did not have response messages: {', '.join(sorted(open_calls))}",
            param=f"messages.[{position}].role",
        )


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(_words(part) for part in content if isinstance(part, dict))
    return ""


def _words(part: dict[str, Any]) -> str:
    if part.get("type") != "file":
        return str(part.get("text") or part.get("refusal") or "")
    data = (part.get("file") or {}).get("file_data")
    try:
        if not str(data).startswith("data:application/pdf;"):
            raise UnreadableError("Expected a base64-encoded data URL with an application/pdf MIME type")
        return words_of_url(data)
    except UnreadableError as error:
        raise invalid(f"Invalid file data: 'file_data'. {error}.", param="messages", code="invalid_value") from error


def _conversation(messages: list[dict[str, Any]]) -> Conversation:
    spoken = [m for m in messages if m["role"] not in {"system", "developer"}]
    asked, said = heard((m["role"] == "user", _text(m.get("content"))) for m in spoken)
    context = "\n".join(_text(m.get("content")) for m in messages if m["role"] in {"system", "developer"})
    lines, images = [], 0
    for message in messages:
        content = message.get("content")
        lines.append(f"{message['role']}: {_text(content)}")
        if message.get("tool_calls"):
            lines.append(json.dumps(message["tool_calls"], sort_keys=True))
        if isinstance(content, list):
            images += sum(isinstance(part, dict) and part.get("type") == "image_url" for part in content)
    return Conversation(
        question=asked[-1] if asked else "",
        earlier=tuple(asked[:-1]),
        said=said,
        context=context,
        everything="\n".join(lines),
        images=images,
    )


def _results(messages: list[dict[str, Any]]) -> tuple[tuple[str, str], ...]:
    start = max((i for i, m in enumerate(messages) if m["role"] == "user"), default=-1) + 1
    names = {
        call["id"]: call.get("function", {}).get("name", "tool")
        for message in messages[start:]
        for call in message.get("tool_calls") or ()
        if call.get("id")
    }
    return tuple(
        (names.get(m.get("tool_call_id"), "tool"), _text(m.get("content")))
        for m in messages[start:]
        if m["role"] == "tool"
    )


def _tool(position: int, spec: object) -> Tool:
    function = spec.get("function") if isinstance(spec, dict) and spec.get("type") == "function" else None
    if not isinstance(function, dict) or not function.get("name"):
        raise invalid(f"Missing required parameter: 'tools[{position}].function'.", param=f"tools[{position}].function")
    return Tool(
        name=str(function["name"]),
        description=str(function.get("description") or ""),
        parameters=function.get("parameters") or {},
    )


def _tool_choice(body: dict[str, Any], tools: tuple[Tool, ...]) -> str:
    choice = body.get("tool_choice")
    if choice is None:
        return "auto"
    if not tools:
        raise invalid("'tool_choice' is only allowed when 'tools' are specified.", param="tool_choice")
    if isinstance(choice, str) and choice in {"auto", "none", "required"}:
        return choice
    name = choice.get("function", {}).get("name") if isinstance(choice, dict) else None
    if name not in {tool.name for tool in tools}:
        raise invalid(f"Tool choice '{name or choice}' not found in 'tools' parameter.", param="tool_choice")
    return str(name)


def _response_format(
    body: dict[str, Any], model: SimulatedModel, messages: list[dict[str, Any]]
) -> tuple[dict[str, Any] | None, bool]:
    wanted = body.get("response_format") or {}
    kind = wanted.get("type", "text")
    if kind == "json_schema":
        spec = wanted.get("json_schema") or {}
        if not model.capabilities.json_schema:
            raise invalid(
                "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
                param="response_format",
            )
        if not isinstance(spec, dict):
            raise invalid(
                "Invalid type for 'response_format.json_schema': expected an object.",
                param="response_format.json_schema",
                code="invalid_type",
            )
        if not spec.get("name"):
            raise invalid(
                "Missing required parameter: 'response_format.json_schema.name'.",
                param="response_format.json_schema.name",
                code="missing_required_parameter",
            )
        return spec.get("schema") or {"type": "object", "properties": {}}, True
    if kind == "json_object" and not any("json" in _text(m.get("content")).lower() for m in messages):
        raise invalid(
            "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
            param="messages",
        )
    return None, kind == "json_object"


def _stop(body: dict[str, Any]) -> tuple[str, ...]:
    stop = body.get("stop")
    if stop is None:
        return ()
    marks = [stop] if isinstance(stop, str) else stop
    if not isinstance(marks, list) or len(marks) > 4:
        raise invalid("Invalid 'stop': array too long. Expected an array with maximum length 4.", param="stop")
    return tuple(str(mark) for mark in marks)
