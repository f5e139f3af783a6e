"""Reads an Anthropic messages request as the vendor does: strictly, with the vendor's own error messages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from lanewise.simulator import tokens
from lanewise.simulator.exchange import Ask, Conversation, InputUsage, RejectedError, Tool, ToolUse, heard
from lanewise.simulator.files import UnreadableError, words_of
from lanewise.simulator.models import MODELS_BY_NAME, SimulatedModel
from lanewise.simulator.prompt_cache import Block, PromptCache
from lanewise.simulator.signatures import Signer
from lanewise.simulator.thinking_rules import Thinking, check_returned_thinking, thinking_of

_IMAGE_TOKENS = 1_600
_MESSAGE_TOKENS = 4
_TTL_S = {"5m": 300.0, "1h": 3_600.0}
REDACT_TRIGGER = "SIMULATED_TRIGGER_REDACTED_THINKING"
"""A prompt that holds this gets its thinking back redacted, as the real vendor's test string does."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AnthropicReader:
    """Turns request bodies of the Anthropic-dialect vendor into asks."""

    vendor: str
    cache: PromptCache
    signer: Signer

    def read(self, body: dict[str, Any], account: str) -> Ask:
        """The ask in the body; raises RejectedError with what the real vendor would say."""
        model = self._model(body)
        messages = _messages(body)
        max_tokens = _max_tokens(body, model)
        thinking = thinking_of(body, model, max_tokens)
        check_returned_thinking(messages, thinking, self.signer, account=account, model=model.id)
        conversation = _conversation(body, messages)
        tools = tuple(_tool(i, spec) for i, spec in enumerate(body.get("tools") or ()))
        choice, parallel = _tool_choice(body, tools, thinking)
        config = body.get("output_config") or {}
        schema = (config.get("format") or {}).get("schema")
        return Ask(
            model=model,
            stream=bool(body.get("stream")),
            conversation=conversation,
            usage=self._input_usage(body, messages, model, account),
            tool_use=ToolUse(tools=tools, choice=choice, parallel=parallel, results=_results(messages)),
            schema=schema,
            json_mode=schema is not None,
            max_tokens=max_tokens,
            thinking_tokens=thinking.tokens,
            effort=thinking.effort,
            display=_display(body, conversation),
            stop=tuple(body.get("stop_sequences") or ()),
            account=account,
        )

    def count(self, body: dict[str, Any]) -> int:
        """The input tokens of a request that is not to be answered; raises RejectedError."""
        for name in ("max_tokens", "stream"):
            if name in body:
                raise invalid(f"{name}: Extra inputs are not permitted")
        return _total(body, list(_prompt_blocks(body, _messages(body))), self._model(body))

    def _model(self, body: dict[str, Any]) -> SimulatedModel:
        name = body.get("model")
        if not isinstance(name, str) or not name:
            raise invalid("model: Field required")
        model = MODELS_BY_NAME.get((self.vendor, name))
        if model is None:
            raise RejectedError(404, f"model: {name}", kind="not_found_error")
        return model

    def _input_usage(
        self, body: dict[str, Any], messages: list[dict[str, Any]], model: SimulatedModel, account: str
    ) -> InputUsage:
        blocks = list(_prompt_blocks(body, messages))
        total = _total(body, blocks, model)
        if total > model.context_tokens:
            raise invalid(f"prompt is too long: {total} tokens > {model.context_tokens} maximum")
        scope = f"{self.vendor}/{account}/{model.id}"
        read, written = self.cache.marked(scope, blocks, model.min_cacheable_tokens)
        return InputUsage(total=total, cached=read, written=written)


def _total(body: dict[str, Any], blocks: list[Block], model: SimulatedModel) -> int:
    return sum(block.tokens for block in blocks) + 3 + (model.tool_prompt_tokens if body.get("tools") else 0)


def invalid(message: str) -> RejectedError:
    """A 400 in Anthropic's words."""
    return RejectedError(400, message, kind="invalid_request_error")


def _max_tokens(body: dict[str, Any], model: SimulatedModel) -> int:
    value = body.get("max_tokens")
    if value is None:
        raise invalid("max_tokens: Field required")
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise invalid("max_tokens: Input should be greater than or equal to 0")
    if value > model.max_output_tokens:
        raise invalid(
            f"max_tokens: {value} > {model.max_output_tokens}, which is the maximum allowed number of output tokens for {model.id}"
        )
    if not model.capabilities.sampling:
        for name in ("temperature", "top_p", "top_k"):
            if body.get(name) not in {None, 1}:
                raise invalid(f"`{name}` is not supported for this model.")
    temperature = body.get("temperature")
    if temperature is not None and not 0 <= temperature <= 1:
        raise invalid("temperature: range: 0..1")
    return value


def _messages(body: dict[str, Any]) -> list[dict[str, Any]]:
    messages = body.get("messages")
    if not isinstance(messages, list):
        raise invalid("messages: Field required")
    if not messages:
        raise invalid("messages: at least one message is required")
    for i, message in enumerate(messages):
        role = message.get("role") if isinstance(message, dict) else None
        if role not in {"user", "assistant"}:
            raise invalid(f'messages: Unexpected role "{role}". Allowed roles are "user" or "assistant".')
        if not message.get("content") and not (role == "assistant" and i == len(messages) - 1):
            raise invalid(f"messages.{i}: {role} messages must have non-empty content")
    _check_tool_pairs(messages)
    return messages


def blocks_of(content: object) -> list[dict[str, Any]]:
    """Message content as blocks, whichever way it was written."""
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []


def _check_tool_pairs(messages: list[dict[str, Any]]) -> None:
    open_calls: list[str] = []
    for i, message in enumerate(messages):
        blocks = blocks_of(message.get("content"))
        answered = [b.get("tool_use_id") for b in blocks if b.get("type") == "tool_result"]
        missing = [call for call in open_calls if call not in answered]
        if missing:
            raise invalid(
                f"messages.{i - 1}: `tool_use` ids were found without `tool_result` blocks immediately after: {', '.join(missing)}. "
                "Each `tool_use` block must have a corresponding `tool_result` block in the next message."
            )
        for call in answered:
            if call not in open_calls:
                raise invalid(
                    f"messages.{i}.content.0: unexpected `tool_use_id` found in `tool_result` blocks: {call}. Each `tool_result` block "
                    "must have a corresponding `tool_use` block in the previous message."
                )
        open_calls = [b["id"] for b in blocks if b.get("type") == "tool_use"] if message["role"] == "assistant" else []
    if open_calls:
        raise invalid(
            f"messages.{len(messages) - 1}: `tool_use` ids were found without `tool_result` blocks immediately after: "
            f"{', '.join(open_calls)}. Each `tool_use` block must have a corresponding `tool_result` block in the next message."
        )


def _conversation(body: dict[str, Any], messages: list[dict[str, Any]]) -> Conversation:
    context = "\n".join(str(b.get("text", "")) for b in blocks_of(body.get("system") or ""))
    turns, lines, images = [], [f"system: {context}"] if context else [], 0
    for message in messages:
        blocks = blocks_of(message["content"])
        text = "\n".join(_words(b) for b in blocks if b.get("type") in {"text", "document"})
        lines.append(f"{message['role']}: {text}")
        lines.extend(_rest(b) for b in blocks if b.get("type") in {"tool_use", "tool_result"})
        images += sum(b.get("type") == "image" for b in blocks)
        turns.append((message["role"] == "user", text))
    asked, said = heard(turns)
    return Conversation(
        question=asked[-1] if asked else "",
        earlier=tuple(asked[:-1]),
        said=said,
        context=context,
        everything="\n".join(lines),
        images=images,
    )


def _words(block: dict[str, Any]) -> str:
    source = block.get("source") or {}
    if block.get("type") == "text":
        return str(block.get("text", ""))
    if source.get("type") == "text":
        return str(source.get("data", ""))
    if source.get("type") != "base64":
        return "\n".join(str(b.get("text", "")) for b in blocks_of(source.get("content") or ""))
    try:
        if source.get("media_type") != "application/pdf":
            raise UnreadableError("Input should be 'application/pdf'")
        return words_of("application/pdf", str(source.get("data")))
    except UnreadableError as error:
        raise invalid(f"messages: document.source.base64: {error}") from error


def _rest(block: dict[str, Any]) -> str:
    return json.dumps({k: v for k, v in block.items() if k != "cache_control"}, sort_keys=True)


def _results(messages: list[dict[str, Any]]) -> tuple[tuple[str, str], ...]:
    names = {
        block["id"]: str(block.get("name"))
        for message in messages
        for block in blocks_of(message["content"])
        if block.get("type") == "tool_use"
    }
    last = blocks_of(messages[-1]["content"]) if messages[-1]["role"] == "user" else []
    results = [b for b in last if b.get("type") == "tool_result"]
    return tuple(
        (
            names.get(b.get("tool_use_id", ""), "tool"),
            "\n".join(str(p.get("text", "")) for p in blocks_of(b.get("content") or "")),
        )
        for b in results
    )


def _tool(position: int, spec: object) -> Tool:
    if not isinstance(spec, dict) or not spec.get("name"):
        raise invalid(f"tools.{position}.custom.name: Field required")
    if "input_schema" not in spec:
        raise invalid(f"tools.{position}.custom.input_schema: Field required")
    return Tool(name=str(spec["name"]), description=str(spec.get("description") or ""), parameters=spec["input_schema"])


def _tool_choice(body: dict[str, Any], tools: tuple[Tool, ...], thinking: Thinking) -> tuple[str, bool]:
    choice = body.get("tool_choice") or {"type": "auto"}
    kind, parallel = choice.get("type"), not choice.get("disable_parallel_tool_use", False)
    if kind in {"any", "tool"} and thinking.tokens:
        raise invalid("Thinking may not be enabled when tool_choice forces tool use.")
    if kind == "tool":
        name = choice.get("name")
        if name not in {tool.name for tool in tools}:
            raise invalid(f"Tool '{name}' not found in provided tools")
        return str(name), parallel
    if kind not in {"auto", "any", "none"}:
        raise invalid(f"tool_choice: Input tag '{kind}' found using 'type' does not match any of the expected tags")
    return {"any": "required"}.get(str(kind), str(kind)), parallel


def _display(body: dict[str, Any], conversation: Conversation) -> Literal["full", "omitted", "redacted"]:
    if REDACT_TRIGGER in conversation.everything:
        return "redacted"
    return "omitted" if (body.get("thinking") or {}).get("display") == "omitted" else "full"


def _prompt_blocks(body: dict[str, Any], messages: list[dict[str, Any]]) -> Iterator[Block]:
    for tool in body.get("tools") or ():
        yield _block("tool", tool)
    for part in blocks_of(body.get("system") or ""):
        yield _block("system", part)
    for message in messages:
        for position, part in enumerate(blocks_of(message["content"])):
            yield _block(message["role"], part, extra=_MESSAGE_TOKENS if position == 0 else 0)


def _block(role: str, part: dict[str, Any], extra: int = 0) -> Block:
    kind = part.get("type", "text")
    if kind == "text":
        text = str(part.get("text", ""))
        counted = tokens.count(text)
    else:
        text = _rest(part)
        counted = _IMAGE_TOKENS if kind == "image" else tokens.count(text)
    marker = part.get("cache_control")
    ttl_s = _TTL_S.get(marker.get("ttl", "5m"), 300.0) if isinstance(marker, dict) else None
    return Block(data=f"{role}\0{kind}\0{text}".encode(), tokens=counted + extra, ttl_s=ttl_s)
