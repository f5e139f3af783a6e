"""OpenAI's embeddings: the caller's bytes go to the vendor, and the vendor's come back.

Vectors are never decoded here: whether they come as numbers or as base64, they pass as they are.
"""

from __future__ import annotations

from typing import Any

import msgspec

from lanewise.core.answer import Generation
from lanewise.core.conversation import Translated
from lanewise.core.errors import InvalidRequest
from lanewise.core.failure import Failure
from lanewise.core.protocols.dialect import WireAnswer, WireCall
from lanewise.core.protocols.provider import Call
from lanewise.core.request import AUTO, NO_TARGET, Dialect, Request, Target
from lanewise.wire.complaints import Complaints, refuse_no_text
from lanewise.wire.edits import Edits
from lanewise.wire.failure import failure_in_answer
from lanewise.wire.openai_chat import OpenAIChat
from lanewise.wire.openai_chat.usage import read_usage
from lanewise.wire.own_keys import OwnKeys, hints_of, leave_out_own_keys
from lanewise.wire.splice import members, splice

PATH = "/embeddings"
_COMPLAINTS = Complaints(
    {
        "model": 'write a string such as "text-embedding-3-small" or "lane:NAME"',
        "input": "write a string, a list of strings, or token numbers",
    }
)


class _Body(msgspec.Struct, gc=False):
    input: str | list[Any]
    model: str | None = None
    lanewise: OwnKeys | None = None
    metadata: msgspec.Raw = msgspec.Raw()


class _Vectors(msgspec.Struct, gc=False):
    data: list[msgspec.Raw] | None = None
    model: Any = ""
    usage: msgspec.Raw = msgspec.Raw()


_BODY = msgspec.json.Decoder(_Body)
_VECTORS = msgspec.json.Decoder(_Vectors)


class OpenAIEmbeddings(OpenAIChat):
    """The dialect in both directions. Errors have the shape that all of OpenAI's APIs share."""

    def read_request(self, body: bytes, target: Target = NO_TARGET) -> Request:  # noqa: ARG002 - the body says it all
        """What the body asks for. Raises InvalidRequest."""
        refuse_no_text(body)
        asked = _COMPLAINTS.read(_BODY, body)
        if not asked.input:
            raise _COMPLAINTS.refusal("input", "it is empty")
        return Request(
            dialect=Dialect.OPENAI_CHAT,
            body=body,
            members=members(body),
            model=asked.model or AUTO,
            stream=False,
            embeds=True,
            choices=0,
            hints=hints_of(asked.lanewise, bytes(asked.metadata)),
            input_chars=_chars(asked.input),
        )

    def read_conversation(self, request: Request) -> Translated:  # noqa: ARG002 - the protocol's
        """There is none: only vendors of this dialect are asked for vectors."""
        raise InvalidRequest("Vectors can be asked for in OpenAI's dialect only", param="model")

    def write_call(self, call: Call, translated: Translated | None = None) -> WireCall:  # noqa: ARG002 - the protocol's
        """The caller's bytes with the deployment's model, and without what was meant for Lanewise."""
        body = call.request.body
        found = members(body) if call.request.members is None else call.request.members
        edits = Edits(body, found)
        edits.set("model", msgspec.json.encode(call.deployment.model))
        leave_out_own_keys(edits)
        return WireCall(path=PATH, body=splice(body, edits.changes, found))

    def read_answer(self, body: bytes, *, want_content: bool) -> WireAnswer:  # noqa: ARG002 - vectors have no words
        """What a whole body says beside its vectors."""
        failure: Failure | None = None
        try:
            told = _VECTORS.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            told = _Vectors()
        if not told.data:
            failure = failure_in_answer(body)
        usage = read_usage(told.usage) if told.usage else None
        served_model = told.model if isinstance(told.model, str) else ""
        return WireAnswer(finish=None, usage=usage, served_model=served_model, failure=failure)

    def write_answer(
        self,
        generation: Generation,
        request: Request,  # noqa: ARG002 - the protocol's
        lanewise: bytes,
        *,
        run_id: str,  # noqa: ARG002 - vectors have no id
        created_s: int,  # noqa: ARG002 - vectors tell no time
    ) -> bytes:
        """The vendor's own bytes, with the key `lanewise`."""
        return splice(generation.body, {"lanewise": lanewise})


def _chars(given: str | list[Any]) -> int:
    """Characters of text; a token number counts as the characters that usually make one."""
    if isinstance(given, str):
        return len(given)
    return sum(_chars(each) if isinstance(each, str | list) else 4 for each in given)
