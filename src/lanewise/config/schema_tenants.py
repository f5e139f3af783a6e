"""The sections `plans` and `tenants.NAME.residency` of `lanewise.yaml`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lanewise.config.fields import Texts
from lanewise.config.section import Section
from lanewise.core.policy import Effort


class PlanSection(Section):
    """What tenants and keys of this plan may use. What it does not mention, all may use."""

    lanes: Texts | None = Field(default=None, description="The lanes that may be used.")
    models: Texts | None = Field(
        default=None,
        description="The models that may be asked, as `provider/model`, or a model at whichever provider: for checks and the classifier "
        "too, which pass over what is not among them.",
    )
    max_effort: Effort | None = Field(
        default=None, description="The hardest that a model may be asked to think; `none` for no thinking."
    )
    tools: Texts | None = Field(
        default=None,
        description="The tools that requests may offer to a model, `*` at the end for all that begin so; `none` for no tools. "
        "Where it is written, no tools that a vendor runs itself.",
    )


class ResidencySection(Section):
    """Where a tenant's words may go: to what any of these names, and nowhere else, whatever fails."""

    deployments: Texts = Field(default=(), description="Deployments, as `provider/model`.")
    providers: Texts = Field(default=(), description="Providers.")
    regions: Texts = Field(default=(), description="Providers of these regions, as their `region` says.")


class NamesSection(Section):
    """Who or what may be named in requests. Whoever names none is let pass."""

    declared: Texts = Field(default=(), description="The names there are.")
    others: Literal["allow", "refuse"] = Field(
        default="allow", description="What becomes of any other name: `allow`, or `refuse` with 403."
    )
