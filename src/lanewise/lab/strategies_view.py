"""The comparison of strategies as a table for each workload."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table

from lanewise.lab.strategies_compared import Comparison
from lanewise.operations.render import plain, share, table_of

_NOT_RECORDED = (
    "Not in these records, and so not compared: log-probabilities (the fast answer's length stands in their place), repairs, and checks "
    "by a verifier at run time. `proof` is a check that knows the right answer or has the tests, as a caller may send them."
)


def strategies_view(comparisons: Sequence[Comparison]) -> RenderableType:
    """`lanewise eval strategies`."""
    views: list[RenderableType] = []
    for each in comparisons:
        views += [plain(f"{each.workload}: {each.models}. Cost in {each.cost_is}."), _table(each)]
    return Group(*views, plain(_NOT_RECORDED))


def _table(comparison: Comparison) -> Table:
    table = table_of(
        f"{comparison.workload}, {comparison.rows[0].questions:,} questions", "strategy", "right:", "95 %:", "of strong:", "asked strong:",
        "cost:", "95 %:", "per right:", "a coin:",
    )  # fmt: skip
    for each in comparison.rows:
        per_right = "-" if each.cost_per_right is None else f"{each.cost_per_right:.3g}"
        table.add_row(
            plain(each.strategy),
            share(each.right.share),
            f"{each.right.low:.1%}-{each.right.high:.1%}",
            share(each.of_strong),
            share(each.escalated),
            f"{each.cost:.3g}",
            f"{each.cost_low:.3g}-{each.cost_high:.3g}",
            per_right,
            share(each.coin),
        )
    return table
