"""A dialect, in both directions: pure functions between a vendor's bytes and core values. No sockets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec

from lanewise.core.answer import Content, Delta, Finish, Generation
from lanewise.core.conversation import Translated
from lanewise.core.failure import Failure
from lanewise.core.policy import ModelFacts
from lanewise.core.protocols.provider import Call
from lanewise.core.refusal import Refusal
from lanewise.core.request import NO_TARGET, Dialect, Request, Target
from lanewise.core.usage import Usage


class Hiding(msgspec.Struct, frozen=True, kw_only=True):
    """Makes of one answer in the caller's own dialect what the caller is to see: without the thinking that only its lane asked for."""

    body: Callable[[bytes], bytes]  # of a whole answer
    deltas: Callable[[list[Delta]], list[Delta]]  # of a stream, in order; the meaning stays, the bytes do not


class WireCall(msgspec.Struct, frozen=True, kw_only=True):
    """What to send to a vendor."""

    path: str  # after the provider's base URL, e.g. /chat/completions
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()  # the dialect's own, beside content type and credentials
    dropped: tuple[str, ...] = ()  # what this model cannot take, each as `parameter: reason`
    hiding: Hiding | None = None  # where the answer's own bytes hold what the caller did not ask for


class WireAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a vendor's whole body says."""

    finish: Finish | None
    usage: Usage | None
    served_model: str
    content: Content | None = None  # only where it was wanted
    # Whole, and without a word, a tool call or a refusal in it; told whether content was wanted or not.
    empty: bool = False
    others: bool = False  # its bytes hold further answers, which nobody has read
    failure: Failure | None = None  # an error inside a 200, or a body that is not the dialect


class ErrorReport(msgspec.Struct, frozen=True, kw_only=True):
    """An error as it is told to a caller, before it is put in words of a dialect."""

    status: int
    kind: str  # e.g. invalid_request_error, rate_limit_error, upstream_error
    message: str
    code: str | None = None
    param: str | None = None
    refusal: Refusal | None = None  # somebody decided against it: told under the key `lanewise`
    request_id: str = ""  # the run's, where one has begun: for dialects that tell it in the body


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """What of a request's headers and query goes on to a vendor of its dialect: lower-case names, and parameters each with its value."""

    headers: frozenset[bytes] = frozenset()
    query: frozenset[tuple[str, str]] = frozenset()


class StreamReader(Protocol):
    """Reads one vendor stream. Bytes may be cut anywhere."""

    def feed(self, data: bytes) -> list[Delta]:
        """The events that `data` completes, in order; nothing after one that is `last`.

        An event with comments only is a delta with nothing but its bytes. Bytes that the dialect does not allow end the stream: what came
        before them is handed on, then a `last` delta of no bytes, and `end` says what is wrong.
        """

    def end(self) -> Failure | None:
        """Call once after a `last` delta or when the vendor closed the stream: None if the answer is whole, else what went wrong."""


class StreamWriter(Protocol):
    """Writes one caller's stream."""

    def write(self, source: Dialect, deltas: list[Delta]) -> bytes:
        """The caller's bytes for these deltas; the vendor's own where both speak one dialect. May be empty."""

    def comment(self, text: str) -> bytes:
        """A frame that every client of this dialect ignores."""

    def progress(self, name: str, payload: bytes) -> bytes:
        """A typed progress event, for callers who asked for them; `payload` is JSON."""

    def error(self, report: ErrorReport) -> bytes:
        """The dialect's error event, which ends a stream that has begun."""

    def finish(self, lanewise: bytes) -> bytes:
        """The end of a good stream: Lanewise's own record as a comment, then the dialect's terminal event."""


class Inbound(Protocol):
    """A dialect that callers speak."""

    def read_request(self, body: bytes, target: Target = NO_TARGET) -> Request:
        """What the body, and in some dialects its path, asks for. Raises InvalidRequest, naming the parameter and what to write."""

    def read_conversation(self, request: Request) -> Translated:
        """The request's meaning, for vendors of other dialects. Raises InvalidRequest where without a part it would be another question."""

    def write_answer(
        self, generation: Generation, request: Request, lanewise: bytes, *, run_id: str, created_s: int
    ) -> bytes:
        """The caller's body: the vendor's bytes where both speak one dialect, with the key `lanewise` added.

        `run_id` and `created_s` name the answer where the vendor's own id cannot.
        """

    def stream_writer(self, request: Request, *, run_id: str, created_s: int) -> StreamWriter:
        """A writer for one stream."""

    def write_error(self, report: ErrorReport) -> bytes:
        """An error's body."""


class Outbound(Protocol):
    """A dialect that vendors speak."""

    def write_call(self, call: Call, translated: Translated | None = None) -> WireCall:
        """The call's bytes: the caller's own, spliced, where it speaks this dialect; else what `translated` says.

        Raises InvalidRequest where the request cannot be said in this dialect at all.
        """

    def read_answer(self, body: bytes, *, want_content: bool) -> WireAnswer:
        """What a whole body says."""

    def stream_reader(self, facts: ModelFacts) -> StreamReader:
        """A reader for one stream."""

    def read_failure(self, status: int, headers: Mapping[str, str], body: bytes) -> Failure:
        """What an error response means."""
