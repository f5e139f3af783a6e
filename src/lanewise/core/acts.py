"""Who does what to keys, policy and verdicts: what the audit log is made of."""

from __future__ import annotations

from typing import Literal

import msgspec

#: Every act that is written down.
ActName = Literal[
    "key.create", "key.rotate", "key.revoke", "policy.start", "policy.reload", "policy.refused",
    "deployments.wake", "verdict.late", "user.forget", "cache.forget", "store.migrate", "audit.expire",
    "similar.learn", "similar.end",
]  # fmt: skip


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who acts, and from where."""

    who: str  # a key's id, `command line`, `environment`, `signal`, `file`, or `webhook` for whoever knows a verdict's name
    where: str = ""  # an address, `this machine`, or a file


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """One act, as it is written down. It holds no secret: neither keys nor words of requests and answers."""

    actor: Actor
    name: ActName
    tenant: str = ""  # whose it is; empty: the whole gateway's
    subject: str = ""  # a key's or run's id, a policy's version
    detail: dict[str, str | int | bool | list[str] | None] = {}


COMMAND_LINE = Actor(who="command line", where="this machine")
