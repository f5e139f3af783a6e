"""`lanewise eval`: what strategies and judges are worth, on recorded outcomes and on rows that people have judged."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

from lanewise.cli.late import late
from lanewise.cli.minilm import minilm_cosines
from lanewise.cli.output import json_option, print_json
from lanewise.core.similar import MINILM

with late():
    from lanewise.bootstrap import checking
    from lanewise.lab import (
        judge_beside_people,
        recorded_outcomes,
        semantic_cache,
        semantic_view,
        similar_questions,
        strategies_compared,
        strategies_view,
    )
    from lanewise.operations import render


Command = TypeVar("Command", bound=Callable[..., Any])


def _data_option(holds: str) -> Callable[[Command], Command]:
    return click.option(
        "--data",
        type=click.Path(path_type=Path, file_okay=False),
        envvar="LANEWISE_DATA",
        required=True,
        help=f"The folder that holds {holds}; default: $LANEWISE_DATA.",
    )


@click.group()
def command() -> None:
    """Measure ways to answer, and who judges answers."""


@command.command()
@_data_option("recorded outcomes, in `routing`")
@click.option(
    "--price-ratio",
    type=click.FloatRange(min=1.0),
    default=30.0,
    show_default=True,
    help="What a strong call costs in cheap ones, where no cost was recorded.",
)
@json_option
def strategies(data: Path, price_ratio: float, as_json: bool) -> None:
    """Compare fast + verify + escalate with one model for all, with agreement, votes and doubt, each with its interval."""
    made = [strategies_compared.compare(each) for each in recorded_outcomes.workloads(data, price_ratio)]
    if as_json:
        print_json(made)
        return
    render.show(strategies_view.strategies_view(made), sys.stdout)


@command.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--url", help="The gateway that asks the judge about rows that hold no word of one yet.")
@click.option("--key", envvar="LANEWISE_KEY", default="", help="A key of that gateway; default: $LANEWISE_KEY.")
@click.option("--model", help="The judge, by the name that the gateway knows it by.")
@click.option("--rubric", help="What makes an answer good, in words for the judge; default: the verifier's own.")
@click.option("--pass-at", type=click.IntRange(2, 10), help="The least grade that passes; default: the verifier's own.")
@json_option
def judge(
    *,
    file: Path,
    url: str | None,
    key: str,
    model: str | None,
    rubric: str | None,
    pass_at: int | None,
    as_json: bool,
) -> None:
    """How far a judge agrees with people, on FILE's labelled answers and pairs: one JSON object a line."""
    rows = judge_beside_people.read_rows(file)
    if url and model:
        made = checking.judge_of(model, rubric=rubric, pass_at=pass_at)
        asked = judge_beside_people.through_gateway(url, key, model)
        rows = asyncio.run(judge_beside_people.judged_by(made, rows, asked))
    found = judge_beside_people.beside_people(rows)
    if not found:
        raise click.UsageError("The rows hold no word of a judge: name one with --url and --model.")
    if as_json:
        print_json(found)
        return
    render.show(judge_beside_people.judge_view(found), sys.stdout)


@command.command()
@_data_option("labelled pairs of questions, in `semantic_cache`")
@click.option(
    "--alpha", "alphas", type=click.FloatRange(0.001, 0.5), multiple=True, help="Shares of wrong hits to hold."
)
@click.option(
    "--delta", type=click.FloatRange(0.001, 0.5), default=0.1, show_default=True, help="How often it may fail."
)
@click.option("--splits", type=click.IntRange(1, 10_000), default=200, show_default=True, help="How often to try.")
@click.option("--pairs", type=click.IntRange(100), default=None, help="How many pairs to use; default: all.")
@click.option(
    "--embedding", type=click.Choice(["hashed-ngrams-3-5", "minilm-l6-v2"]), default="hashed-ngrams-3-5", show_default=True,
    help="What questions are compared by.",
)  # fmt: skip
@json_option
def cache(
    data: Path, alphas: tuple[float, ...], delta: float, splits: int, pairs: int | None, embedding: str, as_json: bool
) -> None:
    """Hold certified thresholds for similar questions against their bounds, beside static ones."""
    found = similar_questions.question_pairs(data, pairs)
    embedded = semantic_cache.hashed(found)
    if embedding == MINILM:
        embedded = replace(embedded, embedding=MINILM, cosines=minilm_cosines(found))
    made = semantic_cache.compare(found, embedded, alphas=alphas or (0.1, 0.2, 0.3), delta=delta, splits=splits)
    if as_json:
        print_json(made)
        return
    render.show(semantic_view.semantic_view(made), sys.stdout)
