"""Verifiers made up for tests of policies."""

from __future__ import annotations

from typing import Annotated

import msgspec

from lanewise.config.sources import VerifierRow
from lanewise.core.closing import Closing
from lanewise.core.policy import Deployment
from lanewise.core.protocols.verifier import Cost


class SchemaOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    schema: dict[str, object] | None = None
    most: Annotated[int, msgspec.Meta(ge=1)] = 8


class JudgeOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    deployment: Deployment
    rubric: str = ""
    own_family: bool = False


class NoOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


def why_refused(options: object) -> str:
    """Only a rubric of swear words is."""
    return "mind your language" if getattr(options, "rubric", "") == "damn" else ""


CLOSES: dict[str, Closing] = {"json_schema": "json", "math_answer": "answer"}
_ROWS: tuple[tuple[str, type[msgspec.Struct], str | None, Cost], ...] = (
    ("json_schema", SchemaOptions, None, "reading"),
    ("judge", JudgeOptions, "loops", "model"),
    ("loops", NoOptions, None, "reading"),
    ("math_answer", NoOptions, None, "calculation"),
)
VERIFIERS = {
    name: VerifierRow(
        name=name,
        options=options,
        why_refused=why_refused,
        stand_in=stand_in,
        closes=CLOSES.get(name),
        cost=cost,
        partial=name in ("judge", "math_answer"),
    )
    for name, options, stand_in, cost in _ROWS
}
