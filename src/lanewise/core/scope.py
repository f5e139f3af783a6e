"""What one key may do, where that is less than its tenant may. Names and numbers are checked by `operations.keys`."""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

Door = Literal["openai_chat", "openai_responses", "anthropic_messages", "gemini", "embeddings"]
DOORS: tuple[Door, ...] = get_args(Door)
"""What a key may be used for: each dialect's paths, and vectors."""


class KeyScope(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """How a key is narrower than its tenant. What is None or empty does not narrow it.

    A key that an older version reads has no scope there: revoke scoped keys before going back to one without scopes.
    """

    user: str | None = None  # it speaks for this user alone, and sees nothing of others
    feature: str | None = None  # its requests are this feature's
    plan: str | None = None  # a plan of the policy, beside the tenant's own
    lanes: tuple[str, ...] = ()
    doors: tuple[Door, ...] = ()
    read_only: bool = False  # may read what there is to read, and ask for nothing


NO_SCOPE = KeyScope()
