"""Counting a request's tokens before it is put: asked of a vendor of this dialect, or estimated."""

from __future__ import annotations

import re

import msgspec

from lanewise.core.protocols.dialect import WireCall
from lanewise.core.protocols.provider import Call
from lanewise.core.request import Request
from lanewise.core.usage import CHARS_PER_TOKEN
from lanewise.wire.anthropic.spliced import write_call
from lanewise.wire.splice import members, splice

PATH = "/messages/count_tokens"
# About the most that the vendor counts for a picture; a file is taken for one picture per page of its bytes.
IMAGE_TOKENS = 1_600
_PAGE_BYTES = 64 * 1024  # of a file in base64
_COUNTED = ("system", "messages", "tools")
_EMBEDDED = re.compile(rb'"data"\s*:\s*"([A-Za-z0-9+/=]{256,})"')


class _Count(msgspec.Struct, gc=False):
    input_tokens: int


_COUNT = msgspec.json.Decoder(_Count)


def write_count(call: Call) -> WireCall:
    """The question for its tokens: what would be asked, without what was only added for the answer. Raises InvalidRequest."""
    wire = write_call(call)
    own = members(call.request.body) if call.request.members is None else call.request.members
    added = {key: None for key in ("max_tokens", "stream") if key not in own}
    return msgspec.structs.replace(wire, path=PATH, body=splice(wire.body, added))


def read_count(body: bytes) -> int | None:
    """The vendor's count; None where it is none."""
    try:
        return _COUNT.decode(body).input_tokens
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def estimate(request: Request) -> int:
    """Tokens by the usual ratio of bytes, pictures and files apart: what no vendor was asked for, and said to be an estimate."""
    found = members(request.body) if request.members is None else request.members
    counted = [request.body[found[key][1] : found[key][2]] for key in _COUNTED if key in found]
    embedded = [len(data) for part in counted for data in _EMBEDDED.findall(part)]
    pictures = max(request.image_count, sum(-(-size // _PAGE_BYTES) for size in embedded))
    words = sum(map(len, counted)) - sum(embedded)
    return -(-words // CHARS_PER_TOKEN) + pictures * IMAGE_TOKENS
