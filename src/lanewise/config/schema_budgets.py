"""Budgets in a policy file: caps on dollars and tokens, in which period, and what happens at them."""

from __future__ import annotations

from pydantic import Field

from lanewise.config.fields import AtStop, Cap, Share, Shares, Table, TokenCap
from lanewise.config.section import Section
from lanewise.core.caps import DEFAULT_ALARMS


class TokensSection(Section):
    """Caps in tokens. Days, weeks from Monday and months are UTC's."""

    daily: TokenCap | None = Field(default=None, description="Tokens of a day.")
    weekly: TokenCap | None = Field(default=None, description="Tokens of a week.")
    monthly: TokenCap | None = Field(default=None, description="Tokens of a month.")
    total: TokenCap | None = Field(default=None, description="Tokens of all time.")


class CapsSection(Section):
    """Caps that are never exceeded, each by itself: a call is made only where all that apply to it hold its worst case."""

    daily: Cap | None = Field(default=None, description="Dollars of a UTC day.")
    weekly: Cap | None = Field(default=None, description="Dollars of a UTC week, which begins on Monday.")
    monthly: Cap | None = Field(default=None, description="Dollars of a UTC month.")
    total: Cap | None = Field(
        default=None, description="Dollars of all time; what runs that are deleted cost still counts."
    )
    tokens: TokensSection = Field(default=TokensSection(), description="Caps on tokens, input and output together.")
    thinking_tokens: TokensSection = Field(default=TokensSection(), description="Caps on thinking tokens.")
    alarm_at: Shares = Field(
        default=DEFAULT_ALARMS,
        description="The shares of a cap at which a warning is raised, once each in a period; one or a list. "
        "It is also raised where a call is refused.",
    )
    roll_over: Share = Field(
        default=0.0,
        description="What was not spent goes to the next period, at most this share of the cap. A period in which nothing was counted "
        "was not spent at all.",
    )
    at_stop: AtStop = Field(
        default="refuse",
        description="What follows when a call does not fit any more: `refuse` (429, with the next period's time), `wait` (who sends "
        "`latency: can_wait` is kept until there is room, at most `limits.max_wait`), or `lane:NAME`, which answers then, marked.",
    )


class BudgetSection(CapsSection):
    """What a tenant may spend. Where it has no cap on dollars at all, $50 a day hold, so that no one is uncapped unawares."""

    daily: Cap | None = Field(
        default=None,
        description="Dollars of a UTC day; `none` for no cap. Default: $50, where no other cap on dollars is written here.",
    )
    per_user: CapsSection = Field(
        default=CapsSection(), description="What each of its users may spend. Requests that name no user share one."
    )
    per_feature: CapsSection = Field(
        default=CapsSection(), description="What each of its features may spend. Requests that name none share one."
    )
    per_key: CapsSection = Field(default=CapsSection(), description="What each of its keys may spend.")
    users: Table[CapsSection] = Field(default={}, description="What single users may spend, over `per_user`, by name.")
    features: Table[CapsSection] = Field(
        default={}, description="What single features may spend, over `per_feature`, by name."
    )
    keys: Table[CapsSection] = Field(
        default={}, description="What single keys may spend, over `per_key`, by id (`lanewise keys list` shows it)."
    )
