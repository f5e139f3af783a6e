"""The comparison of similarity gates as a page of the documentation, and on a screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table

from lanewise.core.similar import HASHED_NGRAMS, MINILM
from lanewise.lab.semantic_cache import Bounded, Compared
from lanewise.operations.render import plain, table_of
from lanewise.similarity.certified import Certificate, hits_needed

_MARGIN = 0.02  # of hits, by which the gate may stay behind a threshold that was chosen by the test's own labels
_NAMES = {
    HASHED_NGRAMS: f"hashed n-grams, which see spelling only (`{HASHED_NGRAMS}`)",
    MINILM: f"a small model that runs beside the gateway (`{MINILM}`)",
}
_COLUMNS = (
    "threshold",
    "splits in which at most alpha were wrong",
    "off",
    "hits",
    "of these wrong",
    "best static: hits",
    "within partitions",
)


def markdown(each_compared: Sequence[Compared]) -> str:
    """A table for each embedding, made from the same pairs and splits."""
    compared = each_compared[0]
    made_from = (
        f"{compared.pairs:,} pairs of questions of Quora (as GPTCache has them), of which somebody labelled {_percent(compared.same)} as "
        f"wanting one answer. The gate learned from {compared.learned_from:,}; the rest was halved at random "
        f"{compared.bounds[0].splits} times: a threshold certified on {compared.calibrated_on:,}, tested on {compared.tested_on:,}."
    )
    tables = "\n".join(_table(each) for each in each_compared)
    return f"{made_from}\n\n{_noise(compared)}\n\n{tables}"


def _table(compared: Compared) -> str:
    off = list(_off(compared))
    told = ["Where it is off, this was seen above the threshold that is tried first, in the first such split:", ""]
    lines = [
        f"## By {_NAMES.get(compared.embedding, compared.embedding)}",
        "",
        "| " + " | ".join(_COLUMNS) + " |",
        "|---" * len(_COLUMNS) + "|",
        *(f"| {' | '.join(_bounded(each))} |" for each in compared.bounds),
        *(f"| {' | '.join(row)} |" for row in _statics(compared)),
        *(["", *told, *(f"* {line}" for line in off)] if off else []),
    ]
    return "\n".join(lines) + "\n"


def semantic_view(compared: Compared) -> RenderableType:
    """`lanewise eval cache`."""
    table: Table = table_of(
        f"Giving answers again to similar questions, by {compared.embedding}", *(f"{name}:" for name in _COLUMNS)
    )
    for each in compared.bounds:
        table.add_row(*map(plain, _bounded(each)))
    for row in _statics(compared):
        table.add_row(*map(plain, row))
    return Group(table, *(plain(line) for line in _off(compared)), plain(_noise(compared)))


def holds(bounded: Bounded) -> bool:
    """Whether the bound was kept as often as it was promised, and the hits are no fewer than the best static threshold's less a margin."""
    enough = bounded.hits >= bounded.static_hits - _MARGIN
    return bounded.kept >= 1.0 - bounded.delta and enough


def _bounded(each: Bounded) -> tuple[str, ...]:
    return (
        f"certified, alpha {_percent(each.alpha)}, confidence {_percent(1.0 - each.delta)}",
        _percent(each.kept),
        _percent(each.off),
        _percent(each.hits),
        _percent(each.wrong) if each.off < 1.0 else "-",
        _percent(each.static_hits),
        _percent(each.static_inside),
    )


def _statics(compared: Compared) -> Iterator[tuple[str, ...]]:
    for each in compared.static:
        where = "within partitions" if each.partitioned else "over all questions"
        yield f"static cosine {each.threshold}, {where}", "-", "-", _percent(each.hits), _percent(each.wrong), "-", "-"


def _off(compared: Compared) -> Iterator[str]:
    for each in compared.bounds:
        seen = each.example
        if each.off > 0:
            yield (
                f"alpha {_percent(each.alpha)}: of {seen.pairs:,} pairs {seen.hits:,} hits, {seen.wrong:,} wrong, which bounds their share "
                f"at {_percent(seen.bound)} (Clopper and Pearson). {_needed(seen)}"
            )


def _needed(seen: Certificate) -> str:
    share = f"with {_percent(seen.wrong / seen.hits)} wrong" if seen.hits else "with none wrong"
    hits = hits_needed(seen.wrong, seen.hits, alpha=seen.alpha, delta=seen.delta)
    if hits is None:
        return f"{share[0].upper()}{share[1:]}, no number of pairs would do."
    return f"{share[0].upper()}{share[1:]}, about {hits:,} hits would do{_of_pairs(seen, hits)}."


def _of_pairs(seen: Certificate, hits: int) -> str:
    return f", of {-(-hits * seen.pairs // seen.hits):,} pairs" if seen.hits else ""


def _noise(compared: Compared) -> str:
    noise = compared.noise
    return (
        f"Label noise: of {noise.pairs:,} pairs whose words are the same but for case, spaces and signs, {noise.denied:,} are labelled as "
        f"different; no gate can be right about these. Numbers, names or negations differ in {_percent(compared.apart)} of all pairs, "
        f"{compared.apart_same:,} of which are labelled as the same: they are never given."
    )


def _percent(share: float) -> str:
    return f"{share * 100:.1f} %"
