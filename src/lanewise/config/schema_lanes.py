"""The lanes of a policy file: who answers, within which limits, and what follows when somebody cannot."""

from __future__ import annotations

from pydantic import Field

from lanewise.config.fields import (
    Cap,
    Count,
    ErrorRate,
    Factor,
    Flag,
    Repairs,
    Rest,
    Seconds,
    Table,
    Text,
    Weight,
    Window,
)
from lanewise.config.schema_budgets import CapsSection
from lanewise.config.schema_checks import Uses
from lanewise.config.section import Section
from lanewise.core.policy import Effort, Showing, Strategy


class BreakerSection(Section):
    """When a deployment is left alone for a while. A lane's own keys win over those at the top of the file."""

    error_rate: ErrorRate = Field(
        default=0.5, description="The share of failed calls in the window from which on the breaker opens."
    )
    window: Window = Field(default=60.0, description="How far back calls count, `100ms` to `1h`.")
    min_calls: Count = Field(default=10, description="Fewer calls in the window decide nothing.")
    open_for: Rest = Field(
        default=30.0,
        description="How long nobody is sent there, `10ms` to `1h`; then one request probes whether it answers again.",
    )


class SearchSection(Section):
    """The bounds of `strategy: search`, and who judges the steps on the way to an answer."""

    width: Count = Field(default=3, description="How many next steps are tried after the same beginning, at once.")
    beam: Count = Field(
        default=2, description="How many beginnings are carried on at a time: the best, by what their judges say."
    )
    depth: Count = Field(default=5, description="How many steps a solution has at most; then its answer is asked for.")
    step_tokens: Count = Field(
        default=2_048, description="The output cap of one step, thinking included; its worst case is reserved."
    )
    judge: Uses = Field(
        default=(),
        description="The verifiers that judge the steps so far, in order; the first that rejects decides, and what is proven wrong is not "
        "carried on. Those that can: `math_answer` (its arithmetic), `judge`, `webhook`. Default: `judge` by the lane's own first "
        "deployment, a call for each step.",
    )


class LaneSection(Section):
    """A way to answer: deployments in order of preference, with the limits of one request in it."""

    deployments: list[Text] = Field(
        min_length=1, description="`provider/model`, the preferred one first; the next is asked where one fails."
    )
    weights: Table[Weight] = Field(
        default={},
        description="How new conversations are spread over the deployments, by `provider/model`: 9 beside 1 is nine of ten. "
        "One that is not named is only asked where another fails. Conversations that begin alike (4 KB or more of tools, instructions and "
        "documents) begin at one of them, where its vendor has kept that, as long as this has at most a quarter more than its part. "
        "Default: always the first that can.",
    )
    degrade_to: Text | None = Field(
        default=None,
        description="The lane that answers, marked as degraded, when nobody of this one can; `none` for no other. Default: where this "
        "lane thinks (an `effort` other than `none`, or a `thinking_budget`) and the default lane does not, the default lane; else none.",
    )
    effort: Effort | None = Field(
        default=None, description="How hard the model thinks. What a model cannot take is mapped or dropped, visibly."
    )
    thinking_budget: Count | None = Field(
        default=None, description="Thinking tokens, for models that take a budget; others get the nearest effort."
    )
    timeout: Seconds = Field(default=60.0, description="The deadline of one request in this lane.")
    first_token_timeout: Seconds | None = Field(
        default=None,
        description="How long a stream may give no sign of an answer before the next deployment is asked; thinking that shows is a sign. "
        "Default: where there is a next one, `slow_after` times its measured 95th percentile, at least 5 s.",
    )
    idle_timeout: Seconds | None = Field(
        default=None, description="The longest silence of a vendor before the next one is asked. Default: `timeout`."
    )
    slow_after: Factor = Field(
        default=3.0,
        description="A call that takes so many times its measured 95th percentile (at least 5 s) is given up while somebody else can still "
        "answer: without a sign, for the next deployment; without an end, for the lane of `degrade_to`. A fifth of the time that is left "
        "is kept for them. `none` waits until `timeout`.",
    )
    hedge_after: Factor = Field(
        default=None,
        description="A call that takes so many times its deployment's measured 95th percentile is also made at the next deployment; the "
        "first to show something answers, the other is cancelled, and both are paid. Default: `none`, never.",
    )
    breaker: BreakerSection = Field(
        default=BreakerSection(),
        description="When a deployment of this lane is left alone for a while. Default: `breaker` at the top.",
    )
    max_cost: Cap | None = Field(
        default=None, description="The most that one request may cost. Default: `limits.max_cost`."
    )
    max_output_tokens: Count = Field(
        default=16_384,
        description="The output cap that is sent where the caller names none, so that a reservation is a true worst case.",
    )
    heartbeat_after: Seconds = Field(
        default=10.0,
        description="Silence after which a stream begins its heartbeats; until then errors are HTTP errors.",
    )
    strategy: Strategy = Field(
        default="single",
        description="How one answer is made: `single`; `draft`, with short steps before it; `vote`, what most samples say; `best_of_n`, "
        "the first sample that a check accepts; `search`, step by step where the plain answer is not accepted (`search` below).",
    )
    samples: Count | None = Field(
        default=None,
        description="How many samples one answer is made of at most. Default: 5 for `vote`, 3 for `best_of_n`, else 1. For "
        "`search` its steps count as well, and the default is what its bounds allow.",
    )
    search: SearchSection = Field(
        default=SearchSection(),
        description="The bounds of `strategy: search`. Requests with tools or a response format are answered once there, marked.",
    )
    repairs: Repairs | None = Field(
        default=None,
        description="How often an answer that a check rejects is asked for again with the reason, 0 to 4. Default: 2, or 0 where there are "
        "several samples.",
    )
    all_checks: Flag = Field(
        default=False,
        description="All checks of an answer are asked, and a repair is told every reason at once. Else the first that rejects ends it, "
        "and dearer checks are spared. Steps of a search end at the first.",
    )
    stream: Showing | None = Field(
        default=None,
        description="What a stream shows before the verdict: nothing (`held`), or the answer as it comes, with the verdict at its end "
        "(`released`; then it is neither repaired nor escalated). Default: `held` where a check is written for it, else `released`.",
    )
    early_stop: Flag = Field(
        default=False,
        description="A stream whose answer or thinking only repeats itself is cut off, and what it could have gone on to cost is reported. "
        "Another deployment is asked while nothing of an answer was shown; where streams are held, it is asked for again with the reason "
        "(`repairs`). Answers that are not streamed cannot be stopped early. A model that leaves its loop by itself loses its answer.",
    )
    stop_when_verified: Flag = Field(
        default=False,
        description="A stream is ended at the vendor once what has come is verified: a result that is proven (`math_answer`), a JSON value "
        "that is closed and fits (`json_schema`), a block of code whose tests pass (`python_tests`). It is looked at where something is "
        "closed, four times at most, and waits meanwhile, two seconds at most. What was saved at most is reported.",
    )
    budget: CapsSection = Field(
        default=CapsSection(), description="What all tenants together may spend in this lane; no cap by default."
    )
    verify: Uses = Field(
        default=(), description="Checks for every answer of this lane, beside those of `verify` at the top."
    )
