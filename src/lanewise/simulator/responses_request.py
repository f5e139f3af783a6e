"""Reads an OpenAI Responses request as the vendor does: items, its own memory, and its own sealed reasoning."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from lanewise.simulator.exchange import Ask, Kept, RejectedError
from lanewise.simulator.files import UnreadableError, words_of_url
from lanewise.simulator.openai_request import OpenAIReader, invalid
from lanewise.simulator.responses_memory import Item, ResponsesMemory
from lanewise.simulator.signatures import Signer

_ENCRYPTED = "reasoning.encrypted_content"
_LOGPROBS = "message.output_text.logprobs"
_LEAST_OUTPUT = 16  # tokens, as at the real vendor
#: Parameters of the other API, which this one answers with a 400.
_OF_CHAT = (
    "messages",
    "max_tokens",
    "max_completion_tokens",
    "response_format",
    "reasoning_effort",
    "n",
    "stop",
    "seed",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ResponsesReader:
    """Turns request bodies into asks. What it says to the model is what a chat completion of the same words would."""

    chat: OpenAIReader
    memory: ResponsesMemory
    signer: Signer

    def read(self, body: dict[str, Any], account: str) -> Ask:
        """The ask in the body; raises RejectedError with what the real vendor would say."""
        for name in _OF_CHAT:
            if name in body:
                raise invalid(f"Unsupported parameter: '{name}'.", param=name, code="unsupported_parameter")
        least = body.get("max_output_tokens")
        if isinstance(least, int) and least < _LEAST_OUTPUT:
            message = f"Invalid 'max_output_tokens': integer below minimum value. Expected >= {_LEAST_OUTPUT}, but got {least}."
            raise invalid(message, param="max_output_tokens", code="integer_below_min_value")
        said = self._said(body, account)
        ask = self.chat.read(_as_chat(body, said), account)
        self._check_reasoning(said, ask)
        reasoning = body.get("reasoning") or {}
        return replace(
            ask,
            display="full" if reasoning.get("summary") else "omitted",
            kept=Kept(
                said=tuple(said),
                store=body.get("store", True) is not False,
                sealed=_ENCRYPTED in (body.get("include") or ()),
                asked=body,
            ),
        )

    def _said(self, body: dict[str, Any], account: str) -> list[Item]:
        given = body.get("input")
        if not isinstance(given, str | list) or not given:
            raise invalid("Missing required parameter: 'input'.", param="input", code="missing_required_parameter")
        now = [{"type": "message", "role": "user", "content": given}] if isinstance(given, str) else given
        previous = body.get("previous_response_id")
        before: tuple[Item, ...] | None = ()
        if previous is not None:
            before = self.memory.said_before(account, str(previous))
            if before is None:
                message = f"Previous response with id '{previous}' not found."
                raise RejectedError(
                    400,
                    message,
                    kind="invalid_request_error",
                    code="previous_response_not_found",
                    param="previous_response_id",
                )
        said = [*(before or ()), *(self._found(item, account) for item in now)]
        _check_calls(said)
        return said

    def _found(self, item: Item, account: str) -> Item:
        """The item itself, or the one that it only names."""
        if not isinstance(item, dict):
            raise invalid("Invalid type for 'input[0]': expected an object.", param="input", code="invalid_type")
        if item.get("type") != "item_reference":
            return item
        found = self.memory.item(account, str(item.get("id")))
        if found is None:
            raise _not_found(item)
        return found

    def _check_reasoning(self, said: list[Item], ask: Ask) -> None:
        """Sealed reasoning must be this account's and this model's own, unchanged; unsealed must be remembered."""
        for number, item in enumerate(said):
            if item.get("type") != "reasoning":
                continue
            sealed, item_id = item.get("encrypted_content"), str(item.get("id"))
            if sealed is None:
                if self.memory.item(ask.account, item_id) is None:
                    raise _not_found(item)
            elif not self.signer.valid(str(sealed), item_id, account=ask.account, model=ask.model.id):
                message = f"The encrypted content for item {item_id} could not be verified."
                raise invalid(message, param=f"input[{number}]", code="invalid_encrypted_content")


def _not_found(item: Item) -> RejectedError:
    message = (
        f"Item with id '{item.get('id')}' not found. Items are not persisted when `store` is set to false. "
        "Try again with `store` set to true, or remove this item from your input."
    )
    return RejectedError(404, message, kind="invalid_request_error", param="input")


def _check_calls(said: list[Item]) -> None:
    calls = {item.get("call_id") for item in said if item.get("type") == "function_call"}
    outputs = {item.get("call_id") for item in said if item.get("type") == "function_call_output"}
    for missing in sorted(map(str, calls - outputs)):
        raise invalid(f"No tool output found for function call {missing}.", param="input")
    for missing in sorted(map(str, outputs - calls)):
        raise invalid(f"No tool call found for function call output with call_id {missing}.", param="input")


def _as_chat(body: dict[str, Any], said: list[Item]) -> dict[str, Any]:
    """The same request as a chat completion, which the model reads."""
    include = body.get("include") or ()
    reasoning = body.get("reasoning") or {}
    chat: dict[str, Any] = {"model": body.get("model"), "stream": body.get("stream"), "messages": _messages(body, said)}
    chat |= {key: body[key] for key in ("temperature", "top_p", "parallel_tool_calls") if body.get(key) is not None}
    if body.get("max_output_tokens") is not None:
        chat["max_completion_tokens"] = body["max_output_tokens"]
    if reasoning.get("effort") is not None:
        chat["reasoning_effort"] = reasoning["effort"]
    if _LOGPROBS in include or body.get("top_logprobs"):
        chat |= {"logprobs": True, "top_logprobs": body.get("top_logprobs") or 0}
    tools = [tool for tool in body.get("tools") or () if isinstance(tool, dict) and tool.get("type") == "function"]
    if tools:
        chat["tools"] = [{"type": "function", "function": tool} for tool in tools]
        choice = body.get("tool_choice")
        chat["tool_choice"] = {"function": {"name": choice.get("name")}} if isinstance(choice, dict) else choice
    format_ = (body.get("text") or {}).get("format") or {}
    if format_.get("type") == "json_schema":
        chat["response_format"] = {"type": "json_schema", "json_schema": format_}
    elif format_.get("type") == "json_object":
        chat["response_format"] = {"type": "json_object"}
    return chat


def _messages(body: dict[str, Any], said: list[Item]) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    if body.get("instructions"):
        messages.append({"role": "system", "content": body["instructions"]})
    for item in said:
        kind = item.get("type") or "message"
        if kind == "message":
            messages.append({"role": item.get("role"), "content": _content(item.get("content"))})
        elif kind == "function_call":
            function = {"name": item.get("name"), "arguments": item.get("arguments")}
            call = {"id": item.get("call_id"), "type": "function", "function": function}
            if messages and messages[-1].get("tool_calls"):  # calls of one answer stand in one message
                messages[-1]["tool_calls"].append(call)
            else:
                messages.append({"role": "assistant", "content": None, "tool_calls": [call]})
        elif kind == "function_call_output":
            content = _content(item.get("output"))
            messages.append({"role": "tool", "tool_call_id": item.get("call_id"), "content": content})
    return messages


def _content(content: object) -> object:
    if not isinstance(content, list):
        return content
    return [_part(part) for part in content if isinstance(part, dict)]


def _part(part: dict[str, Any]) -> dict[str, Any]:
    kind = part.get("type")
    if kind != "input_file":
        return part | {"type": "image_url" if kind == "input_image" else "text"}
    try:
        return {"type": "text", "text": words_of_url(part.get("file_data"))}
    except UnreadableError as error:
        raise invalid(f"Invalid file data: 'file_data'. {error}.", param="input", code="invalid_value") from error
