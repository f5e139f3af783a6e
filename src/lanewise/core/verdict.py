"""What a verifier says of an answer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Literal

import msgspec

VerdictWord = Literal["accept", "reject", "unverifiable"]
VerdictKind = Literal["proof", "evidence", "form"]

MAX_REASON_CHARS = 2_000
VOTE = "vote"
"""Who says that samples agree: no verifier, but the strategy that has drawn them."""

LOOPS = "loops"
"""The verifier of answers that do not end: the walk speaks for it where it has cut one off."""


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
    deferred: str = ""  # the digest of the name under which the verdict itself comes later, from outside


DIGEST = "sha256:"
"""Before the digest of a name."""


def digest_of_name(name: str) -> str:
    """What is kept and shown of the name that a verdict comes under later: whoever has the name may say what the verdict is."""
    return f"{DIGEST}{hashlib.sha256(name.encode(errors='replace')).hexdigest()}"


def fit_reason(text: str) -> str:
    """A reason from outside as it may be kept and sent on: one that is longer is cut, and what could steer a terminal left out."""
    kept = "".join(each if each.isprintable() or each in "\n\t" else " " for each in text[: 2 * MAX_REASON_CHARS])
    return kept if len(kept) <= MAX_REASON_CHARS else f"{kept[: MAX_REASON_CHARS - len(_CUT)]}{_CUT}"


_CUT = " [...]"
_KINDS: dict[VerdictKind, int] = {"form": 0, "evidence": 1, "proof": 2}
_WORDS: dict[VerdictWord, int] = {"reject": 0, "unverifiable": 1, "accept": 2}


def combined(verdicts: Iterable[Verdict]) -> Verdict | None:
    """Several verifiers' one word: any reject wins, then the strongest accept; where nobody could judge, it stays unverifiable.

    Several rejects give all their reasons, and are a near miss only where each of them is. What had to be mended to read the answer is
    told whoever wins, and so is the answer as it was read. None where nobody was asked.
    """
    given = list(verdicts)
    if not given:
        return None
    rejecting = [each for each in given if each.word == "reject"]
    strongest = max(given, key=lambda each: (_WORDS[each.word], _KINDS[each.kind]))
    telling = _rejected(rejecting) if rejecting else strongest
    changed = tuple(dict.fromkeys(change for each in given for change in each.changed))
    answer = telling.answer
    if answer is None:
        answer = next((each.answer for each in given if each.answer is not None), None)
    return msgspec.structs.replace(telling, changed=changed, answer=answer)


def _rejected(rejecting: list[Verdict]) -> Verdict:
    """One reject out of several: the strongest kind speaks, and the reasons of all are told in the order in which they were given."""
    telling = max(rejecting, key=lambda each: _KINDS[each.kind])
    reasons = list(dict.fromkeys(each.reason for each in rejecting if each.reason))
    if len(reasons) < 2:
        return telling if len(rejecting) < 2 else msgspec.structs.replace(telling, reason="".join(reasons))
    room = MAX_REASON_CHARS // len(reasons) - len("- \n")
    return msgspec.structs.replace(
        telling,
        reason="\n".join(f"- {reason[:room]}" for reason in reasons),
        repairable=all(each.repairable for each in rejecting),
    )


def standing(verdict: Verdict | None) -> tuple[int, int, float]:
    """How an answer of this verdict stands among others, the higher the better: by word, then kind, then score."""
    if verdict is None:
        return _WORDS["unverifiable"], -1, 0.0
    return _WORDS[verdict.word], _KINDS[verdict.kind], verdict.score or 0.0
