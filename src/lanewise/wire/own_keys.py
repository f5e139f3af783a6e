"""What callers write for Lanewise itself, in any dialect: the key `lanewise` of the body, and names of it in `metadata`.

Both are read here and taken out before a vendor sees them.
"""

from __future__ import annotations

from typing import Any

import msgspec

from lanewise.core.durations import read_deadline_s
from lanewise.core.request import MOST_NAME_CHARS, NO_HINTS, CacheWish, Hints, LatencyClass, Risk, is_name
from lanewise.wire.complaints import Complaints
from lanewise.wire.edits import Edits
from lanewise.wire.splice import members, splice

#: Names that callers may write into `metadata`, where an SDK has no room for a key of its own.
METADATA_HINTS = ("task", "user", "feature", "profile", "latency", "risk", "deadline")
MAX_PROOF_CHARS = 64 * 1024  # of an expected answer, or of tests

_HINT_TYPES: dict[str, msgspec.json.Decoder[Any]] = {
    "task": msgspec.json.Decoder(str),
    "user": msgspec.json.Decoder(str),
    "feature": msgspec.json.Decoder(str),
    "profile": msgspec.json.Decoder(str),
    "latency": msgspec.json.Decoder(LatencyClass),
    "risk": msgspec.json.Decoder(Risk),
    "deadline": msgspec.json.Decoder(float | str),
}
_NAMES = ("task", "user", "feature", "lane", "profile")
_METADATA = msgspec.json.Decoder(dict[str, msgspec.Raw])
_COMPLAINTS = Complaints({})


class OwnKeys(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """The key `lanewise` of a body."""

    task: str | None = None
    user: str | None = None
    feature: str | None = None
    lane: str | None = None
    profile: str | None = None
    deadline: float | str | None = None
    latency: LatencyClass | None = None
    risk: Risk | None = None
    progress: bool = False
    expected: str | int | float | None = None
    tests: str | None = None
    cache: CacheWish | None = None


def hints_of(own: OwnKeys | None, metadata: bytes) -> Hints:
    """What a body tells Lanewise; its own key wins over `metadata` (JSON, or empty). Raises InvalidRequest."""
    written = metadata_hints(metadata) if metadata else {}
    if own is None:
        if not written:
            return NO_HINTS
        deadline_s = written.pop("deadline", None)
        return Hints(**written, deadline_s=deadline_s)
    for key in _NAMES:
        name: str | None = getattr(own, key)
        if name and not is_name(name):
            raise _COMPLAINTS.refusal(
                f"lanewise.{key}", f"it is longer than {MOST_NAME_CHARS} characters, or has control characters in it"
            )
    deadline_s = written.get("deadline")
    if own.deadline is not None:
        deadline_s = read_deadline_s(own.deadline)
        if deadline_s is None:
            raise _COMPLAINTS.refusal("lanewise.deadline", "it is no time above zero and up to a day")
    return Hints(
        task=own.task or written.get("task"),
        user=own.user or written.get("user"),
        feature=own.feature or written.get("feature"),
        lane=own.lane,
        profile=own.profile or written.get("profile"),
        latency=own.latency or written.get("latency"),
        risk=own.risk or written.get("risk"),
        deadline_s=deadline_s,
        progress=own.progress,
        expected=_bounded("expected", None if own.expected is None else _text(own.expected)),
        tests=_bounded("tests", own.tests),
        cache=own.cache,
    )


def metadata_hints(metadata: bytes) -> dict[str, Any]:
    """The members of `metadata` that are hints for Lanewise. A value that Lanewise could not mean stays the caller's own metadata."""
    try:
        values = _METADATA.decode(metadata)
    except msgspec.DecodeError:
        return {}
    hints: dict[str, Any] = {}
    for key in METADATA_HINTS:
        if key in values:
            try:
                hint = _HINT_TYPES[key].decode(values[key])
            except msgspec.ValidationError:
                continue
            if key == "deadline":
                hint = read_deadline_s(hint)
            elif key in _NAMES and not is_name(hint):
                continue
            if hint is not None:
                hints[key] = hint
    return hints


def without_hints(metadata: bytes) -> bytes | None:
    """`metadata` for a vendor: without Lanewise's names. None where nothing is left: an empty object is not the same as none."""
    hints = metadata_hints(metadata) if metadata.startswith(b"{") else {}
    if not hints:
        return metadata
    rest = splice(metadata, dict.fromkeys(hints))
    return rest if members(rest) else None


def leave_out_own_keys(edits: Edits) -> None:
    """Take out of a body what was said to Lanewise in it."""
    edits.remove("lanewise")
    metadata = edits.value("metadata")
    if metadata is None:
        return
    rest = without_hints(metadata)
    if rest is None:
        edits.remove("metadata")
    elif rest is not metadata:
        edits.set("metadata", rest)


def with_record(body: bytes, lanewise: bytes) -> bytes:
    """An answer's body with Lanewise's record of its run under the key `lanewise`; every other byte stays."""
    if b'"lanewise"' in body:  # another gateway of this kind may stand behind this one
        return splice(body, {"lanewise": lanewise})
    end = body.rindex(b"}")
    comma = b"" if body[:end].rstrip().endswith(b"{") else b","
    return b"".join((body[:end], comma, b'"lanewise":', lanewise, body[end:]))


def _text(value: str | float) -> str:
    """An expected answer as text: numbers as JSON writes them."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _bounded(key: str, text: str | None) -> str | None:
    if text is not None and len(text) > MAX_PROOF_CHARS:
        raise _COMPLAINTS.refusal(f"lanewise.{key}", f"it is longer than {MAX_PROOF_CHARS} characters")
    return text
