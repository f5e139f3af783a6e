"""What runs cost, by who asked, for what, of which model, and by part: sums that equal the ledger to the nano-dollar.

A run of one call has all its cost in its own row; what a run of several calls cost is in `run_costs`, by who was asked for what.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import sqlalchemy as sa

from lanewise.core.errors import InvalidRequest
from lanewise.core.nearest import nearest
from lanewise.core.usage import Cost
from lanewise.stores.cost_rows import AT_RATE
from lanewise.stores.database import Database
from lanewise.stores.schema import run_costs, runs

Dimension = Literal["tenant", "user", "feature", "task", "key", "lane", "deployment", "model", "part"]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)

NUMBERS = ("runs", "calls", "cost_nanousd", "cache_saved_nanousd")
"""What each line counts."""

_PARTS = Cost.__struct_fields__  # of calls that answer
#: What calls that do not answer are for: their own parts are not told apart. Nor are those of answers at another rate.
_BESIDE = {
    "classify": "routing",
    "similar": "vectors",
    f"{AT_RATE}flex": "batch rate",
    f"{AT_RATE}batch": "batch rate",
}
_CHECKS = "checks"
_UNTOLD = "@"  # before a deployment's name: its vendor did not say which model answered
_OF_RUN = {"tenant": runs.c.tenant, "user": runs.c.user, "feature": runs.c.feature, "task": runs.c.task,
           "key": runs.c.key_id, "lane": runs.c.lane}  # fmt: skip
_MONEY = (*(f"cost_{part}" for part in _PARTS), "cache_saved")


@dataclass(frozen=True, kw_only=True, slots=True)
class Attributed:
    """One line: what it is of, in the order that was asked for, and what it cost."""

    of: tuple[str, ...]  # empty where nothing was named
    runs: int  # that have a share in it
    calls: int  # of a part: those that could have it
    cost_nanousd: int
    cache_saved_nanousd: int  # by vendors' prompt caches, writing to them deducted; of a part: of cached input alone


@dataclass(frozen=True, kw_only=True, slots=True)
class Attribution:
    """Every line since a moment, the dearest first; the total is the ledger's own, and the lines sum to it."""

    by: tuple[Dimension, ...]
    since_us: int
    tenant: str | None
    lines: tuple[Attributed, ...]
    runs: int
    cost_nanousd: int
    cache_saved_nanousd: int


def dimensions_of(text: str) -> tuple[Dimension, ...]:
    """Dimensions as people write them: `tenant,feature`. Raises InvalidRequest, naming those there are."""
    words = [word.strip() for word in text.split(",")]
    found = tuple(name for word in words for name in DIMENSIONS if name == word)
    if not found or len(found) != len(words):
        wrong = next((word for word in words if word not in DIMENSIONS), "")
        close = nearest(wrong, DIMENSIONS)
        hint = f"{wrong[:100]!r} is none. Did you mean {close!r}? " if close else f"{wrong[:100]!r} is none. "
        raise InvalidRequest(
            f"`by`: {hint}Write one or more of {', '.join(DIMENSIONS)}, with commas between", param="by"
        )
    return found


async def attribute(
    database: Database,
    by: Sequence[Dimension],
    *,
    since_us: int = 0,
    tenant: str | None = None,
    user: str | None = None,
) -> Attribution:
    """What runs cost that began at or after `since_us`, by these dimensions together. Raises StoreError."""
    wanted = tuple(dict.fromkeys(by))
    whole = [runs.c.started_us >= since_us]
    whole += [runs.c[name] == only for name, only in (("tenant", tenant), ("user", user)) if only is not None]
    async with database.reading_at_length() as connection:  # one moment of the ledger
        rows = (await connection.execute(_sums(wanted, whole))).mappings().all()
        total = (
            await connection.execute(
                sa.select(
                    sa.func.count().label("runs"),
                    sa.func.coalesce(sa.func.sum(runs.c.cost_nanousd), 0).label("cost"),
                    sa.func.coalesce(sa.func.sum(runs.c.cache_saved), 0).label("saved"),
                ).where(*whole)
            )
        ).one()
    return Attribution(
        by=wanted,
        since_us=since_us,
        tenant=tenant,
        lines=await asyncio.to_thread(_lines, rows, wanted),  # there may be one for every user, and others are waiting
        runs=total.runs,
        cost_nanousd=int(total.cost),
        cache_saved_nanousd=int(total.saved),
    )


def plain_attribution(told: Attribution) -> dict[str, Any]:
    """An attribution as JSON-able values: totals of the ledger, and under `lines` each line by its dimensions' names."""
    return {
        "by": list(told.by),
        "since_us": told.since_us,
        "tenant": told.tenant,
        "runs": told.runs,
        "cost_nanousd": told.cost_nanousd,
        "cache_saved_nanousd": told.cache_saved_nanousd,
        "lines": list(rows_of(told)),
    }


def rows_of(told: Attribution) -> Iterator[dict[str, Any]]:
    """Each line as a row: names by dimension, then numbers."""
    for line in told.lines:
        yield dict(zip(told.by, line.of, strict=True)) | {name: getattr(line, name) for name in NUMBERS}


def _sums(by: tuple[Dimension, ...], whole: list[sa.ColumnElement[bool]]) -> sa.Select[Any]:
    """Sums by what is asked for and by purpose, over the rows of runs of one call and the parts of all others."""
    split = sa.exists().where(run_costs.c.run_id == runs.c.run_id, run_costs.c.started_us == runs.c.started_us)
    of_run = [column.label(name) for name, column in _OF_RUN.items()]
    alone = sa.select(
        runs.c.run_id,
        *of_run,
        runs.c.deployment,
        sa.case((runs.c.served_model != "", runs.c.served_model), else_=_UNTOLD + runs.c.deployment).label("model"),
        sa.literal("").label("purpose"),
        runs.c.calls,
        *(runs.c[name] for name in _MONEY),
    ).where(~split, *whole)
    parts = (
        sa.select(
            runs.c.run_id,
            *of_run,
            run_costs.c.deployment,
            run_costs.c.model,
            run_costs.c.purpose,
            run_costs.c.calls,
            *(run_costs.c[name] for name in _MONEY),
        )
        .join(runs, sa.and_(runs.c.run_id == run_costs.c.run_id, runs.c.started_us == run_costs.c.started_us))
        .where(*whole)
    )
    every = sa.union_all(alone, parts).subquery()
    groups: list[sa.ColumnElement[Any]] = [
        sa.func.coalesce(every.c[name], "").label(name) for name in by if name != "part"
    ]
    if "part" in by:
        groups.append(_beside(every.c.purpose).label("beside"))
    counted = sa.func.count(sa.distinct(every.c.run_id)).label("runs")
    sums = [sa.func.sum(every.c[name]).label(name) for name in ("calls", *_MONEY)]
    return sa.select(*groups, counted, *sums).group_by(*groups)


def _beside(purpose: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """What calls are for that do not answer; empty for those that do."""
    whens = [(purpose == "", ""), *((purpose == asked, part) for asked, part in _BESIDE.items())]
    at_rate = (purpose.startswith(AT_RATE, autoescape=True), sa.func.substr(purpose, len(AT_RATE) + 1).concat(" rate"))
    return sa.case(*whens, at_rate, else_=_CHECKS)


def _model(name: str) -> str:
    """A model as its vendor names it, else as it was asked for."""
    return name.partition("/")[2] if name.startswith(_UNTOLD) else name


def _lines(rows: Iterable[Mapping[str, Any]], by: tuple[Dimension, ...]) -> tuple[Attributed, ...]:
    found: defaultdict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for row in rows:
        for part, cost, saved in _parts_of(row) if "part" in by else [("", _cost(row), int(row["cache_saved"]))]:
            of = tuple(part if name == "part" else _NAMES.get(name, str)(row[name]) for name in by)
            line = found[of]
            line[0] += row["runs"]
            line[1] += int(row["calls"])
            line[2] += cost
            line[3] += saved
    lines = [
        Attributed(of=of, runs=line[0], calls=line[1], cost_nanousd=line[2], cache_saved_nanousd=line[3])
        for of, line in found.items()
    ]
    return tuple(sorted(lines, key=lambda line: (-line.cost_nanousd, line.of)))


def _parts_of(row: Mapping[str, Any]) -> list[tuple[str, int, int]]:
    """Each part with its cost and what the vendors' caches saved of it."""
    saved = int(row["cache_saved"])
    if row["beside"]:
        return [(row["beside"], _cost(row), saved)]
    costs = [(part, int(row[f"cost_{part}"])) for part in _PARTS]
    return [
        (part, cost, saved if part == "cached" else 0) for part, cost in costs if cost or (part == "cached" and saved)
    ]


def _cost(row: Mapping[str, Any]) -> int:
    return sum(int(row[f"cost_{part}"]) for part in _PARTS)


_NAMES = {"model": _model}
