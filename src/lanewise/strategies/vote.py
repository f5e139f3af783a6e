"""Self-consistency: the answer that most samples come to, drawn until nothing can change it any more."""

from __future__ import annotations

from collections import Counter

from msgspec import structs

from lanewise.core.judged import Judged, better
from lanewise.core.policy import Lane
from lanewise.core.protocols.strategy import Draw, Sample
from lanewise.core.verdict import VOTE, Verdict
from lanewise.strategies.asking import words_for
from lanewise.strategies.reading import answer_in, is_an_answer
from lanewise.strategies.together import drawing

_ENOUGH = 0.6  # the share of all samples from which a vote is evidence for an answer; less is disagreement
_LEAST = 2  # who agree: one alone is no vote


class Vote:
    """After "Self-Consistency Improves Chain of Thought Reasoning" (arXiv 2203.11171), with an early end once the majority stands.

    A sample that a check rejects has no vote while another one is left; one that says nothing, declines, gives up or is cut off has none at
    all, for to agree in that is no evidence. Equal answers count as they are read, not as they are worded.
    """

    async def choose(self, lane: Lane, sample: Sample) -> Judged:
        """The best sample among those with the most votes; its confidence is their share of what was drawn."""
        most = lane.samples
        at_once = most // 2 + 1  # fewer cannot decide it
        votes: list[Judged] = []
        failed: Judged | None = None
        async with drawing(sample) as drawn:
            drawn.draw([_draw(place) for place in range(at_once)])
            begun = at_once
            while ended := await drawn.next_ended():
                for judged in ended:
                    failed = judged if judged.failed else failed
                votes += [judged for judged in ended if not judged.failed]
                left = most - begun + drawn.under_way
                if is_decided(votes, left) or (failed is not None and votes and not drawn.under_way):
                    break
                if not drawn.under_way and begun < most and failed is None:
                    drawn.draw([_draw(begun)])
                    begun += 1
        if not votes:
            assert failed is not None, "a lane draws at least one sample"
            return failed
        return _elected(votes)


def is_decided(votes: list[Judged], left: int) -> bool:
    """Whether no `left` further samples could change who leads."""
    counted = _counts(votes).most_common(2)
    if not counted or all(map(_is_rejected, _have_a_vote(votes))):
        return False
    second = counted[1][1] if len(counted) > 1 else 0
    return counted[0][1] > second + left


def _elected(votes: list[Judged]) -> Judged:
    counts = _counts(votes)
    most = max(counts.values(), default=0)
    having = _have_a_vote(votes)
    best: Judged | None = None
    for judged in having or votes:
        if not having or counts[_read(judged)] == most:
            best = better(best, judged)
    assert best is not None, "the leader is one of them"
    if len(votes) < _LEAST:
        return best  # it agrees with nobody, and is as sure as it is of itself
    share = most / len(votes)
    elected = structs.replace(best, confidence=share)
    return structs.replace(elected, verdict=_verdict(elected.verdict, share, most, len(votes)))


def _verdict(verdict: Verdict | None, share: float, agree: int, drawn: int) -> Verdict | None:
    """What a check says stands; where none could say anything of the matter, the vote is evidence."""
    if verdict is not None and (verdict.word == "reject" or (verdict.kind == "proof" and verdict.word == "accept")):
        return verdict
    if verdict is not None and verdict.word == "accept" and verdict.kind == "evidence":
        return verdict
    if agree < _LEAST or share < _ENOUGH:
        return verdict
    said = Verdict(
        verifier=VOTE,
        word="accept",
        kind="evidence",
        score=share,
        reason=f"{agree} of {drawn} samples come to the same answer",
    )
    return said if verdict is None else structs.replace(said, answer=verdict.answer, changed=verdict.changed)


def _counts(votes: list[Judged]) -> Counter[str]:
    return Counter(_read(judged) for judged in _have_a_vote(votes))


def _have_a_vote(votes: list[Judged]) -> list[Judged]:
    """Those that nobody rejects, else all that say something to the matter."""
    saying = [judged for judged in votes if not judged.given_up and is_an_answer(judged.generation)]
    return [judged for judged in saying if not _is_rejected(judged)] or saying


def _is_rejected(judged: Judged) -> bool:
    return judged.verdict is not None and judged.verdict.word == "reject"


def _read(judged: Judged) -> str:
    """What a sample says, as a check has read it, else as it reads by itself."""
    answer = None if judged.verdict is None else judged.verdict.answer
    return answer_in(judged.generation.content) if answer is None else answer


def _draw(place: int) -> Draw:
    return Draw(place=place, words=words_for(place))
