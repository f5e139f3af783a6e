"""What stands behind the question mark of Lanewise's own routes. Vendors' routes take what their clients send there."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import parse_qsl

from starlette.types import Scope

from lanewise.core.errors import InvalidRequest
from lanewise.core.nearest import did_you_mean
from lanewise.server.paths import KEY_PARAMETER


def query_of(scope: Scope, known: Collection[str]) -> dict[str, str]:
    """The parameters that were sent, without the key that some clients send there.

    Raises InvalidRequest for one that is not known, and for one that is sent twice: left out in silence, either would be taken for obeyed.
    """
    query: dict[str, str] = {}
    for name, value in parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True):
        if name == KEY_PARAMETER:
            continue
        if name not in known:
            hint = did_you_mean(name, known) if known else "It takes none."
            raise InvalidRequest(f"`{name[:100]}` is no parameter of this path. {hint}", param=name[:100])
        if name in query:
            raise InvalidRequest(f"`{name}` is written twice; keep one of the two", param=name)
        query[name] = value
    return query
