"""The policy of the failure table: a lane and deployments of its own for every row, so that all rows can share one gateway."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import yaml

from end_to_end.failure_rows import COUNTED, FAST, STANDARD, Case, Vendor
from lanewise.bootstrap import simulated_rows
from lanewise.config.simulated import simulated_policy_text
from raw_vendor import unused_port

CASE_HEADER = "x-case"  # tells a vendor, and so its log, for which row it is asked
POOR = "poor"
#: Lanes in which nothing ever fails, by name, each with the one model it asks.
PLAIN = {
    f"plain-{dialect}-{place}": models[dialect]
    for place, models in enumerate((STANDARD, COUNTED))
    for dialect in models
}


def edition(cases: Iterable[Case], quick: str, paced: str, *, broken: bool) -> str:
    """The policy as YAML: before anything fails, or with every row's fault in force."""
    known = yaml.safe_load(simulated_policy_text(simulated_rows(quick)))
    plain = {name: {"deployments": [model]} for name, model in PLAIN.items()}
    made = _Edition(known, {False: quick, True: paced}, broken=broken)
    for case in cases:
        made.add(case)
    whole = {
        "providers": known["providers"] | made.providers,
        "lanes": known["lanes"] | plain | made.lanes,
        "models": {"*": "pin"},
        "prices": known["prices"] | made.prices,
        "facts": known["facts"] | made.facts,
        "tenants": {POOR: {"budget": {"daily": "$0.000001"}}},
    }
    return yaml.safe_dump(whole, sort_keys=False)


class _Edition:
    def __init__(self, known: dict[str, Any], addresses: dict[bool, str], *, broken: bool) -> None:
        self._known = known
        self._addresses = addresses
        self._broken = broken
        self.providers: dict[str, Any] = {}
        self.lanes: dict[str, Any] = {}
        self.prices: dict[str, Any] = {}
        self.facts: dict[str, Any] = {}

    def add(self, case: Case) -> None:
        deployed = {role: self._deploy(f"{case.key}-{role}", vendor) for role, vendor in case.roles.items()}
        fast = deployed.pop(FAST, None)
        lane = {"deployments": list(deployed.values()), "timeout": "30s"} | case.settings
        if not self._broken:
            lane.pop("hedge_after", None)  # what is learned must not be a race
        if fast is not None:
            self.lanes[f"{case.key}-{FAST}"] = {"deployments": [fast], "timeout": "30s"}
            lane["degrade_to"] = f"{case.key}-{FAST}"
        self.lanes[case.key] = lane

    def _deploy(self, provider: str, vendor: Vendor) -> str:
        """A provider of this name for the vendor's model; the deployment's name."""
        account, _, model = vendor.model.partition("/")
        known = dict(self._known["providers"][account])
        known["base_url"] = known["base_url"].replace(self._addresses[False], self._addresses[vendor.paced])
        headers = {CASE_HEADER: provider}
        if self._broken and vendor.fault:
            headers["x-sim-fault"] = vendor.fault
        if self._broken and vendor.nowhere:
            known["base_url"] = f"http://127.0.0.1:{unused_port()}/v1"
        self.providers[provider] = known | {"headers": headers}
        deployment = f"{provider}/{model}"
        for table, entries in (("prices", self.prices), ("facts", self.facts)):
            if vendor.model in self._known[table]:
                entries[deployment] = self._known[table][vendor.model]
        return deployment
