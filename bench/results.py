"""What a run leaves behind in `bench/results.json`."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import msgspec
import psutil

from bench import figures
from bench.cases import Case
from bench.checks import Checks
from bench.figures import Rounds, Table
from bench.rounds import Sample, Schedule


class Results(msgspec.Struct, kw_only=True):
    """The content of `bench/results.json`; every table is by system, then by case."""

    date: str
    command: str
    machine: dict[str, str]
    versions: dict[str, str]
    schedule: dict[str, float]
    ratio_to_bare: dict[str, dict[str, float]]
    cpu_us_per_request: dict[str, dict[str, float]]
    cpu_us_per_chunk: dict[str, dict[str, float]]
    cpu_us_per_chunk_total: dict[str, dict[str, float]]
    added_p50_ms: dict[str, dict[str, float]]
    added_p99_ms: dict[str, dict[str, float]]
    added_whole_stream_p99_ms: dict[str, dict[str, float]]
    requests_per_round: dict[str, dict[str, float]]
    rss_mb: dict[str, float]
    spread: dict[str, Table]
    beside_checks: dict[str, dict[str, float]]
    goals: list[dict[str, str | float | bool | None]]
    errors: list[str]


def results(
    samples: Sequence[Sample],
    cases: Sequence[Case],
    schedule: Schedule,
    versions: dict[str, str],
    *,
    checks: Checks | None = None,
) -> Results:
    """The figures of a run; `checks` is None where a part of it was asked for."""
    rounds = Rounds(samples)
    cpu = rounds.table(cases, rounds.cpu_us)
    chunk = rounds.table(cases, rounds.chunk_us)
    added_p99 = rounds.table(cases, partial(rounds.added_ms, "p99"))
    return Results(
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        command=" ".join(["python -m bench", *sys.argv[1:]]),
        machine=machine(),
        versions=versions,
        schedule={"rounds": schedule.rounds, "seconds": schedule.seconds, "warm_up_s": schedule.warm_up_s},
        ratio_to_bare=ratios_to_bare(rounds, cases),
        cpu_us_per_request=medians(cpu),
        cpu_us_per_chunk=medians(chunk),
        cpu_us_per_chunk_total=medians(rounds.table(cases, rounds.chunk_total_us)),
        added_p50_ms=medians(rounds.table(cases, partial(rounds.added_ms, "p50")), 3),
        added_p99_ms=medians(added_p99, 3),
        added_whole_stream_p99_ms=medians(rounds.table(cases, partial(rounds.added_whole_ms, "p99")), 3),
        requests_per_round=medians(rounds.table(cases, rounds.requests)),
        rss_mb={system: round(value, 1) for system, value in rounds.rss_mb().items()},
        spread={"cpu_us_per_request": cpu, "cpu_us_per_chunk": chunk, "added_p99_ms": added_p99},
        beside_checks={} if checks is None else checks.medians,
        goals=[
            {**msgspec.to_builtins(goal), "met": goal.met}
            for goal in (*figures.goals(rounds, cases), *(() if checks is None else checks.goals))
        ],
        errors=[f"{sample.system}, {sample.case}: {error}" for sample in samples for error in sample.errors],
    )


def ratios_to_bare(rounds: Rounds, cases: Sequence[Case]) -> dict[str, dict[str, float]]:
    """CPU per request over the bare script's, and for streams CPU per chunk."""
    table: dict[str, dict[str, float]] = {}
    for system in rounds.systems:
        for case in cases:
            ratio = rounds.ratio(rounds.chunk_us if case.stream else rounds.cpu_us, system, "bare", case)
            if ratio:
                table.setdefault(system, {})[case.name] = round(ratio.median, 3)
    return table


def medians(table: Table, digits: int = 1) -> dict[str, dict[str, float]]:
    return {system: {case: round(cell.median, digits) for case, cell in row.items()} for system, row in table.items()}


def machine() -> dict[str, str]:
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [
            line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if line.startswith("model name")
        ]
        model = names[0] if names else model
    return {
        "cpu": model,
        "cores": str(os.cpu_count()),
        "memory_gb": f"{psutil.virtual_memory().total / 1e9:.0f}",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load_average_after": f"{os.getloadavg()[0]:.1f}",
    }


def write(found: Results, path: Path) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")
