"""What may be written as a model's name, listed as the SDKs of each dialect want it listed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Protocol
from urllib.parse import parse_qsl

import msgspec
from starlette.types import Scope

from lanewise.core.bounds import Bounds, bounds_of
from lanewise.core.errors import InvalidRequest, UnknownModel
from lanewise.core.policy import Deployment, Lane, ModelFacts, Policy
from lanewise.core.request import Caller, Dialect
from lanewise.pipeline.bounding import bounded
from lanewise.pipeline.gateway import Gateway
from lanewise.server.auth import Door
from lanewise.server.paths import dialect_of
from lanewise.server.reads import Read

_UNKNOWN_TIME = "1970-01-01T00:00:00Z"  # Anthropic's own word for a model whose release nobody knows
_MOST_LISTED = 1_000


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """One name, and what is known of the model behind it where it is one."""

    name: str
    owner: str = "lanewise"
    facts: ModelFacts = ModelFacts()


def listed_for(policy: Policy, caller: Caller) -> dict[str, Listed]:
    """Every name that means something to this caller, and that it may use: `auto`, lanes, the policy's own names, models."""
    tenant = policy.tenant(caller.tenant)
    bounds = bounds_of(policy, tenant, caller)
    lanes = {name: here for name, lane in policy.lanes.items() if (here := bounded(lane, bounds, policy)) is not None}
    found = {"auto": Listed(name="auto")} if lanes else {}
    for lane in lanes:
        found[f"lane:{lane}"] = Listed(name=f"lane:{lane}")
    reached = _reached(policy, lanes.values(), bounds)
    pinned = {name for each in reached for name in (each.name, each.model)}
    for name, meaning in {**tenant.models, **policy.models, **tenant.models}.items():
        sought = {"auto": bool(lanes), "lane": meaning.lane in lanes, "pin": name in pinned}
        if name != "*" and (sought[meaning.meaning] or not bounds):
            found.setdefault(name, Listed(name=name))
    for deployment in reached:
        of = Listed(name=deployment.model, owner=deployment.provider.name, facts=deployment.facts)
        found.setdefault(deployment.model, of)
    return found


def _reached(policy: Policy, lanes: Iterable[Lane], bounds: Bounds) -> Iterable[Deployment]:
    """The deployments that a caller may name: all, or those of its lanes and those that stand in a lane of their own."""
    if not bounds:
        return policy.deployments.values()
    alone = [Lane(name="pin", deployments=(each,)) for each in policy.deployments.values()]
    return [each for lane in (*lanes, *alone) if (here := bounded(lane, bounds, policy)) for each in here.deployments]


class Shape(Protocol):
    """A dialect's way to list."""

    def page(self, listed: Sequence[Listed], query: Mapping[str, str]) -> dict[str, Any]:
        """The part of the list that the query asks for. Raises InvalidRequest."""

    def one(self, listed: Listed) -> dict[str, Any]:
        """One entry."""


class OpenAIShape:
    """OpenAI lists all at once."""

    def page(self, listed: Sequence[Listed], query: Mapping[str, str]) -> dict[str, Any]:  # noqa: ARG002 - the protocol's
        """All."""
        return {"object": "list", "data": [self.one(each) for each in listed]}

    def one(self, listed: Listed) -> dict[str, Any]:
        """One entry."""
        return {"id": listed.name, "object": "model", "created": 0, "owned_by": listed.owner}


class AnthropicShape:
    """Anthropic pages by ids: `limit`, `after_id`, `before_id`."""

    def page(self, listed: Sequence[Listed], query: Mapping[str, str]) -> dict[str, Any]:
        """One page."""
        limit = _count(query, "limit") or _MOST_LISTED
        after, before = query.get("after_id"), query.get("before_id")
        start = 0 if after is None else _place(listed, after, "after_id") + 1
        end = len(listed) if before is None else _place(listed, before, "before_id")
        shown = listed[start:end]
        more = len(shown) > limit
        shown = shown[-limit:] if before is not None and after is None else shown[:limit]
        return {
            "data": [self.one(each) for each in shown],
            "has_more": more,
            "first_id": shown[0].name if shown else None,
            "last_id": shown[-1].name if shown else None,
        }

    def one(self, listed: Listed) -> dict[str, Any]:
        """One entry. A model with a day on which it is shut down is on its way out, as long as it answers."""
        shutdown = listed.facts.shutdown
        return {
            "type": "model",
            "id": listed.name,
            "display_name": listed.name,
            "created_at": _UNKNOWN_TIME,
            "lifecycle": "active" if shutdown is None else "deprecated",
            "deprecated_at": None,
            "retires_at": None if shutdown is None else f"{shutdown.isoformat()}T00:00:00Z",
            "line": None,
            "capabilities": None,
            "max_input_tokens": listed.facts.context_tokens,
            "max_tokens": listed.facts.max_output_tokens,
        }


class GeminiShape:
    """Gemini pages by a token: `pageSize`, `pageToken`."""

    def page(self, listed: Sequence[Listed], query: Mapping[str, str]) -> dict[str, Any]:
        """One page."""
        size, token = _count(query, "pageSize") or _MOST_LISTED, query.get("pageToken")
        start = _place(listed, token, "pageToken") if token else 0
        body: dict[str, Any] = {"models": [self.one(each) for each in listed[start : start + size]]}
        if start + size < len(listed):
            body["nextPageToken"] = listed[start + size].name
        return body

    def one(self, listed: Listed) -> dict[str, Any]:
        """One entry."""
        entry: dict[str, Any] = {
            "name": f"models/{listed.name}",
            "version": "1",
            "displayName": listed.name,
            "supportedGenerationMethods": ["generateContent", "streamGenerateContent"],
        }
        limits = {"inputTokenLimit": listed.facts.context_tokens, "outputTokenLimit": listed.facts.max_output_tokens}
        return entry | {key: tokens for key, tokens in limits.items() if tokens is not None}


_SHAPES: Mapping[Dialect, Shape] = MappingProxyType(
    {
        Dialect.OPENAI_CHAT: OpenAIShape(),
        Dialect.OPENAI_RESPONSES: OpenAIShape(),
        Dialect.ANTHROPIC_MESSAGES: AnthropicShape(),
        Dialect.GEMINI: GeminiShape(),
    }
)


def models(gateway: Gateway, door: Door) -> Read:
    """`GET /v1/models`, `/v1beta/models`: what a caller may write as `model`, in the shape its SDK reads."""

    async def read(scope: Scope) -> tuple[int, bytes]:
        caller = door.caller(scope)
        listed = listed_for(gateway.policy, caller)
        query = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1")))
        return 200, msgspec.json.encode(_SHAPES[dialect_of(scope)].page(tuple(listed.values()), query))

    return read


def one_model(gateway: Gateway, door: Door) -> Read:
    """`GET /v1/models/{model}`, `/v1beta/models/{model}`: one of them."""

    async def read(scope: Scope) -> tuple[int, bytes]:
        caller = door.caller(scope)
        name: str = scope["path_params"]["model"]
        listed = listed_for(gateway.policy, caller).get(name)
        if listed is None:
            raise UnknownModel(f"No model, lane or name {name!r}; GET /v1/models lists those there are", param="model")
        return 200, msgspec.json.encode(_SHAPES[dialect_of(scope)].one(listed))

    return read


def _count(query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= _MOST_LISTED:
        raise InvalidRequest(f"`{name}`: write a whole number from 1 to {_MOST_LISTED}", param=name)
    return int(text)


def _place(listed: Sequence[Listed], name: str, parameter: str) -> int:
    place = next((place for place, each in enumerate(listed) if each.name == name), None)
    if place is None:
        raise InvalidRequest(f"`{parameter}`: no model {name!r}; write one that a page told", param=parameter)
    return place
