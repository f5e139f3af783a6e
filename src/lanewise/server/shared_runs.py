"""Requests that carry an `Idempotency-Key`: one run answers all that come with the same key, at once or within a day.

A run with a key goes on when nobody listens any more, until its deadline, and what it came to is kept: who comes back gets the same bytes.
Where several processes share the store, the first one to claim a key runs it, and the others wait for what it keeps.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from functools import partial
from typing import NamedTuple, Protocol

import msgspec
import structlog
from msgspec import structs
from starlette.types import Send

from lanewise.core.clock import Clock
from lanewise.core.errors import (
    AnswerGone,
    InvalidRequest,
    LanewiseError,
    NotShared,
    OtherRequest,
    StoreError,
    Unavailable,
)
from lanewise.core.record import GONE, KeptAnswer
from lanewise.core.request import Caller, Request
from lanewise.pipeline.gateway import Answer
from lanewise.pipeline.settle import status_of
from lanewise.server.aloud import Aloud
from lanewise.server.asgi import Headers
from lanewise.server.connection import Connection
from lanewise.server.joining import Joining
from lanewise.server.listening import Listeners
from lanewise.server.recording import RecordedBytes, Recording

KEY_HEADER = b"idempotency-key"
KEPT_S = 24 * 3600.0
_MAX_KEY_CHARS = 255
_LONGEST_WAIT_S = 300.0  # for another process's answer, where the caller does not say how long
_MAX_RUNS = 1_000  # under way at once, listened to or not
_COME_BACK_S = 5.0
_MAY_COME_BACK = frozenset({408, 409, 425, 429, 499})  # said of a moment, not of the request
_GONE = (
    "This Idempotency-Key was answered within 24 hours, by an answer that is too long or too old to be kept: GET /v1/runs/{} says what "
    "it was and cost; write a new key to ask, and pay, again"
)
_REPLAYED: Headers = [(b"x-lanewise-idempotent", b"replayed")]
_JOINED: Headers = [(b"x-lanewise-idempotent", b"joined")]

_encode = msgspec.msgpack.Encoder(order="deterministic").encode
_log = structlog.get_logger()


class KeptAnswers(Protocol):
    """Finds answers that were given before."""

    async def find(self, name: bytes) -> KeptAnswer | None:
        """The answer of this name, if it is kept still. Raises StoreError."""

    def take(self, size_bytes: int) -> bool:
        """Whether there is room to keep an answer of this size."""


class Claims(Protocol):
    """Says which process answers a key."""

    async def take(self, name: bytes, asked: bytes) -> bytes | None:
        """None once the key is this process's to answer; else what another one is asked by it. Raises StoreError."""

    def give_back(self, name: bytes) -> None:
        """The key's run is over, its answer kept by then if it is to be given again. Never waits."""

    async def ended(self, name: bytes) -> None:
        """Return when nobody has this key any more. Raises StoreError where that cannot be known now."""

    async def where(self, name: bytes) -> str | None:
        """The address at which this machine reaches who has the key; None where nobody has it, or it is not known. Raises StoreError."""


class NobodyElse:
    """The claims of a process that has its store to itself."""

    async def take(self, name: bytes, asked: bytes) -> bytes | None:  # noqa: ARG002 - there is nobody to ask
        """Every key is this process's."""
        return None

    def give_back(self, name: bytes) -> None:
        """Nobody waits for it."""

    async def ended(self, name: bytes) -> None:
        """Nobody else has it."""

    async def where(self, name: bytes) -> str | None:  # noqa: ARG002 - see above
        """Nowhere."""
        return None


class Keyed(NamedTuple):
    """A request by its idempotency key, both as digests."""

    name: bytes  # of tenant, route and key; of a user's key, of its user too
    asked: bytes  # of the request


class SharedRun:
    """One run, and everybody who asked for it."""

    def __init__(self, keyed: Keyed, together: RecordedBytes) -> None:
        self.name, self.asked = keyed
        self.recording = Recording(together)
        self.looked = asyncio.Event()  # whether it was answered before is known
        self.replayed = False
        self.elsewhere = False  # another process answers it
        self.mine = False  # this process has claimed it
        self.found: LanewiseError | None = None
        self.task: asyncio.Task[None] | None = None


class Patience(NamedTuple):
    """How a caller waits for an answer that another process makes."""

    longest_s: float = _LONGEST_WAIT_S
    aloud: Aloud | None = None  # a stream's: its caller must not wait in silence
    joining: Joining | None = None  # a stream's, which may be followed where it is made


class LookedInVain(Unavailable):
    """Whether a key was used before cannot be read now, so nothing is asked: it might be paid twice."""


Carry = Callable[[SharedRun], Awaitable[None]]
"""Runs a request, its answer sent to the shared run's recording; it raises nothing."""


Listen = Callable[[Headers], Awaitable[None]]


class SharedRuns:
    """All runs with a key that are under way, and the answers of those that are over."""

    def __init__(self, kept: KeptAnswers, listeners: Listeners, clock: Clock, claims: Claims | None = None) -> None:
        """`claims` are those of all processes that share the store; None: there is one."""
        self._kept = kept
        self._claims = claims or NobodyElse()
        self.listeners = listeners
        self._clock = clock
        self._live: dict[bytes, SharedRun] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._together = RecordedBytes()
        self.counts = {"first": 0, "joined": 0, "replayed": 0, "refused": 0}

    async def answer(
        self, keyed: Keyed, connection: Connection, send: Send, carry: Carry, *, patience: Patience
    ) -> None:
        """Answer one request from the run of its key, which `carry` begins where there is none.

        Raises OtherRequest, NotShared, Unavailable, ClientLeft; the run goes on.
        """
        shared = self._live.get(keyed.name)
        first = shared is None
        if shared is None:
            if len(self._live) >= _MAX_RUNS:
                raise Unavailable(f"{_MAX_RUNS} requests with an Idempotency-Key are being answered; ask again later")
            shared = self._live[keyed.name] = SharedRun(keyed, self._together)
            task = shared.task = asyncio.create_task(self._run(shared, carry))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif shared.recording.overlong:
            self.counts["refused"] += 1
            raise NotShared("The request of this Idempotency-Key is still being answered; ask again when it is over")
        listener = shared.recording.add_listener()
        listen = partial(shared.recording.listen, listener, send)
        try:
            heard = _Heard(asked=keyed.asked, first=first, patience=patience)
            await self.listeners.follow(connection, self._listen(shared, heard, listen))
        finally:
            shared.recording.drop_listener(listener)
            if shared.elsewhere and not shared.recording.listened and shared.task is not None:
                shared.task.cancel()  # it only waits, and nobody waits for it

    async def close(self) -> None:
        """Wait for the runs that nobody listens to; whoever stops the process ends them in time."""
        if not self.listeners.draining:
            self.listeners.stop_all()
        while self._tasks:
            await asyncio.wait(self._tasks)

    def keeping(self, shared: SharedRun, answer: Answer) -> KeptAnswer | None:
        """What to keep of an answer, its last bytes held back in the recording; None where it is to be asked for anew."""
        failure = answer.generation.failure
        status = 200 if failure is None else status_of(failure)
        if status != 200 and (not 400 <= status < 500 or status in _MAY_COME_BACK):
            return None
        whole = shared.recording.whole()
        held = whole is not None and self._kept.take(len(whole[2]))
        status, headers, body = whole or (GONE, [], b"")
        now_us = int(self._clock.now_s() * 1e6)
        kept = KeptAnswer(
            name=shared.name,
            asked=shared.asked,
            run_id=answer.record.run_id,
            created_us=now_us,
            expires_us=now_us + int(KEPT_S * 1e6),
            status=status,
            headers=tuple(headers),
            body=body,
        )
        return kept if held else kept.without_words()

    async def _run(self, shared: SharedRun, carry: Carry) -> None:
        try:
            before = await self.listeners.carry(self._before(shared))
            if before is None:
                shared.looked.set()
                await carry(shared)
            elif before.status == GONE:
                shared.asked, shared.found = before.asked, AnswerGone(_GONE.format(before.run_id))
            else:
                shared.asked, shared.replayed = before.asked, not shared.elsewhere
                shared.recording.play(before)
        except StoreError as error:
            _log.warning("kept answers cannot be read", cause=error.message)
            shared.found = LookedInVain("Whether this Idempotency-Key was used before cannot be read now; ask again")
        except Unavailable as error:
            shared.found = error
        except Exception:  # noqa: BLE001 - the boundary: nobody awaits this task
            _log.exception("a shared run failed inside the gateway")
        finally:
            self._live.pop(shared.name, None)
            shared.recording.close()
            shared.looked.set()
            if shared.mine:
                self._claims.give_back(shared.name)

    async def _before(self, shared: SharedRun) -> KeptAnswer | None:
        """What was answered by this key, once it is known; None: it is for this process to answer. Raises StoreError, Unavailable."""
        asked = shared.asked
        while True:
            shared.mine = True  # from before: whoever is cancelled meanwhile may have it
            other = await self._claims.take(shared.name, asked)
            shared.mine = other is None
            # Only now: it may have been kept just before its claim was given back.
            before = await self._kept.find(shared.name)
            if before is not None:
                return before
            if other is None:
                if shared.asked != asked:
                    raise Unavailable(
                        "What this Idempotency-Key was sent with was given up in another process; ask again"
                    )
                shared.elsewhere = False
                return None
            shared.asked, shared.elsewhere = other, True
            shared.looked.set()
            await self._claims.ended(shared.name)

    async def _listen(self, shared: SharedRun, heard: _Heard, listen: Listen) -> None:
        await shared.looked.wait()
        if (shared.found is None or isinstance(shared.found, AnswerGone)) and heard.asked != shared.asked:
            self.counts["refused"] += 1
            raise OtherRequest(
                "This Idempotency-Key was sent with another request within 24 hours: write a new key for a new request"
            )
        if shared.elsewhere:
            if await self._joined(shared, heard.patience.joining):
                return  # counted where it was joined
            await self._wait(shared, heard.patience)
        if shared.found is not None:
            self.counts["refused"] += isinstance(shared.found, AnswerGone)
            raise shared.found
        result = "replayed" if shared.replayed else "first" if heard.first and not shared.elsewhere else "joined"
        self.counts[result] += 1
        await listen({"replayed": _REPLAYED, "first": [], "joined": _JOINED}[result])

    async def _joined(self, shared: SharedRun, joining: Joining | None) -> bool:
        """Whether the answer was handed on from the process that makes it."""
        if joining is None:
            return False
        try:
            url = await self._claims.where(shared.name)
            return url is not None and await self.listeners.carry(joining.at(url))
        except StoreError:
            return False  # waiting for its end will tell what is wrong
        except Unavailable:
            if joining.begun:
                raise ConnectionAbortedError("the answer broke off") from None
            raise

    async def _wait(self, shared: SharedRun, patience: Patience) -> None:
        """Until another process's run is over, or has become this one's."""
        begun = shared.recording.begun()
        try:
            async with asyncio.timeout(patience.longest_s):
                await (begun if patience.aloud is None else patience.aloud.wait(begun))
        except TimeoutError:
            self.counts["refused"] += 1
            raise NotShared(
                "The request of this Idempotency-Key is still being answered by another process; ask again later",
                retry_after_s=_COME_BACK_S,
            ) from None


class _Heard(NamedTuple):
    """What one caller came with."""

    asked: bytes
    first: bool
    patience: Patience


def keyed_as(key: str, route: str, request: Request, caller: Caller) -> Keyed:
    """What a request with this key is known by. Raises InvalidRequest where it is no key.

    How long a caller still wants to wait is no part of the request: who asks again has less time left.
    """
    if not 0 < len(key) <= _MAX_KEY_CHARS or not key.isascii() or not key.isprintable():
        raise InvalidRequest(
            f"Header Idempotency-Key: write 1 to {_MAX_KEY_CHARS} printable ASCII characters", param="idempotency-key"
        )
    whose = (caller.tenant,) if caller.user is None else (caller.tenant, caller.user)
    name = hashlib.sha256(_encode((*whose, route, key)))
    hints = structs.replace(request.hints, deadline_s=None)
    asked = hashlib.sha256(_encode((structs.astuple(hints), request.passed.headers, request.passed.query)))
    asked.update(request.body)
    return Keyed(name.digest(), asked.digest())
