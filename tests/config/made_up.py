"""Verifiers made up for tests of policies."""

from __future__ import annotations

from typing import Annotated

import msgspec

from lanewise.config.sources import VerifierRow
from lanewise.core.closing import Closing
from lanewise.core.policy import Deployment


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
VERIFIERS = {
    name: VerifierRow(
        name=name,
        options=options,
        why_refused=why_refused,
        stand_in=stand_in,
        closes=CLOSES.get(name),
        partial=name in ("judge", "math_answer"),
    )
    for name, options, stand_in in (
        ("json_schema", SchemaOptions, None),
        ("judge", JudgeOptions, "loops"),
        ("loops", NoOptions, None),
        ("math_answer", NoOptions, None),
    )
}
