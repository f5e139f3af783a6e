"""What a response says, whole or one chunk of it: the same object in both."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from lanewise.core.answer import Finish, TokenLogprob
from lanewise.wire.failure import bounded


class FunctionCall(msgspec.Struct, gc=False):
    """A call; where its arguments stream it comes in pieces."""

    id: Any = None
    name: Any = None
    args: msgspec.Raw = msgspec.Raw()
    partial: list[dict[str, Any]] | None = msgspec.field(default=None, name="partialArgs")
    continues: bool | None = msgspec.field(default=None, name="willContinue")


class Part(msgspec.Struct, gc=False):
    """A part of an answer. Leaves are read as they come: an unknown shape of one must not cost the whole answer."""

    text: Any = None
    thought: Any = None
    signature: Any = msgspec.field(default=None, name="thoughtSignature")
    call: FunctionCall | None = msgspec.field(default=None, name="functionCall")
    inline: Any = msgspec.field(default=None, name="inlineData")
    file: Any = msgspec.field(default=None, name="fileData")
    code: Any = msgspec.field(default=None, name="executableCode")
    code_result: Any = msgspec.field(default=None, name="codeExecutionResult")
    tool: Any = msgspec.field(default=None, name="toolCall")
    tool_result: Any = msgspec.field(default=None, name="toolResponse")

    @property
    def media(self) -> bool:
        """Whether it holds something to be seen that only its bytes can show."""
        return not (
            self.inline is None
            and self.file is None
            and self.code is None
            and self.code_result is None
            and self.tool is None
            and self.tool_result is None
        )


class Content(msgspec.Struct, gc=False):
    """An answer's parts."""

    parts: list[Part] | None = None


class Candidate(msgspec.Struct, gc=False):
    """One answer of a response."""

    content: Content | None = None
    index: Any = None
    finish_reason: Any = msgspec.field(default=None, name="finishReason")
    finish_message: Any = msgspec.field(default=None, name="finishMessage")
    logprobs: Any = msgspec.field(default=None, name="logprobsResult")
    grounding: Any = msgspec.field(default=None, name="groundingMetadata")

    def parts(self) -> list[Part]:
        """Its parts, none where it is silent."""
        return (self.content.parts or []) if self.content is not None else []


class Feedback(msgspec.Struct, gc=False):
    """What the vendor says of the prompt."""

    reason: Any = msgspec.field(default=None, name="blockReason")
    message: Any = msgspec.field(default=None, name="blockReasonMessage")


class Response(msgspec.Struct, gc=False):
    """A response, or a chunk of one."""

    candidates: list[Candidate] | None = None
    feedback: Feedback | None = msgspec.field(default=None, name="promptFeedback")
    usage: msgspec.Raw = msgspec.field(default=msgspec.Raw(), name="usageMetadata")
    model: Any = msgspec.field(default="", name="modelVersion")
    response_id: Any = msgspec.field(default="", name="responseId")
    error: Any = None

    def first(self) -> Candidate | None:
        """The first answer; others of the same call pass by in their bytes."""
        for candidate in self.candidates or ():
            if not candidate.index:
                return candidate
        return None

    def others(self) -> bool:
        """Whether there is more than the first."""
        listed = self.candidates or ()
        return len(listed) > 1 or any(each.index for each in listed)

    def blocked(self) -> str:
        """Why the prompt was refused; empty where it was not."""
        reason = None if self.feedback is None else self.feedback.reason
        return reason if isinstance(reason, str) and reason not in _UNSAID else ""


_UNSAID = frozenset({"", "BLOCK_REASON_UNSPECIFIED", "BLOCKED_REASON_UNSPECIFIED", "FINISH_REASON_UNSPECIFIED"})
_FINISHES = {
    "STOP": Finish.STOP,
    "MAX_TOKENS": Finish.LENGTH,
    "CONTINUATION": Finish.LENGTH,
    "SAFETY": Finish.CONTENT_FILTER,
    "RECITATION": Finish.CONTENT_FILTER,
    "BLOCKLIST": Finish.CONTENT_FILTER,
    "PROHIBITED_CONTENT": Finish.CONTENT_FILTER,
    "SPII": Finish.CONTENT_FILTER,
    "MODEL_ARMOR": Finish.CONTENT_FILTER,
    "IMAGE_SAFETY": Finish.CONTENT_FILTER,
    "IMAGE_PROHIBITED_CONTENT": Finish.CONTENT_FILTER,
    "IMAGE_RECITATION": Finish.CONTENT_FILTER,
    "ESCALATION": Finish.CONTENT_FILTER,
}
"""All others (MALFORMED_FUNCTION_CALL, UNEXPECTED_TOOL_CALL, LANGUAGE, ...) are `other`: the model broke off, and nobody filtered it."""

FINISH_WORDS = {
    Finish.STOP: "STOP",
    Finish.LENGTH: "MAX_TOKENS",
    Finish.TOOL_CALLS: "STOP",
    Finish.CONTENT_FILTER: "SAFETY",
    Finish.OTHER: "OTHER",
}


def finish_of(reason: object, *, calls: bool) -> Finish | None:
    """The core's word for a `finishReason`. The vendor says STOP after function calls too."""
    if not isinstance(reason, str) or reason in _UNSAID:
        return None
    finish = _FINISHES.get(reason, Finish.OTHER)
    return Finish.TOOL_CALLS if calls and finish is Finish.STOP else finish


def refusal_of(response: Response) -> str:
    """The words of a prompt's refusal."""
    words = response.feedback.message if response.feedback is not None else None
    return bounded(text_of(words) or f"The vendor's filter refused the prompt: {response.blocked()}")


def call_id(call: FunctionCall, response_id: object, place: int) -> str:
    """The call's own id, or one that is the same whenever the same answer is read: most models give none."""
    if isinstance(call.id, str) and call.id:
        return call.id
    seed = f"{response_id}\0{place}\0{call.name}\0{bytes(call.args).decode()}"
    return f"call_{hashlib.blake2b(seed.encode(), digest_size=12).hexdigest()}"


def text_of(value: object) -> str:
    """The string, or nothing."""
    return value if isinstance(value, str) else ""


def arguments_of(call: FunctionCall) -> str:
    """The arguments as the vendor wrote them; a call without any has an empty object."""
    args = bytes(call.args)
    return "{}" if not args or args == b"null" else args.decode()


def logprobs_of(result: object) -> tuple[TokenLogprob, ...]:
    """`logprobsResult`: chosen tokens, each with the alternatives that stand at the same place of the other list."""
    if not isinstance(result, dict):
        return ()
    chosen, tops = result.get("chosenCandidates"), result.get("topCandidates")
    tops = tops if isinstance(tops, list) else []
    return tuple(
        TokenLogprob(
            token=text_of(each.get("token")),
            logprob=_logarithm(each),
            top=_alternatives(tops[place] if place < len(tops) else None),
        )
        for place, each in enumerate(chosen if isinstance(chosen, list) else ())
        if isinstance(each, dict)
    )


def _alternatives(top: object) -> tuple[tuple[str, float], ...]:
    listed = top.get("candidates") if isinstance(top, dict) else None
    return tuple(
        (text_of(each.get("token")), _logarithm(each))
        for each in (listed if isinstance(listed, list) else ())
        if isinstance(each, dict)
    )


def _logarithm(told: dict[str, Any]) -> float:
    value = told.get("logProbability")
    return float(value) if isinstance(value, int | float) else 0.0


def logprobs_object(logprobs: tuple[TokenLogprob, ...]) -> dict[str, Any]:
    """Log-probabilities in Gemini's words."""
    return {
        "chosenCandidates": [{"token": each.token, "logProbability": each.logprob} for each in logprobs],
        "topCandidates": [
            {"candidates": [{"token": token, "logProbability": logprob} for token, logprob in each.top]}
            for each in logprobs
        ],
    }
