"""`lanewise cache`: what is given again, what it saves, out with some of it, and in with more."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import click

from lanewise.cli.late import late
from lanewise.cli.minilm import minilm_cosines
from lanewise.cli.moments import since_option
from lanewise.cli.output import json_option, print_json, progress
from lanewise.cli.store_file import opened, store_of, store_options
from lanewise.core.clock import SystemClock
from lanewise.core.errors import LanewiseError
from lanewise.core.ids import RandomIds
from lanewise.core.similar import HASHED_NGRAMS, MINILM, SimilarStanding
from lanewise.stores.address import Store

with late():
    from lanewise.config import quantities, schema_cache
    from lanewise.operations import cached, cached_view, learning, render, similar_stats, vectors, warming
    from lanewise.similarity import learned
    from lanewise.stores import sealing


@click.group()
def command() -> None:
    """Answers that are given again: what they save, forget some, warm up. A gateway that runs follows within a second."""


@command.command()
@since_option("runs")
@click.option("--tenant", default=None, help="Only this tenant's.")
@store_options
@json_option
def stats(since_us: int, tenant: str | None, store: Store | None, config: Path | None, as_json: bool) -> None:
    """Print what is kept, how often it was given again, what that saved, and what audits tell of similar questions."""
    found, similar = asyncio.run(_stats(store_of(store, config), since_us, tenant))
    if as_json:
        print_json({"tenants": found, "similar": similar})
        return
    render.show(cached_view.stats_view(found), sys.stdout)
    if similar:
        render.show(similar_stats.similar_view(similar), sys.stdout)


async def _stats(
    store: Store, since_us: int, tenant: str | None
) -> tuple[tuple[cached.TenantCache, ...], tuple[SimilarStanding, ...]]:
    async with opened(store) as database:
        found = await cached.cache_stats(database, since_us=since_us, tenant=tenant)
        return found, await similar_stats.similar_stats(database, tenant)


@command.command()
@click.option("--tenant", default=None, help="What this tenant was answered.")
@click.option("--run", "run_id", default=None, help="What this run answered.")
@click.option("--all", "everything", is_flag=True, help="All of it.")
@store_options
@json_option
def forget(
    tenant: str | None,
    run_id: str | None,
    everything: bool,
    store: Store | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """Never again give some answers: they are asked for anew. Ledger rows stay."""
    if not (tenant or run_id or everything):
        raise click.UsageError("Say which answers: --tenant NAME, --run RUN, or --all")
    forgotten = asyncio.run(_forget(store_of(store, config), tenant, run_id))
    if as_json:
        print_json({"forgotten": forgotten})
    else:
        print(f"Forgot {forgotten:,} cached answers.")


async def _forget(store: Store, tenant: str | None, run_id: str | None) -> int:
    async with opened(store) as database:
        return await cached.forget_cached(database, tenant=tenant, run_id=run_id)


def _part(_context: click.Context, _parameter: click.Parameter, text: str) -> float:
    try:
        return schema_cache.part_of(text)
    except quantities.NotUnderstood as error:
        raise click.BadParameter(f"{error.problem}: {error.remedy}") from error


@command.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--alpha", callback=_part, required=True, help="At most this share of the answers given is to be wrong: 10%."
)
@click.option("--confidence", callback=_part, default="90%", show_default=True, help="With which that is to hold.")
@click.option("--tenant", default="", help="Only for this tenant. Default: for every tenant that has none of its own.")
@click.option(
    "--embedding",
    default=None,
    help="minilm-l6-v2, or the deployment that gives vectors, provider/model. Default: hashed n-grams.",
)
@click.option("--url", default="http://127.0.0.1:8080", show_default=True, help="Where its gateway is.")
@click.option("--key", envvar="LANEWISE_KEY", default="", help="Who pays for its vectors; default: LANEWISE_KEY.")
@store_options
@json_option
def learn(
    file: Path,
    alpha: float,
    confidence: float,
    tenant: str,
    embedding: str | None,
    url: str,
    key: str,
    store: Store | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """Learn from FILE, pairs of questions of which somebody said whether one answer does for both, from when on it does.

    FILE has a pair a line, {"one": "…", "other": "…", "same": true}, or is a table (.csv) with these columns. What is certified is kept and
    is in force within a second; where nothing can be certified, nothing changes.
    """
    with file.open(encoding="utf-8", newline="") as lines:
        pairs = learning.labelled_pairs(lines, table=file.suffix.lower() == ".csv")
    if embedding is not None and embedding not in (HASHED_NGRAMS, MINILM) and "/" not in embedding:
        raise click.UsageError(
            f"--embedding {embedding!r} is none: write {MINILM}, {HASHED_NGRAMS}, or a deployment as provider/model"
        )
    cosines = None if embedding in (None, HASHED_NGRAMS) else _cosines(pairs, embedding, url, key)
    try:
        found = learned.learn_threshold(
            pairs,
            alpha=alpha,
            delta=round(1 - confidence, 9),
            embedding=embedding or HASHED_NGRAMS,
            cosines=cosines,
        )
    except ValueError as error:
        raise LanewiseError(f"Nothing can be learned from {str(file)!r}: {error}") from error
    told = learning.certificate_in_words(found.certified)
    if found.certified.threshold is None:
        raise LanewiseError(told)
    asyncio.run(_keep(store_of(store, config), found, tenant))
    if as_json:
        print_json(found.certified)
    else:
        print(told)


def _cosines(pairs: list[learned.Labelled], embedding: str, url: str, key: str) -> list[float]:
    if embedding == MINILM:
        return minilm_cosines(pairs)
    with progress("Asking") as told:
        return asyncio.run(vectors.cosines(pairs, embedding=embedding, url=url, key=key, done=told))


async def _keep(store: Store, found: learned.Learned, tenant: str) -> None:
    async with opened(store) as database:
        seal = sealing.seal_for(store, os.environ)
        await learning.keep_learned(database, seal, found, tenant=tenant, clock=SystemClock(), ids=RandomIds())


@command.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--url", default="http://127.0.0.1:8080", show_default=True, help="Where the gateway is.")
@click.option("--key", envvar="LANEWISE_KEY", default="", help="Whose answers they are; default: LANEWISE_KEY.")
@json_option
def warm(file: Path, url: str, key: str, as_json: bool) -> None:
    """Ask a running gateway each question of FILE, a line of JSON each, so that its answer is there. It costs what asking costs."""
    with file.open("rb") as lines:
        asked = warming.questions(lines)
    with progress("Asking") as told:
        made = asyncio.run(warming.warm(asked, url=url, key=key, done=told))
    if as_json:
        print_json(made)
    else:
        print(
            f"{made.asked:,} asked for ${made.cost_usd:.6f}, {made.cached:,} there before, {made.bypassed:,} never cached."
        )
    if made.failed:
        more = f", and {len(made.failed) - 1:,} more" if len(made.failed) > 1 else ""
        raise LanewiseError(f"{made.failed[0]}{more}")
    if made.bypassed and not made.asked and not made.cached:
        raise LanewiseError(
            "No answer is cached: write `cache: {exact: true}` in the policy, or a question that may be (docs: give-answers-again)"
        )
