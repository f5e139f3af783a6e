"""What a verifier says of an answer."""

from __future__ import annotations

from typing import Literal

import msgspec

VerdictWord = Literal["accept", "reject", "unverifiable"]
VerdictKind = Literal["proof", "evidence", "form"]

MAX_REASON_CHARS = 2_000


class Verdict(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One verifier's word on one answer.

    `proof`: an expected answer, the caller's tests, recomputation, substitution. `evidence`: agreement, a judge, self-written tests; its
    false-accept rate is measured. `form`: schema, regex, length; it never counts as correct.
    """

    verifier: str
    word: VerdictWord
    kind: VerdictKind
    score: float | None = None  # 0 to 1: how good the answer is, as far as this verifier can tell; orders attempts
    repairable: bool = False  # a near miss: worth showing to the model again with the reason
    reason: str = ""  # fit to be sent back to a model; at most MAX_REASON_CHARS
    changed: tuple[str, ...] = ()  # what had to be mended to read the answer: never silently
    answer: str | None = None  # the answer as it was read: extracted, mended; what votes are counted over
    stands_in_for: str = ""  # the dearer verifier that was down
