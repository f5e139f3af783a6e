"""Answers that are given to questions which only look like an earlier one: what the policy says, and what is told of such an answer.

Read `similarity/certified.py` for what is promised, and `pipeline/recall_similar.py` for what is done.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import msgspec

HASHED_NGRAMS = "hashed-ngrams-3-5"
"""The embedding that needs no model: it sees spelling and not meaning."""

MINILM = "minilm-l6-v2"
"""The embedding by a small model that runs beside the gateway, where the extra `minilm` is installed."""

MADE_HERE = frozenset({HASHED_NGRAMS, MINILM})
"""Embeddings that no deployment is asked for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Semantic:
    """What a tenant's policy says of similar questions."""

    alpha: float  # at most this share of the answers given is to be wrong
    confidence: float
    embedding: str = HASHED_NGRAMS  # or a deployment of the policy that gives vectors
    audit_share: float = 0.05  # of the answers given, asked again in the background
    judge: str = ""  # a deployment that says of open answers whether they come to the same; empty: nobody does


class Similarity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How sure it is that an answer to another question does for this one: told to its caller, and kept in the trace."""

    score: float  # of these two questions, by what was learned; not a probability
    threshold: float
    alpha: float  # at most this share of such answers is wrong
    confidence: float  # with which that was found
    bound: float  # of the true share, at the same confidence, on the pairs that it was found on
    audited: int = 0  # of the tenant's answers, asked again since
    wrong: int = 0
    wrong_low: float = 0.0  # between these lies the true share, by the audits
    wrong_high: float = 1.0


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A question as it is looked for and kept."""

    place: bytes  # a digest of all that must be equal: who asks whom, and everything in the request but its words
    text: str
    vector: bytes = b""  # float32, where a deployment was asked for it


class Alike(msgspec.Struct, frozen=True, kw_only=True):
    """An earlier question that one answer does for."""

    name: bytes  # of its answer in the cache
    threshold_id: str
    told: Similarity
    score: float = 0.0
    pair: bytes = b""  # a digest of the two questions
    trial: bool = False  # the bound is broken: the answer is not to be given, only audited


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """What asking again has told of an answer that was given to a similar question."""

    run_id: str  # that asked again
    given_run_id: str
    tenant: str
    threshold_id: str
    correct: bool | None  # None: nobody could tell
    told_by: str  # words, final answer, judge, or the verifier's name; empty where nobody could tell
    score: float = 0.0  # of the two questions
    pair: bytes = b""  # a digest of them
    share: float = 0.0  # of such answers, that are audited: how likely it was to be this one


class SimilarStanding(msgspec.Struct, frozen=True, kw_only=True):
    """What is in force for one tenant, or why nothing is."""

    tenant: str
    embedding: str
    alpha: float
    confidence: float
    threshold_id: str
    learned_us: int
    on: bool
    ended_us: int | None
    pairs: int  # that it was certified on
    hits: int  # of these
    wrong_hits: int
    bound: float
    alike_pairs: int  # pairs of the same words
    denied_pairs: int  # of these, labelled as different: noise of labels
    audited: int
    wrong: int
    unknown: int  # audits by which nobody could tell
    share: float  # measured
    low: float
    high: float


class Looked(StrEnum):
    """What came of looking something up while a caller waited."""

    ANSWERED = "answered"
    LATE = "late"  # nobody waits any longer
    FAILED = "failed"
    SKIPPED = "skipped"  # not asked at all: it was late or failed just before, or too much is being asked


class SimilarState(msgspec.Struct, frozen=True, kw_only=True):
    """What is held now, and what came of questions since the process began."""

    events: dict[tuple[str, str], int] = {}  # by tenant and event
    lookups: dict[tuple[str, Looked], int] = {}  # by what was asked, `vector` or `index`, and what came of it
    questions: int = 0
    standings: tuple[SimilarStanding, ...] = ()
