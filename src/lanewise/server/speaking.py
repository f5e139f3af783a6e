"""For whom a key speaks: a user's key for that user alone, whatever its requests say, in whatever words their dialect has for it."""

from __future__ import annotations

from typing import Any

import msgspec

from lanewise.core.errors import NotAllowed
from lanewise.core.request import Caller, Request
from lanewise.core.scope import KeyScope

#: Where dialects say who the end user is. Gemini has no word for it.
_USER_FIELDS = ("user", "safety_identifier")
_METADATA_USER = "user_id"


class _Said(msgspec.Struct):
    """What a body says of its user."""

    user: Any = None
    safety_identifier: Any = None
    metadata: Any = None


_read = msgspec.json.Decoder(_Said).decode


def held_to(request: Request, caller: Caller, scope: KeyScope) -> Request:
    """The request as its key's user and feature. Raises NotAllowed where it names another one."""
    hints = request.hints
    if scope.user is not None:
        for where, named in (("lanewise.user", hints.user), *_said(request.body)):
            if named is not None and named != scope.user:
                raise NotAllowed(
                    f"The key {caller.key_id} is that of the user {scope.user!r}, and cannot speak for {named!r}",
                    param=where,
                )
    if scope.feature is not None and hints.feature not in (None, scope.feature):
        raise NotAllowed(
            f"The key {caller.key_id} is for the feature {scope.feature!r}, and not for {hints.feature!r}",
            param="lanewise.feature",
        )
    if (scope.user or hints.user, scope.feature or hints.feature) == (hints.user, hints.feature):
        return request
    held = msgspec.structs.replace(hints, user=scope.user or hints.user, feature=scope.feature or hints.feature)
    return msgspec.structs.replace(request, hints=held)


def _said(body: bytes) -> list[tuple[str, Any]]:
    """Every word of the body for its user, and where it stands. Whoever came this far has sent a JSON object."""
    said = _read(body)
    found = [(name, getattr(said, name)) for name in _USER_FIELDS]
    if isinstance(said.metadata, dict):
        found.append((f"metadata.{_METADATA_USER}", said.metadata.get(_METADATA_USER)))
    return found
