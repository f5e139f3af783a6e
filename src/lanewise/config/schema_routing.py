"""How a policy file finds the lane of a request: rules, the classifier, applications' profiles and kinds of work."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lanewise.config.fields import (
    Count,
    CountOrZero,
    Flag,
    Seconds,
    Text,
    Texts,
)
from lanewise.config.schema_checks import ThresholdsSection
from lanewise.config.schema_conditions import ConditionSection
from lanewise.config.section import Section
from lanewise.core.policy import Classifier, Gain, Grade
from lanewise.core.request import LatencyClass

Check = Literal[
    "none", "json_schema", "math_answer", "python_tests", "citations", "business_rules", "loops", "agreement", "judge",
    "webhook",
]  # fmt: skip


class RuleSection(Section):
    """One rule; the first whose condition holds names the lane."""

    when: ConditionSection = Field(description="When the rule holds.")
    lane: Text = Field(description="The lane that answers then.")


class GradesSection(Section):
    """The lane of each grade of difficulty.

    A grade that is not written goes to the first lane of its usual ones that the file has, else to the default lane.
    """

    trivial: Text | None = Field(default=None, description="Greetings, look-ups. Usual: `small`, `standard`.")
    easy: Text | None = Field(default=None, description="Extracting, rewriting, short facts. Usual: `standard`.")
    moderate: Text | None = Field(
        default=None, description="Several steps, and whatever is in doubt. Usual: `standard`, `frontier`."
    )
    hard: Text | None = Field(
        default=None, description="Thinking helps. Usual: `reasoning_low`, `reasoning`, `frontier`."
    )
    expert: Text | None = Field(
        default=None, description="Thinking decides. Usual: `reasoning`, `frontier`, `reasoning_low`."
    )


class SmallModelSection(Section):
    """The cheap deployment that grades requests, for `classifier: small_model`. What it costs is charged to the request and reported."""

    deployment: Text = Field(
        description="`provider/model`; it need not be in a lane. A small model that does not think."
    )
    timeout: Seconds = Field(default=2.0, description="How long it may take; then the heuristic decides.")
    max_chars: Count = Field(
        default=4_000,
        description="Characters of the last user message that it is shown; a longer one loses its middle.",
    )
    cache_entries: CountOrZero = Field(
        default=10_000, description="Grades that are remembered, so that the same message is graded once."
    )
    cache_for: Seconds = Field(default=3_600.0, description="How long a grade is remembered.")


class RoutingSection(Section):
    """How a routed request finds its lane: rules in order, then the classifier, then the default."""

    rules: list[RuleSection] = Field(default=[], description="Rules in order; the first that holds decides.")
    classifier: Classifier = Field(
        default="none",
        description="What grades a request that no rule decides: `heuristic` (words and shape, no call), `small_model` (asks a cheap "
        "deployment, and goes by the heuristic where that fails; its word is at most one grade below the heuristic's), or `none`.",
    )
    grades: GradesSection = Field(
        default=GradesSection(), description="The lane of each grade of difficulty, for a classifier."
    )
    small_model: SmallModelSection | None = Field(
        default=None, description="The deployment that grades, for `classifier: small_model`."
    )
    interactive_deadline: Seconds = Field(
        default=10.0,
        description="How long an interactive request may take where neither it nor its profile says so. It goes to the best lane, at or "
        "before its own in the file, that was measured to answer so soon.",
    )
    escalate: Texts = Field(
        default=(),
        description="The ladder: lanes in climbing order. An answer that is rejected, that says nothing, or in which its model has too "
        "little confidence, is asked for in the next one; `human` at the end means that a person decides, which this version tells as a "
        "refusal. A lane or a model that the caller names is not climbed from.",
    )
    thresholds: ThresholdsSection = Field(
        default=ThresholdsSection(), description="How much confidence is enough, with a ladder."
    )
    default: Text | None = Field(
        default=None,
        description="The lane where nothing else decides. Default: `standard`, or the only lane there is.",
    )


class ProfileSection(Section):
    """A kind of application, over a shipped profile of the same name, or a new one. A new one needs `max_latency` and `lanes`."""

    max_latency: Seconds | None = Field(default=None, description="How long its users wait at most.")
    lanes: Texts = Field(
        default=(),
        description="The lanes that answer it, the preferred one first. How they make sure of an answer is theirs to say: "
        "`lanes.NAME.strategy`.",
    )
    latency: LatencyClass | None = Field(
        default=None,
        description="Whether somebody waits, where no caller says it. Default: `interactive` where `max_latency` is at most a minute.",
    )
    review: Flag | None = Field(
        default=None,
        description="A person signs its answers off. Shown by `lanewise check`; this version has no reviews. Default: false.",
    )


class TaskSection(Section):
    """A kind of work, over a shipped one of the same name, or a new one. A new one needs `grade`."""

    grade: Grade | None = Field(
        default=None,
        description="How hard it usually is. A classifier goes by it where a caller names the task.",
    )
    gain: Gain | None = Field(default=None, description="What thinking is worth for it. Default: `helps`.")
    check: Check | None = Field(
        default=None,
        description="The verifier of its answers where neither a rule of `verify` nor the lane has a check, if it lacks no option. "
        "Default: `none`.",
    )
