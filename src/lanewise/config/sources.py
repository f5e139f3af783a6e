"""What the loader is given by the composition root: known vendors, models' facts and prices, kinds of applications and of work,
verifiers.

Config names none of them itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import get_args

import msgspec

from lanewise.core.closing import Closing
from lanewise.core.policy import AuthHeader, Deployment, ModelFacts, Profile, ProviderPolicy, Task
from lanewise.core.protocols.verifier import Cost
from lanewise.core.request import Dialect
from lanewise.core.usage import RateCard

FactsOf = Callable[[ProviderPolicy, str], ModelFacts]
"""What a model can take. The provider bears its vendor's name where the file says `vendor:`."""

PricesOf = Callable[[ProviderPolicy, str, dt.date], "RateCard | None"]
"""A model's prices on a day, None where nobody knows them. The provider bears its vendor's name where the file says `vendor:`."""

ModelsOf = Callable[[ProviderPolicy], Collection[str]]
"""The models that a provider's vendor is known to have; empty where nobody knows."""


def _nobody_knows(_: ProviderPolicy) -> Collection[str]:
    return ()


@dataclass(frozen=True, kw_only=True, slots=True)
class CatalogRow:
    """A vendor known by name: what a provider of that name need not write."""

    name: str
    dialect: Dialect
    base_url: str | None  # None where the account's own address is needed and `endpoint_env` is not set
    key_env: tuple[str, ...] = ()  # environment variables that hold its key; the first that is set counts
    endpoint_env: str | None = None
    auth_header: AuthHeader = "authorization"
    query: tuple[tuple[str, str], ...] = ()
    local: bool = False
    stream_usage: bool = True

    def key(self, environment: Mapping[str, str]) -> str:
        """The key that the environment holds for it, or the empty string."""
        return next((environment[name] for name in self.key_env if environment.get(name)), "")


@dataclass(frozen=True, kw_only=True, slots=True)
class VerifierRow:
    """A verifier known by name. An option of the type `Deployment` is written `provider/model` in the file."""

    name: str
    options: type[msgspec.Struct]
    why_refused: Callable[[object], str]  # what is wrong with options of the right types; empty where nothing is
    stand_in: str | None = None
    closes: Closing | None = None  # the mark from which on it can accept an unfinished answer
    cost: Cost = "reading"
    partial: bool = False  # it can judge the first steps of an answer too

    @property
    def fields(self) -> tuple[msgspec.structs.FieldInfo, ...]:
        """Every option, in the order of its type."""
        return msgspec.structs.fields(self.options)

    @property
    def models(self) -> tuple[str, ...]:
        """The options that name a deployment which it asks."""
        return tuple(each.name for each in self.fields if _is_deployment(each.type))

    @property
    def needed(self) -> tuple[str, ...]:
        """The options that it cannot do without."""
        return tuple(each.encode_name for each in self.fields if each.required)


def _is_deployment(kind: object) -> bool:
    return kind is Deployment or Deployment in get_args(kind)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sources:
    """All of it in one value."""

    catalog: Mapping[str, CatalogRow]
    facts_of: FactsOf
    prices_of: PricesOf
    models_of: ModelsOf = _nobody_knows
    profiles: Mapping[str, Profile] = field(default_factory=dict)  # kinds of applications that are shipped
    verifiers: Mapping[str, VerifierRow] = field(default_factory=dict)
    tasks: Mapping[str, Task] = field(default_factory=dict)  # kinds of work that are shipped
