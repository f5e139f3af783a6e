"""A no that somebody decided: by which policy, why, and where to turn to."""

from __future__ import annotations

import msgspec

VENDOR_CONTENT_FILTER = "vendor_content_filter"
APPEAL = "contact your operator"


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """Why a request was not answered, or not to its end, although somebody could have."""

    policy: str  # `vendor_content_filter`, or the limit that stands against it: `tenant.daily`, `max_cost`
    reason: str
    appeal: str = APPEAL  # where it can be looked at again
