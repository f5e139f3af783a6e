"""Which clients and suites are run: all, but for those that `CLIENTS_SKIP` names; or only those that are named as arguments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clients.cases import CLIENTS, Client
from clients.suites import SUITES, Suite

ENVIRONMENTS = tuple(
    dict.fromkeys([client.environment for client in CLIENTS] + [suite.environment for suite in SUITES])
)


class UnknownEnvironmentError(Exception):
    """A name that no environment has; the message says which there are."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """What is run. `whole`: nothing is left out, so that the page can be written."""

    clients: tuple[Client, ...]
    suites: tuple[Suite, ...]

    @property
    def whole(self) -> bool:
        return (self.clients, self.suites) == (CLIENTS, SUITES)


def chosen(skip: str, only: Sequence[str] = ()) -> Chosen:
    """By environment; `skip` is separated by commas. Raises UnknownEnvironmentError: a misspelt name would skip or prove nothing."""
    skipped = [name for name in map(str.strip, skip.split(",")) if name]
    for name in (*skipped, *only):
        if name not in ENVIRONMENTS:
            raise UnknownEnvironmentError(f"There is no environment {name!r}. Environments: {', '.join(ENVIRONMENTS)}")
    kept = [name for name in ENVIRONMENTS if name not in skipped and (not only or name in only)]
    return Chosen(
        clients=tuple(each for each in CLIENTS if each.environment in kept),
        suites=tuple(each for each in SUITES if each.environment in kept),
    )
