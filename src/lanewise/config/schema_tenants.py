"""The sections `plans` and `tenants` of `lanewise.yaml`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lanewise.config.fields import Count, Table, Text, Texts
from lanewise.config.schema_budgets import BudgetSection
from lanewise.config.schema_cache import TenantCacheSection
from lanewise.config.schema_limits import KeyLimitsSection, RatesSection
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


class TenantSection(RatesSection):
    """Limits of one tenant. `"*"` holds for tenants that are not named, and wherever a named one says nothing."""

    budget: BudgetSection | None = Field(default=None, description="What it may spend.")
    plan: Text | None = Field(
        default=None, description="What it has bought: one of `plans`, where there are any; rules may match it."
    )
    users: NamesSection | None = Field(default=None, description="The users that its requests and keys may name.")
    features: NamesSection | None = Field(default=None, description="The features that its requests and keys may name.")
    residency: ResidencySection | None = Field(
        default=None, description="Where its words may go: to what is named here, and nowhere else."
    )
    profile: Text | None = Field(
        default=None, description="The kind of application it is, where a request names none: one of `profiles`."
    )
    weight: Count | None = Field(
        default=None,
        description="Its share of the places of `limits.concurrency` when they are all taken, beside those of other tenants. Default: 1.",
    )
    per_key: KeyLimitsSection | None = Field(
        default=None, description="What each of its keys may have, beside what holds for the tenant."
    )
    keys: Table[KeyLimitsSection] = Field(
        default={},
        description="What single keys may have, over `per_key`, by id (`lanewise keys list` shows it).",
    )
    models: Table[Text] = Field(
        default={},
        description="What a model name means for this tenant, over the file's own `models`: `auto`, `pin` or `lane:NAME`.",
    )
    cache: TenantCacheSection = Field(
        default=TenantCacheSection(), description="What of its answers is given again, over the file's own `cache`."
    )
