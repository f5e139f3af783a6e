"""Where a key with a scope may go. Asked for every request that such a key brings, before anything of it is read."""

from __future__ import annotations

from starlette.types import Scope

from lanewise.core.errors import NotAllowed
from lanewise.core.request import Caller, Dialect
from lanewise.core.scope import Door, KeyScope
from lanewise.server.paths import ANSWERS, EMBEDDINGS, canonical, target_of

_READING = frozenset({"GET", "HEAD"})


def permit(caller: Caller, scope: KeyScope, http: Scope) -> None:
    """Raises NotAllowed, naming the key and what it is for, where its scope does not reach this method and path."""
    method = http.get("method", "GET")
    if scope.read_only and method not in _READING:
        raise NotAllowed(
            f"The key {caller.key_id} may only read; {method} {http['path']} needs a key without `read_only`"
        )
    if scope.doors:
        door = door_of(http["path"])
        if door is not None and door not in scope.doors:
            raise NotAllowed(f"The key {caller.key_id} is for {', '.join(scope.doors)}, and {http['path']} is {door}")


def door_of(path: str) -> Door | None:
    """What a path is for; None where it asks for no answer: models, runs, health and the like."""
    path = canonical(path)
    if path == EMBEDDINGS:
        return "embeddings"
    dialect = ANSWERS.get(path)
    if dialect is None:
        if path.startswith("/v1/messages/"):
            dialect = Dialect.ANTHROPIC_MESSAGES
        elif path.startswith("/v1/responses/"):
            dialect = Dialect.OPENAI_RESPONSES
        elif target_of(path).model is not None:
            dialect = Dialect.GEMINI
    return None if dialect is None else dialect.value
