"""Google's rules: which names there are, how turns follow one another, what thinking may be asked for, and that proofs come back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from lanewise.simulator.exchange import RejectedError
from lanewise.simulator.models import SimulatedModel
from lanewise.simulator.signatures import Signer

CALL, ANSWER = "call", "answer"
"""What a proof proves: a function call of this name follows, or the answer."""

WORDS_IN_PLACE = frozenset({"skip_thought_signature_validator", "context_engineering_is_the_way_to_go"})
_BUDGET = (1, 24_576)
_DYNAMIC = 8_192
_MOST_THINKING = 32_768


@dataclass(frozen=True, kw_only=True, slots=True)
class Thinking:
    """How much the model may think, and whether the caller sees it."""

    tokens: int = 0
    effort: str = "medium"
    shown: bool = False


def named(given: object, known: tuple[str, ...], where: str) -> dict[str, Any]:
    """The members under their documented names; Google refuses names it does not know, and those said in both spellings."""
    if not isinstance(given, dict):
        raise _invalid(f"Invalid value{where}: an object is expected")
    told: dict[str, Any] = {}
    for key, value in given.items():
        name = re.sub(r"_([a-z])", lambda match: match[1].upper(), key)
        if name not in known:
            raise _invalid(f'Invalid JSON payload received. Unknown name "{key}"{where}: Cannot find field.')
        if name in told:
            raise _invalid(f'Invalid JSON payload received. "{key}"{where} is already set.')
        told[name] = value
    return told


def check_turns(asked: dict[str, Any]) -> list[dict[str, Any]]:
    """The contents, where roles are known and every function call is answered at once."""
    contents = asked.get("contents")
    if not isinstance(contents, list) or not contents:
        raise _invalid("* GenerateContentRequest.contents: contents is not specified")
    open_calls = 0
    for content in contents:
        if content.get("role", "user") not in {"user", "model"}:
            raise _invalid("Please use a valid role: user, model.")
        kinds = [kind for part in _parts(content) for kind in part]
        answers = sum(kind in {"functionResponse", "function_response"} for kind in kinds)
        if (open_calls or answers) and answers != open_calls:
            raise _invalid(
                "Please ensure that the number of function response parts is equal to the number of function call parts of "
                "the function call turn."
            )
        open_calls = sum(kind in {"functionCall", "function_call"} for kind in kinds)
    return contents


def thinking_of(config: dict[str, Any], model: SimulatedModel, max_tokens: int) -> Thinking:
    """The thinking a request asks for; raises RejectedError where the model does not know it."""
    where = " at 'generation_config.thinking_config'"
    told = named(config.get("thinkingConfig") or {}, ("includeThoughts", "thinkingBudget", "thinkingLevel"), where)
    budget, level = told.get("thinkingBudget"), told.get("thinkingLevel")
    shown = bool(told.get("includeThoughts"))
    if budget is not None and level is not None:
        raise _invalid("You can only set only one of thinking budget and thinking level.")
    if not model.reasons:
        if told:
            raise _invalid("Unable to submit request because thinking is not supported by this model.")
        return Thinking()
    if model.capabilities.thinking == "effort":
        word = str(level or "high").lower()
        if word not in model.capabilities.efforts:
            raise _invalid(f"Thinking level {word.upper()} is not supported for this model.")
        return Thinking(tokens=min(_MOST_THINKING, max_tokens), effort=word, shown=shown)
    if level is not None:
        raise _invalid("Thinking level is not supported for this model.")
    if budget in {None, -1}:
        return Thinking(tokens=min(_DYNAMIC, max_tokens), effort="medium", shown=shown)
    if budget == 0:
        return Thinking()
    if not _BUDGET[0] <= budget <= _BUDGET[1]:
        raise _invalid(
            f"The thinking budget {budget} is invalid. Please choose a value between {_BUDGET[0]} and {_BUDGET[1]}."
        )
    effort = "low" if budget < 4_096 else "medium" if budget < 12_288 else "high"
    return Thinking(tokens=min(budget, max_tokens), effort=effort, shown=shown)


def check_signatures(contents: list[dict[str, Any]], model: SimulatedModel, signer: Signer, *, account: str) -> None:
    """Refuse proofs that this account and model did not get, and calls of the current turn that come back without one."""
    for place, content in enumerate(contents):
        first = True
        for part in _parts(content):
            call = part.get("functionCall") or part.get("function_call")
            signature = part.get("thoughtSignature") or part.get("thought_signature")
            if signature is not None:
                proven = f"{CALL} {call.get('name')}" if call else ANSWER
                standard = str(signature).replace("-", "+").replace("_", "/")
                words = str(signature).replace("/", "_")
                if words not in WORDS_IN_PLACE and not signer.valid(standard, proven, account=account, model=model.id):
                    raise _invalid("Thought signature is not valid.")
            if call and first and signature is None and _wants_proof(model) and place >= _current_turn(contents):
                raise _invalid(
                    f"Unable to submit request because function call `default_api:{call.get('name')}` in the {place + 1}. content block is "
                    "missing a `thought_signature`. Learn more: https://ai.google.dev/gemini-api/docs/thought-signatures"
                )
            first = first and not call


def _wants_proof(model: SimulatedModel) -> bool:
    return model.capabilities.thinking == "effort"


def _current_turn(contents: list[dict[str, Any]]) -> int:
    """Where the current turn begins: at the last content of the user with words in it."""
    spoken = [
        place
        for place, content in enumerate(contents)
        if content.get("role", "user") == "user" and any(part.get("text") for part in _parts(content))
    ]
    return spoken[-1] if spoken else 0


def _parts(content: dict[str, Any]) -> list[dict[str, Any]]:
    given = content.get("parts") or []
    return [part for part in (given if isinstance(given, list) else [given]) if isinstance(part, dict)]


def _invalid(message: str) -> RejectedError:
    return RejectedError(400, message, kind="INVALID_ARGUMENT")
