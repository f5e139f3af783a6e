"""When a rule of a policy file holds, for routing as for checks."""

from __future__ import annotations

from pydantic import Field

from lanewise.config.fields import CountOrZero, Flag, Grades, Latencies, ResponseFormats, Risks, Texts
from lanewise.config.section import Section


class ConditionSection(Section):
    """When a rule holds: every key that is written must match; of several values any may."""

    task: Texts = Field(
        default=(), description="The task that the caller names (`lanewise.task` or `X-Lanewise-Task`)."
    )
    feature: Texts = Field(default=(), description="The feature that the caller names.")
    tenant: Texts = Field(default=(), description="The tenant of the caller's key.")
    model: Texts = Field(default=(), description="The model name in the request.")
    plan: Texts = Field(default=(), description="What the caller's tenant has bought: its `tenants.NAME.plan`.")
    profile: Texts = Field(
        default=(),
        description="The kind of application: as the caller says (`X-Lanewise-Profile`), else its tenant's `profile`.",
    )
    difficulty: Grades = Field(
        default=(),
        description="How hard the last user message looks to the heuristic scorer, whatever the classifier is.",
    )
    keywords: Texts = Field(default=(), description="Whole words of the last user message, in any case.")
    regex: Texts = Field(
        default=(),
        description="Regular expressions (Python's) searched in the last user message, in any case. One whose search could take "
        "more than a moment on some text is refused.",
    )
    min_chars: CountOrZero | None = Field(
        default=None, description="At least so many characters of text in the request."
    )
    max_chars: CountOrZero | None = Field(
        default=None, description="At most so many characters of text in the request."
    )
    tools: Flag | None = Field(default=None, description="Whether the request offers tools.")
    images: Flag | None = Field(default=None, description="Whether the request holds images.")
    response_format: ResponseFormats = Field(default=(), description="What the request asks for.")
    latency: Latencies = Field(default=(), description="Whether somebody waits, as the caller says.")
    risk: Risks = Field(default=(), description="What a wrong answer costs, as the caller says.")
