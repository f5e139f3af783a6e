"""An operator's own check behind an HTTP address: asked with a signed body, at once or with a verdict that comes later.

What the address answers is read by one small schema, now and later alike (`read_verdict`). An address that cannot be reached
is a verifier that is down: that is raised, so that its stand-in judges.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from lanewise.core.json_once import read_once
from lanewise.core.protocols.router import Ask
from lanewise.core.protocols.verifier import Candidate, Cost, VerifierDown
from lanewise.core.verdict import Verdict, VerdictKind, VerdictWord, digest_of_name
from lanewise.verifiers.says import Says, bounded, one_line

_LATER = 202
_MAX_TEXT_CHARS = 1 << 20


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What can be set for `webhook`."""

    url: Annotated[
        str, Meta(description="the address that is asked, by POST; `https://`, unless private addresses are allowed")
    ]
    secret: Annotated[
        str, Meta(min_length=16, description="what bodies are signed with; `${VARIABLE}` keeps it out of the file")
    ]
    timeout_s: Annotated[float, Meta(gt=0, le=600, description="seconds it may take")] = 10.0
    allow_private: Annotated[bool, Meta(description="it may be an address of this machine or of a private network")] = (
        False
    )
    proof: Annotated[
        bool, Meta(description="what it accepts is proven: it runs tests, or compares with what is right")
    ] = False

    def __repr__(self) -> str:
        return f"Options(url={self.url!r})"  # the secret is nobody's business


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent, where, and within which limits."""

    url: str
    body: bytes
    secret: str
    timeout_s: float
    allow_private: bool

    def __repr__(self) -> str:
        return f"Delivery(url={self.url!r})"


class Delivered(msgspec.Struct, frozen=True, kw_only=True):
    """What came back; `id` is what the message was called, and its verdict is later called by."""

    id: str
    status: int
    body: bytes


Deliver = Callable[[Delivery], Awaitable[Delivered]]
"""Sends a message. Raises WebhookDown where nobody took it."""


class WebhookDown(VerifierDown):
    """The address did not take the message, or answered nothing that could be used."""


class Told(msgspec.Struct, frozen=True):
    """A verdict as an address writes it."""

    verdict: VerdictWord
    reason: str = ""
    score: Annotated[float, Meta(ge=0, le=1)] | None = None
    repairable: bool = True


class WebhookVerifier:
    """Says what the address says. A verdict that comes later is `unverifiable` until then, and names what it comes under."""

    name: ClassVar[str] = "webhook"
    kinds: ClassVar[tuple[VerdictKind, ...]] = ("evidence", "proof")
    options: ClassVar[type[Options]] = Options
    stand_in: ClassVar[str | None] = "form"
    cost: ClassVar[Cost] = "outside"
    partial: ClassVar[bool] = True  # it can judge the first steps of an answer

    def __init__(self, options: Options, *, deliver: Deliver) -> None:
        """Raises ValueError where the address is none, or is not encrypted."""
        self._options = options
        self._deliver = deliver
        parts = urlsplit(options.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"url: {options.url!r} is no address; write https://host/path")
        if parts.scheme == "http" and not options.allow_private:
            raise ValueError(
                "url: answers would be sent unencrypted; write https://, or set allow_private for an address of your own"
            )

    async def verify(self, candidate: Candidate, ask: Ask) -> Verdict:
        """Ask the address. Raises WebhookDown."""
        of = self._options
        delivery = Delivery(
            url=of.url, body=_body(candidate), secret=of.secret, timeout_s=of.timeout_s, allow_private=of.allow_private
        )
        delivered = await self._deliver(delivery)
        if delivered.status == _LATER:
            waiting = Says(verifier=self.name, kind=self._kind).unverifiable("The verdict comes later.")
            return msgspec.structs.replace(waiting, deferred=digest_of_name(delivered.id))
        verdict = read_verdict(delivered.body, proof=of.proof) if delivered.status // 100 == 2 else None
        if verdict is None:
            raise WebhookDown(
                f"it answered {delivered.status}, and no verdict: {one_line(delivered.body.decode(errors='replace'), 120)}"
            )
        return verdict

    @property
    def _kind(self) -> VerdictKind:
        return "proof" if self._options.proof else "evidence"


def read_verdict(body: bytes, *, proof: bool) -> Verdict | None:
    """A verdict that an address wrote, `{"verdict": "accept", "reason": "", "score": 1}`; None where it is none."""
    try:
        told = msgspec.convert(read_once(body.decode()), type=Told)
    except (msgspec.ValidationError, ValueError, RecursionError):
        return None
    says = Says(verifier=WebhookVerifier.name, kind="proof" if proof else "evidence")
    reason = told.reason.strip() or "The webhook gave no reason."
    if told.verdict == "accept":
        return says.accept(score=1.0 if told.score is None else told.score)
    if told.verdict == "reject":
        return says.reject(reason, score=told.score or 0.0, repairable=told.repairable)
    return says.unverifiable(reason)


def _body(candidate: Candidate) -> bytes:
    """What is asked and what is answered; nothing of who asks but the hints that say what kind of work it is."""
    request, content = candidate.request, candidate.content
    return msgspec.json.encode(
        {
            "type": "answer.verify",
            "partial": candidate.partial,
            "task": request.hints.task,
            "feature": request.hints.feature,
            "question": bounded(request.last_user_text, _MAX_TEXT_CHARS),
            "answer": bounded(content.text, _MAX_TEXT_CHARS),
            "tool_calls": [
                {"name": bounded(call.name, 200), "arguments": bounded(call.arguments, _MAX_TEXT_CHARS)}
                for call in content.tool_calls
            ],
            "refusal": bounded(content.refusal, _MAX_TEXT_CHARS),
            "finish": candidate.finish,
        }
    )
