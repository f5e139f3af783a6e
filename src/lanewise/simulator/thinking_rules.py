"""Anthropic's rules of thinking: what a request may ask for, and that thinking comes back whole and signed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lanewise.simulator.exchange import RejectedError
from lanewise.simulator.models import SimulatedModel
from lanewise.simulator.signatures import Signer

_LEAST_BUDGET = 1_024
_MOST_THINKING = 32_768


@dataclass(frozen=True, kw_only=True, slots=True)
class Thinking:
    """How much the model may think, and whether the budget was named (which makes the rules strict)."""

    tokens: int = 0
    effort: str = "medium"
    strict: bool = False


def thinking_of(body: dict[str, Any], model: SimulatedModel, max_tokens: int) -> Thinking:
    """The thinking a request asks for; raises RejectedError where the model or the rules do not allow it."""
    config = body.get("thinking") or {"type": "disabled"}
    kind = config.get("type")
    effort = (body.get("output_config") or {}).get("effort")
    if effort is not None and effort not in model.capabilities.efforts:
        if not model.capabilities.efforts:
            raise _invalid("This model does not support the effort parameter.")
        raise _invalid(f"output_config.effort: Input should be one of {', '.join(model.capabilities.efforts)}")
    if kind == "disabled":
        return Thinking()
    if kind == "adaptive":
        if not model.capabilities.adaptive_thinking:
            raise _invalid("adaptive thinking is not supported on this model")
        return Thinking(tokens=min(_MOST_THINKING, max_tokens), effort=effort or "high")
    if kind != "enabled":
        raise _invalid(
            f"thinking: Input tag '{kind}' found using 'type' does not match any of the expected tags: "
            "'adaptive', 'disabled', 'enabled'"
        )
    return _budget(config, body, model, max_tokens)


def _budget(config: dict[str, Any], body: dict[str, Any], model: SimulatedModel, max_tokens: int) -> Thinking:
    if model.capabilities.thinking != "budget":
        raise _invalid(
            '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to '
            "control thinking behavior."
        )
    budget = config.get("budget_tokens")
    if not isinstance(budget, int):
        raise _invalid("thinking.enabled.budget_tokens: Field required")
    if budget < _LEAST_BUDGET:
        raise _invalid("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024")
    if budget >= max_tokens:
        raise _invalid("`max_tokens` must be greater than `thinking.budget_tokens`.")
    if body.get("temperature") not in {None, 1}:
        raise _invalid("`temperature` may only be set to 1 when thinking is enabled.")
    effort = "low" if budget < 4_096 else "medium" if budget < 12_288 else "high" if budget < 24_576 else "xhigh"
    return Thinking(tokens=budget, effort=effort, strict=True)


def check_returned_thinking(
    messages: list[dict[str, Any]], thinking: Thinking, signer: Signer, *, account: str, model: str
) -> None:
    """Raises RejectedError for thinking this vendor did not sign, and for missing thinking before an open tool use."""
    for i, message in enumerate(messages):
        if message["role"] != "assistant" or not isinstance(message.get("content"), list):
            continue
        for j, block in enumerate(message["content"]):
            if not _authentic(block, signer, account, model):
                kind, key = (block["type"], "data" if block["type"] == "redacted_thinking" else "signature")
                raise _invalid(f"messages.{i}.content.{j}: Invalid `{key}` in `{kind}` block")
    if thinking.strict:
        _require_leading_thinking(messages)


def _authentic(block: dict[str, Any], signer: Signer, account: str, model: str) -> bool:
    if block.get("type") == "thinking":
        signature, text = str(block.get("signature") or ""), str(block.get("thinking") or "")
        return signer.valid(signature, text, account=account, model=model)
    if block.get("type") == "redacted_thinking":
        return signer.valid(str(block.get("data") or ""), "redacted", account=account, model=model)
    return True


def _require_leading_thinking(messages: list[dict[str, Any]]) -> None:
    """Only the tool loop still open is checked: from the last plain user message on."""
    for i in range(len(messages) - 1, -1, -1):
        content = messages[i].get("content")
        kinds = [block.get("type") for block in content] if isinstance(content, list) else ["text"]
        if messages[i]["role"] == "user":
            if "tool_result" not in kinds:
                return
            continue
        if "tool_use" in kinds and kinds[0] not in {"thinking", "redacted_thinking"}:
            raise _invalid(
                f"messages.{i}.content.0.type: Expected `thinking` or `redacted_thinking`, but found `{kinds[0]}`. When `thinking` is "
                "enabled, a final `assistant` message must start with a thinking block (preceeding the lastmost set of `tool_use` and "
                "`tool_result` blocks). To avoid this requirement, disable `thinking`."
            )


def _invalid(message: str) -> RejectedError:
    return RejectedError(400, message, kind="invalid_request_error")
