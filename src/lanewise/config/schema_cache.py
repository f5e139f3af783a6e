"""How a policy file says which answers are given again, and for how long."""

from __future__ import annotations

from math import isinf
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from lanewise.config.fields import Flag, Seconds, Share, Size, Table
from lanewise.config.quantities import NotUnderstood, format_duration, parse_duration_s, parse_share, text_of
from lanewise.config.section import Section
from lanewise.core.caching import UNTIL_CORRECTED
from lanewise.core.digits import in_percent
from lanewise.core.similar import HASHED_NGRAMS

_UNTIL_CORRECTED, _NEVER = "until_corrected", "never"
_REMEDY = f"write a duration such as 24h, {_UNTIL_CORRECTED}, or {_NEVER}"


def _ttl_s(value: object) -> float:
    text = text_of(value)
    if text in (_UNTIL_CORRECTED, _NEVER):
        return UNTIL_CORRECTED if text == _UNTIL_CORRECTED else 0.0
    try:
        return parse_duration_s(text)
    except NotUnderstood as wrong:
        raise NotUnderstood(wrong.problem, _REMEDY) from None


def ttl_text(ttl_s: float) -> str:
    """A time to live as it is written."""
    return _UNTIL_CORRECTED if isinf(ttl_s) else format_duration(ttl_s) if ttl_s else _NEVER


Ttl = Annotated[
    float,
    BeforeValidator(_ttl_s),
    PlainSerializer(ttl_text),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": rf"^(\d+(\.\d+)?\s*(ms|s|m|h|d)|{_UNTIL_CORRECTED}|{_NEVER})$",
            "examples": ["24h", _UNTIL_CORRECTED],
        }
    ),
]


def part_of(value: object) -> float:
    """A share above 0 and below 1. Raises NotUnderstood."""
    share = parse_share(value)
    if not 0 < share < 1:
        raise NotUnderstood(
            "promises nothing, or what nobody can", "write more than 0% and less than 100%, for example 5%"
        )
    return share


Portion = Annotated[
    float,
    BeforeValidator(part_of),
    PlainSerializer(in_percent),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string", "pattern": r"^\d+(\.\d+)?\s*%?$"}, {"type": "number", "minimum": 0}],
            "examples": ["5%"],
        }
    ),
]


class SemanticSection(Section):
    """Answers that are given to questions which only look like an earlier one. It needs something certified by `lanewise cache learn`."""

    alpha: Portion = Field(
        description="At most this share of the answers given is to be wrong. What was certified for less does too."
    )
    confidence: Portion = Field(default=0.9, description="With which that is to hold.")
    embedding: str = Field(
        default=HASHED_NGRAMS,
        description="What questions are compared by: hashed n-grams, which see spelling and not meaning; `minilm-l6-v2`, a small "
        "model that runs beside the gateway (`lanewise[minilm]`); or a deployment that gives vectors, as `provider/model`.",
    )
    audit_share: Share = Field(
        default=0.05,
        description="Of the answers given, which share is asked for again in the background and compared. It costs what asking costs.",
    )
    judge: str | None = Field(
        default=None,
        description="The deployment that says of open answers whether they come to the same. "
        "Default: nobody, and audits tell only of answers that name a final one.",
    )


class TenantCacheSection(Section):
    """What of a tenant's answers is given again, where it is not as for everyone."""

    exact: Flag | None = Field(default=None, description="Whether an answer is given again to whoever asks the same.")
    ttl: Seconds | None = Field(default=None, description="How long an answer is given again.")
    tasks: Table[Ttl] = Field(default={}, description="The same by kind of work, beside what is written for everyone.")
    shared_between_users: Flag | None = Field(
        default=None, description="Whether what one user asked is given to another user of the same tenant."
    )
    semantic: SemanticSection | None = Field(
        default=None, description="Answers that are given to similar questions too. Default: none are."
    )


class CacheSection(Section):
    """Answers that are given again. A tenant's are never given to another tenant, nor a user's to another unless it says so here."""

    exact: Flag = Field(
        default=False,
        description="Whether an answer is given again to whoever asks the same: who, what, and who would answer must be equal.",
    )
    ttl: Seconds = Field(default=86_400.0, description="How long an answer is given again.")
    tasks: Table[Ttl] = Field(
        default={},
        description="The same by kind of work (`lanewise.task`): a duration, `until_corrected`, or `never`. Default: answers of "
        "tasks that are checked as mathematics are given until a later verdict rejects them.",
    )
    shared_between_users: Flag = Field(
        default=False, description="Whether what one user asked is given to another user of the same tenant."
    )
    memory: Size = Field(default=64 * 1024 * 1024, description="How much is held in memory, of all tenants together.")
    store: Size = Field(
        default=1024 * 1024 * 1024,
        description="How much is kept in the store, encrypted, of all tenants together; beyond it, the oldest go.",
    )
    semantic_index: Literal["memory", "pgvector"] = Field(
        default="memory",
        description="Where similar questions are looked for: in the memory of each gateway, or by pgvector in the PostgreSQL database of "
        "all, where their words are encrypted and their vectors only obscured.",
    )
