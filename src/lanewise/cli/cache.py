"""`lanewise cache`: what is given again, what it saves, out with some of it, and in with more."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from lanewise.cli.moments import past
from lanewise.cli.output import json_option, print_json, progress
from lanewise.cli.store_file import store_of, store_options
from lanewise.core.errors import LanewiseError
from lanewise.stores.address import Store

if TYPE_CHECKING:
    from lanewise.core.similar import SimilarStanding
    from lanewise.operations.cached import TenantCache
    from lanewise.similarity.learned import Labelled, Learned
    from lanewise.stores.database import Database

T = TypeVar("T")


@click.group()
def command() -> None:
    """Answers that are given again: what they save, forget some, warm up. A gateway that runs follows within a second."""


def _since(_context: click.Context, _parameter: click.Parameter, text: str | None) -> dt.datetime | None:
    return None if text is None else past(text, dt.datetime.now(dt.UTC))


@command.command()
@click.option(
    "--since", callback=_since, default=None, help="Only runs from then on: 24h, or a time in ISO 8601 (UTC)."
)
@click.option("--tenant", default=None, help="Only this tenant's.")
@store_options
@json_option
def stats(
    since: dt.datetime | None, tenant: str | None, store: Store | None, config: Path | None, as_json: bool
) -> None:
    """Print what is kept, how often it was given again, what that saved, and what audits tell of similar questions."""
    since_us = 0 if since is None else int(since.timestamp() * 1_000_000)

    async def read(database: Database) -> tuple[tuple[TenantCache, ...], tuple[SimilarStanding, ...]]:
        from lanewise.operations.cached import cache_stats
        from lanewise.operations.similar_stats import similar_stats

        return await cache_stats(database, since_us=since_us, tenant=tenant), await similar_stats(database, tenant)

    found, similar = asyncio.run(_on(store_of(store, config), read))
    if as_json:
        print_json({"tenants": found, "similar": similar})
        return
    from lanewise.operations.cached_view import stats_view
    from lanewise.operations.render import show
    from lanewise.operations.similar_stats import similar_view

    show(stats_view(found), sys.stdout)
    if similar:
        show(similar_view(similar), sys.stdout)


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

    async def delete(database: Database) -> int:
        from lanewise.operations.cached import forget_cached

        return await forget_cached(database, tenant=tenant, run_id=run_id)

    forgotten = asyncio.run(_on(store_of(store, config), delete))
    if as_json:
        print_json({"forgotten": forgotten})
    else:
        print(f"Forgot {forgotten:,} cached answers.")


def _part(_context: click.Context, _parameter: click.Parameter, text: str) -> float:
    from lanewise.config.quantities import NotUnderstood
    from lanewise.config.schema_cache import part_of

    try:
        return part_of(text)
    except NotUnderstood as error:
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
    from lanewise.core.similar import HASHED_NGRAMS
    from lanewise.operations.learning import certificate_in_words, labelled_pairs
    from lanewise.similarity.learned import learn_threshold

    with file.open(encoding="utf-8", newline="") as lines:
        pairs = labelled_pairs(lines, table=file.suffix.lower() == ".csv")
    cosines = None if embedding in (None, HASHED_NGRAMS) else _cosines(pairs, embedding, url, key)
    try:
        learned = learn_threshold(
            pairs,
            alpha=alpha,
            delta=round(1 - confidence, 9),
            embedding=embedding or HASHED_NGRAMS,
            cosines=cosines,
        )
    except ValueError as error:
        raise LanewiseError(f"Nothing can be learned from {str(file)!r}: {error}") from error
    told = certificate_in_words(learned.certified)
    if learned.certified.threshold is None:
        raise LanewiseError(told)
    asyncio.run(_keep(store_of(store, config), learned, tenant))
    if as_json:
        print_json(learned.certified)
    else:
        print(told)


def _cosines(pairs: list[Labelled], embedding: str, url: str, key: str) -> list[float]:
    from lanewise.cli.minilm import minilm_cosines
    from lanewise.core.similar import MINILM
    from lanewise.operations.vectors import cosines

    if embedding == MINILM:
        return minilm_cosines(pairs)
    with progress("Asking") as told:
        return asyncio.run(cosines(pairs, embedding=embedding, url=url, key=key, done=told))


async def _keep(store: Store, learned: Learned, tenant: str) -> None:
    import os

    from lanewise.core.clock import SystemClock
    from lanewise.core.ids import RandomIds
    from lanewise.operations.learning import keep_learned
    from lanewise.stores.sealing import seal_for

    async def keep(database: Database) -> None:
        seal = seal_for(store, os.environ)
        await keep_learned(database, seal, learned, tenant=tenant, clock=SystemClock(), ids=RandomIds())

    await _on(store, keep)


@command.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--url", default="http://127.0.0.1:8080", show_default=True, help="Where the gateway is.")
@click.option("--key", envvar="LANEWISE_KEY", default="", help="Whose answers they are; default: LANEWISE_KEY.")
@json_option
def warm(file: Path, url: str, key: str, as_json: bool) -> None:
    """Ask a running gateway each question of FILE, a line of JSON each, so that its answer is there. It costs what asking costs."""
    from lanewise.operations.warming import questions
    from lanewise.operations.warming import warm as warm_up

    with file.open("rb") as lines:
        asked = questions(lines)
    with progress("Asking") as told:
        made = asyncio.run(warm_up(asked, url=url, key=key, done=told))
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


async def _on(store: Store, act: Callable[[Database], Awaitable[T]]) -> T:
    from lanewise.stores.database import open_database

    database = await open_database(store)
    try:
        return await act(database)
    finally:
        await database.close()
