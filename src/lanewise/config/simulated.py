"""The policy of `--simulate`: lanes over simulated vendors, at the simulator's own prices. No file and no key is needed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from lanewise.config.build_routing import usual_grades
from lanewise.config.yaml_text import Line, routing_section, section
from lanewise.core.money import NANOUSD_PER_USD
from lanewise.core.policy import ModelFacts
from lanewise.core.usage import RateCard

Kind = Literal["small", "standard", "frontier", "reasoning"]


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulatedRow:
    """One model of a simulated vendor, as the composition root takes it from the simulator's table."""

    provider: str
    dialect: Literal["openai", "anthropic", "gemini"]
    base_url: str
    model: str
    kind: Kind
    prices: RateCard
    facts: ModelFacts

    @property
    def deployment(self) -> str:
        """`provider/model`."""
        return f"{self.provider}/{self.model}"


@dataclass(frozen=True, kw_only=True, slots=True)
class _LaneRow:
    """How a lane is filled: kinds in order of preference, cheapest or dearest first within a kind, one model per vendor."""

    name: str
    kinds: tuple[Kind, ...]
    dearest_first: bool
    settings: dict[str, str | int]
    steerable_first: bool = False
    most: int = 3


_LANES: tuple[_LaneRow, ...] = (
    _LaneRow(
        name="small", kinds=("small",), dearest_first=False, settings={"timeout": "30s", "max_output_tokens": 4096}
    ),
    _LaneRow(
        name="standard",
        kinds=("standard",),
        dearest_first=False,
        settings={"timeout": "60s", "max_output_tokens": 8192},
    ),
    _LaneRow(
        name="frontier",
        kinds=("frontier", "standard"),
        dearest_first=True,
        settings={"timeout": "2m", "max_output_tokens": 8192, "degrade_to": "standard"},
    ),
    _LaneRow(
        name="reasoning_low",
        kinds=("reasoning",),
        dearest_first=False,
        steerable_first=True,
        settings={"effort": "low", "timeout": "2m", "degrade_to": "standard"},
    ),
    _LaneRow(
        name="reasoning",
        kinds=("reasoning",),
        dearest_first=True,
        settings={"effort": "high", "timeout": "5m", "max_output_tokens": 32_000, "degrade_to": "standard"},
    ),
)

RULES: tuple[tuple[dict[str, object], str], ...] = (
    ({"task": ["extract", "extraction", "classify", "translate", "summarize"]}, "small"),
    ({"task": ["arithmetic", "convert", "units", "unit_conversion"]}, "standard"),
    ({"task": ["algebra", "math"]}, "reasoning_low"),
    ({"task": ["program", "programs", "code", "code_review", "proof", "security_analysis"]}, "reasoning"),
)


def simulated_policy_text(rows: Sequence[SimulatedRow]) -> str:
    """The policy's text for these models; load it like any other file. Raises ValueError where a lane would be empty."""
    providers = {
        row.provider: {"dialect": row.dialect, "base_url": row.base_url, "api_key": "simulated", "simulated": True}
        for row in rows
    }
    lanes = []
    for lane in _LANES:
        chosen = _fill(lane, rows)
        if not chosen:
            raise ValueError(f"no simulated model fits the lane {lane.name!r}; it takes kinds {', '.join(lane.kinds)}")
        lanes.append(Line(key=lane.name, value={"deployments": [row.deployment for row in chosen], **lane.settings}))
    head = "# Simulated vendors: they answer by computing, bill play money, and call themselves simulated everywhere.\n"
    return head + "".join(
        (
            section("providers", [Line(key=name, value=value) for name, value in providers.items()]),
            section("lanes", lanes),
            section(
                "models",
                [*(Line(key=row.model, value="pin") for row in rows if _used(row, lanes)), Line(key="*", value="auto")],
            ),
            routing_section(RULES, "standard", grades=usual_grades([line.key for line in lanes], "standard")),
            section(
                "prices", [Line(key=row.deployment, value=_prices(row.prices)) for row in rows if _used(row, lanes)]
            ),
            section(
                "facts",
                [
                    Line(key=row.deployment, value=_facts(row.facts))
                    for row in rows
                    if _used(row, lanes) and _facts(row.facts)
                ],
            ),
        )
    )


def _fill(lane: _LaneRow, rows: Sequence[SimulatedRow]) -> list[SimulatedRow]:
    def preference(row: SimulatedRow) -> tuple[int, bool, int]:
        price = row.prices.output
        unsteerable = lane.steerable_first and row.facts.thinking == "none"
        return lane.kinds.index(row.kind), unsteerable, -price if lane.dearest_first else price

    chosen: list[SimulatedRow] = []
    for row in sorted((row for row in rows if row.kind in lane.kinds), key=preference):
        if row.provider not in {each.provider for each in chosen}:
            chosen.append(row)
    return chosen[: lane.most]


def _used(row: SimulatedRow, lanes: Sequence[Line]) -> bool:
    return any(isinstance(line.value, dict) and row.deployment in line.value["deployments"] for line in lanes)


def _prices(card: RateCard) -> dict[str, str]:
    parts = {
        "input": card.input,
        "output": card.output,
        "cached": card.cached,
        "cache_write": card.cache_write,
        "cache_write_1h": card.cache_write_1h,
        "reasoning": card.reasoning,
    }
    return {name: exact_usd(nanousd) for name, nanousd in parts.items() if nanousd is not None}


def exact_usd(nanousd: int) -> str:
    """Dollars with every digit, so that they are read back as the same nano-dollars."""
    return f"${(Decimal(nanousd) / NANOUSD_PER_USD).normalize():f}"


_WRITERS: dict[str, Callable[[ModelFacts], object]] = {
    field.name: lambda facts, name=field.name: getattr(facts, name)  # type: ignore[misc]  # the default binds the name
    for field in dataclasses.fields(ModelFacts)
    if field.name != "thinking_budget_tokens"
}


def _facts(facts: ModelFacts) -> dict[str, object]:
    """What differs from a model that nothing is known of."""
    usual = ModelFacts()
    written: dict[str, object] = {}
    for name, read in _WRITERS.items():
        value = read(facts)
        if value != read(usual):
            written[name] = list(value) if isinstance(value, tuple) else value
    if facts.thinking_budget_tokens is not None:
        written["min_thinking_tokens"], written["max_thinking_tokens"] = facts.thinking_budget_tokens
    return written
