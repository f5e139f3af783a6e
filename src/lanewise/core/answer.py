"""What a vendor's answer becomes: deltas while it streams, a Generation when the call is over."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from lanewise.core.failure import Failure
from lanewise.core.protocols.pace import Quota
from lanewise.core.request import Dialect
from lanewise.core.usage import Usage


class Finish(StrEnum):
    """Why a model stopped."""

    STOP = "stop"
    LENGTH = "length"
    TOOL_CALLS = "tool_calls"
    CONTENT_FILTER = "content_filter"
    OTHER = "other"


class TokenLogprob(msgspec.Struct, frozen=True, kw_only=True):
    """How sure a model was of one token of its answer: natural logarithms, and the alternatives it weighed."""

    token: str
    logprob: float
    top: tuple[tuple[str, float], ...] = ()


class ToolCallDelta(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a tool call; `id` and `name` come with its first piece. `arguments` is the vendor's text, byte for byte."""

    index: int
    id: str | None = None
    name: str | None = None
    arguments: str = ""
    signature: str = ""  # proves the thinking behind the call, where the vendor puts it there


class Thought(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of thinking as its vendor gave it: what it must be handed back as, for its proof to hold."""

    text: str = ""
    signature: str = ""
    encrypted: str = ""  # thinking that only its vendor can read
    id: str = ""


class Delta(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a vendor's stream: its meaning, and its own bytes for a caller who speaks the same dialect."""

    raw: bytes = b""  # the whole SSE event, blank line and comments before it included
    text: str = ""
    reasoning: str = ""
    signature: str = ""  # proves thinking to the vendor that signed it
    redacted: str = ""  # thinking the vendor only hands back encrypted
    # A piece of thinking that is whole now: its words have come before, its proof comes here.
    thought: Thought | None = None
    refusal: str = ""
    tool_calls: tuple[ToolCallDelta, ...] = ()
    logprobs: tuple[TokenLogprob, ...] = ()
    media: bool = False  # sound, a picture or a vendor's own tool at work: to be seen, but only its bytes hold it
    finish: Finish | None = None
    usage: Usage | None = None
    others: bool = False  # its bytes hold pieces of further answers, which nobody has read
    usage_only: bool = False  # carries usage and nothing else (OpenAI's chunk with empty choices)
    served_model: str = ""  # with an event that names it for the first time, or names another
    last: bool = False  # the dialect's terminal event, or an error event: the reader's `end` says which
    made: bool = False  # of an answer that came whole: a stream has no bytes of it, and who shows it makes them

    @property
    def shows(self) -> bool:
        """Whether a caller sees something in it, if only thinking."""
        return bool(self.text or self.reasoning or self.tool_calls or self.refusal or self.media)

    @property
    def answers(self) -> bool:
        """Whether it holds a piece of the answer itself: from the first such delta on no other deployment can take over."""
        return bool(self.text or self.tool_calls or self.refusal or self.media)


class ToolCall(msgspec.Struct, frozen=True, kw_only=True):
    """A whole tool call; `arguments` is the vendor's text, byte for byte."""

    id: str
    name: str
    arguments: str
    signature: str = ""  # proves the thinking behind it, where the vendor puts it there


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """A whole answer's meaning, free of any dialect."""

    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    thoughts: tuple[Thought, ...] = ()  # the pieces of `reasoning`, with their proofs, where the vendor gives any
    logprobs: tuple[TokenLogprob, ...] = ()


class Meter:
    """What a call has produced so far. The provider counts while it reads, so that a call cut short can still be billed truthfully."""

    __slots__ = (
        "accepted",
        "first_output_s",
        "output_chars",
        "quota",
        "reasoning_chars",
        "served_model",
        "usage",
        "vendor_request_id",
    )

    def __init__(self) -> None:
        self.accepted = False  # the vendor has begun to answer, and not with an error
        self.first_output_s: float | None = None  # monotonic time of the first text, thinking or tool call
        self.output_chars = 0  # visible text and tool arguments
        self.reasoning_chars = 0
        self.served_model = ""
        self.vendor_request_id = ""
        self.usage: Usage | None = None
        self.quota: Quota | None = None  # what the vendor's headers say is left of its rate limits


class Generation(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of one provider call. With a `failure` the rest is what had come until then."""

    dialect: Dialect
    failure: Failure | None = None
    body: bytes = b""  # non-stream: the vendor's whole body
    # The meaning: always for a stream; for a whole body where it is needed (cross-dialect, capture).
    content: Content | None = None
    finish: Finish | None = None
    ended_early: bool = False  # by us, because what had come is verified
    empty: bool = False  # whole, and without a word, a tool call or a refusal in it
    others: bool = False  # its bytes hold further answers, which nobody has read
    usage: Usage | None = None  # None: nothing was used, or the vendor does not say
    served_model: str = ""
    vendor_request_id: str = ""
    dropped: tuple[str, ...] = ()  # parameters the deployment cannot take, each as `name: reason`
    hides_thinking: bool = False  # only the lane asked for its thinking: not for the caller to see
