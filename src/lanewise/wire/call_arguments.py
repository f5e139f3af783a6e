"""A tool call's arguments, for vendors that take nothing but a JSON object."""

from __future__ import annotations

import msgspec

from lanewise.core.conversation import ToolUse
from lanewise.core.errors import InvalidRequest
from lanewise.wire.splice import members


def as_object(call: ToolUse) -> msgspec.Raw:
    """The arguments byte for byte; an empty object where there are none. Raises InvalidRequest where they are no JSON object."""
    raw = (call.arguments.strip() or "{}").encode()
    try:
        members(raw)
    except InvalidRequest as error:
        raise InvalidRequest(
            f"The arguments of tool call {call.id!r} must be a JSON object to be said to this vendor", param="messages"
        ) from error
    return msgspec.Raw(raw)
