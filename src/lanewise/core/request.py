"""A request as it came in, and who sent it. The body stays the caller's bytes: what is sent on is cut from them."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Literal

import msgspec

from lanewise.core.scope import KeyScope

#: The model name that leaves the choice to the router; a request that names no model means it.
AUTO = "auto"

Risk = Literal["low", "normal", "high"]
LatencyClass = Literal["interactive", "can_wait"]
CacheWish = Literal["on", "exact", "refresh", "off"]

MOST_NAME_CHARS = 200
"""Of a task, user, feature, lane or profile that a caller names."""

_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


def is_name(text: str) -> bool:
    """Whether a task, user, feature, lane or profile may be called so.

    Caps, ledger and reports are kept by these words, of all tenants together: none may be too long for an index, or hold what a database
    has no character for.
    """
    return 0 < len(text) <= MOST_NAME_CHARS and (text.isprintable() or _CONTROLS.search(text) is None)


class Dialect(StrEnum):
    """A vendor's wire format, inbound or outbound."""

    OPENAI_CHAT = "openai_chat"
    OPENAI_RESPONSES = "openai_responses"
    ANTHROPIC_MESSAGES = "anthropic_messages"
    GEMINI = "gemini"


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who is asking, as the key says."""

    tenant: str
    key_id: str
    admin: bool = False
    scope: KeyScope | None = None  # where the key is narrower than its tenant

    @property
    def user(self) -> str | None:
        """The one user it speaks for and sees; None where it is its whole tenant's."""
        return None if self.scope is None else self.scope.user


class Hints(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller may tell Lanewise about a request: `lanewise: {...}`, `X-Lanewise-*` headers or `metadata.*`."""

    task: str | None = None
    user: str | None = None
    feature: str | None = None
    lane: str | None = None
    profile: str | None = None  # the kind of application, a name of the policy's `profiles`
    deadline_s: float | None = None  # how long the caller wants to wait at most
    latency: LatencyClass | None = None
    risk: Risk | None = None
    progress: bool = False  # typed progress events in the stream, on opt-in
    expected: str | None = None  # the right answer, where the caller knows it: what a proof is made against
    tests: str | None = None  # the caller's own tests of the answer's code
    # Exact: no similar question's; refresh: asked anew, and kept; off: neither given from the cache nor kept in it.
    cache: CacheWish | None = None


NO_HINTS = Hints()


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What a request's path says of it, in dialects where that is more than which dialect it is."""

    model: str | None = None
    stream: bool | None = None


NO_TARGET = Target()


class Passed(msgspec.Struct, frozen=True, kw_only=True):
    """What came beside the body and belongs to the dialect: sent on to a vendor that speaks it, and to nobody else."""

    headers: tuple[tuple[str, str], ...] = ()  # lower-case names: `anthropic-beta`
    query: tuple[tuple[str, str], ...] = ()  # `beta=true`


NOTHING_PASSED = Passed()


class Earlier(msgspec.Struct, frozen=True, kw_only=True):
    """What was said before a request that only names it: Lanewise kept it, since the next vendor may be another one."""

    items: bytes = b"[]"  # JSON: the items of the turns before, asked and answered, oldest first
    named: dict[str, bytes] = {}  # items that the request refers to by their id, each as JSON
    account: str = ""  # the vendor's account that remembers all of it by the same names; empty: none does

    @property
    def size_bytes(self) -> int:
        """What a vendor reads beside the request's own body."""
        return len(self.items) + sum(map(len, self.named.values()))


class Request(msgspec.Struct, frozen=True, kw_only=True, weakref=True):
    """One request for an answer, admitted or not. Values read from the body are read once, here; the body is what is sent on."""

    dialect: Dialect
    body: bytes  # the caller's bytes, Lanewise's own keys still in them
    model: str  # as the caller wrote it; `auto` where it names none
    stream: bool
    hints: Hints = NO_HINTS
    # The caller's own cap; 0 where it asks for no answer: Anthropic's word for warming a cache.
    max_output_tokens: int | None = None
    effort: str | None = None  # the caller's own thinking effort
    thinking_budget_tokens: int | None = None  # the caller's own, where its dialect has a number for it
    # Thinking has a place in the answer; False where the caller's dialect shows it on request only.
    shows_thinking: bool = True
    include_usage: bool = False  # the caller asked for a usage chunk at the end of its stream
    has_tools: bool = False
    has_images: bool = False
    image_count: int = 0
    has_files: bool = False  # documents, sound or film: how many tokens are in them, only their vendor knows
    has_cache_markers: bool = False  # the caller says which prefixes a vendor shall cache
    choices: int = 1  # answers asked for in one call (OpenAI's `n`): each may use the whole output cap; 0 where vectors are asked for
    embeds: bool = False  # asks for vectors of texts, not for an answer
    response_format: str | None = None  # "json_schema", "json_object" or None
    input_chars: int = 0  # characters of text in the conversation: a routing feature, not a bill
    last_user_text: str = ""  # what rules match words in; bounded
    opening: str = ""  # how the conversation begins, bounded: what its later turns have in common with it
    continues: bool = False  # there are earlier answers in it
    vendor_tools: bool = False  # offers tools that the vendor runs itself: asking twice may do something twice
    vendor_tool_uses: int | None = None  # of these, at most, where the request itself bounds them
    rate: str = ""  # that the caller asks its vendor for, where it is not the usual one: flex, priority
    earlier: Earlier | None = None  # what was said before, where the body only names it
    request_id: str = ""  # the caller's X-Request-Id, else empty
    passed: Passed = NOTHING_PASSED
    ignored: tuple[str, ...] = ()  # what of it cannot be kept to whoever answers, each as `parameter: reason`
    # Where the body's members stand, where reading it told: see `wire.splice`.
    members: dict[str, tuple[int, int, int]] | None = None
