"""From a document to the typed models of `schema.py`, with pydantic's complaints put in words of the file."""

from __future__ import annotations

from typing import get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from lanewise.config.document import Document
from lanewise.config.mistakes import Path, dotted
from lanewise.config.quantities import NotUnderstood
from lanewise.config.schema import PolicyFile
from lanewise.core.nearest import did_you_mean

_EXAMPLES: dict[str, str] = {
    "providers": "Write for example `providers: {openai: {api_key: ${OPENAI_API_KEY}}}`.",
    "lanes": "Write for example `lanes: {standard: {deployments: [openai/gpt-5.4-mini]}}`.",
    "deployments": "Write for example `deployments: [openai/gpt-5.4-mini]`.",
    "lane": "Write the lane that answers, for example `lane: standard`.",
    "when": "Write when the rule holds, for example `when: {task: [summarize]}`.",
    "input": "Write dollars per million input tokens, for example `input: $0.10`.",
    "output": "Write dollars per million output tokens, for example `output: $0.40`.",
}

#: Sections that one is tempted to write as a single value, by their last key.
_SECTIONS: dict[str, str] = {
    "redis": "{url: redis://localhost:6379/0}",
    "semantic": "{alpha: 5%}",
    "cache": "{exact: true, ttl: 24h}",
    "budget": "{daily: $50}",
    "routing": "{default: standard}",
    "small_model": "{deployment: openai/gpt-5.4-nano}",
    "record": "{content: sampled}",
    "limits": "{max_calls: 8}",
    "server": "{max_body: 32MiB}",
    "models": "{gpt-5: auto}",
    "breaker": "{error_rate: 50%}",
}
#: The same for sections that have a name of the operator's own, by what they stand in.
_NAMED: dict[str, str] = {
    "providers": "{api_key: ${OPENAI_API_KEY}}",
    "lanes": "{deployments: [openai/gpt-5.4-mini]}",
    "tenants": "{budget: {daily: $50}}",
    "prices": "{input: $0.10, output: $0.40}",
    "plans": "{lanes: [standard]}",
}


def read_shape(document: Document) -> PolicyFile | None:
    """The file as typed models; None where it is not one, with every reason noted in the document."""
    try:
        return PolicyFile.model_validate(document.data)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
    noted = {mistake.key for mistake in document.mistakes}  # e.g. a variable that is not set: one reason is enough
    for detail in details:
        path = _place(document, tuple(part for part in detail["loc"] if part != "[key]"))
        if dotted(path) not in noted:
            _note(document, path, detail)
    return None


#: What one might write where it would do nothing, by section and key.
_ELSEWHERE = {
    ("profiles", "strategy"): "Write `strategy` at a lane, and that lane first in the profile's `lanes`.",
    ("cache", "semantic"): "Write it for a tenant: `tenants: {acme: {cache: {semantic: {alpha: 5%}}}}`.",
}


def _place(document: Document, path: Path) -> Path:
    """Where it stands: one text that stands for a list of one has no index."""
    return path[:-1] if path and isinstance(path[-1], int) and path not in document.values else path


def _note(document: Document, path: Path, detail: ErrorDetails) -> None:
    kind, context = detail["type"], detail.get("ctx", {})
    name = str(path[-1]) if path else ""
    wrong = context.get("error")
    if kind == "extra_forbidden":
        remedy = _ELSEWHERE.get((str(path[0]), name)) or did_you_mean(name, known_keys(path[:-1]))
        document.at_key(path, "is not a key of a policy", remedy)
    elif kind == "missing":
        document.at_key(path, "is missing", _EXAMPLES.get(name, "Write it."))
    elif document.is_empty(path):
        document.at_key(path, "has no value", "Write one, or remove the line.")
    elif isinstance(wrong, NotUnderstood):
        document.at_value(path, wrong.problem, _sentence(wrong.remedy))
    elif kind == "literal_error":
        known = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ").split(", ")
        document.at_value(path, "is not one of its values", did_you_mean(document.written.get(path, ""), known))
    elif kind in ("model_type", "dict_type"):
        document.at_value(path, "is not a mapping", _mapping(path))
    elif kind in ("list_type", "too_short"):
        problem = "is empty" if kind == "too_short" else "is not a list"
        document.at_value(path, problem, _EXAMPLES.get(name, "Write a list: [first, second]."))
    else:
        document.at_value(path, "cannot be used", _sentence(detail["msg"]))


def _mapping(path: Path) -> str:
    """What to write where a section is one value, or a list."""
    example = _SECTIONS.get(str(path[-1])) or (_NAMED.get(str(path[-2])) if len(path) == 2 else None)
    if example is not None:
        return f"Write for example `{path[-1]}: {example}`."
    keys = known_keys(path)
    return (
        f"Write `key: value` lines below it; its keys: {', '.join(keys)}."
        if keys
        else _EXAMPLES.get(str(path[-1]), "Write `key: value` lines below it.")
    )


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:].rstrip('.')}."


def known_keys(path: Path) -> list[str]:
    """The keys that the schema knows in the mapping at this path."""
    kind: object = PolicyFile
    for part in path:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            field = kind.model_fields.get(str(part))
            kind = field.annotation if field is not None else None
        else:
            kind = get_args(kind)[-1] if get_args(kind) else None
        kind = _model_in(kind)
    return list(kind.model_fields) if isinstance(kind, type) and issubclass(kind, BaseModel) else []


def _model_in(kind: object) -> object:
    """The one alternative of an optional type that has keys of its own."""
    options = [option for option in get_args(kind) if option is not type(None)]
    return options[0] if type(None) in get_args(kind) and len(options) == 1 else kind
