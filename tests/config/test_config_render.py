from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable

from rich.console import Console

from lanewise.config.explain import SampleView, explain
from lanewise.config.load import Loaded
from lanewise.config.render import render


def test_everything_explained_is_on_the_page(
    read: Callable[..., Loaded], design_example: str, keys: dict[str, str]
) -> None:
    sample = SampleView(
        lane="standard", reason="because [red]", deployments=("a/b", "c/d"), features={}, most_it_may_cost="$2.00"
    )
    explanation = explain(read(design_example, **keys).policy, today=dt.date(2026, 11, 21), sample=sample)
    page = io.StringIO()
    render(explanation, Console(file=page, width=300, color_system=None))
    text = page.getvalue()
    expected = [explanation.version, explanation.request_limits, "because [red]", "a/b, then c/d", "any other tenant"]
    expected += [each.name for lane in explanation.lanes for each in lane.deployments]
    expected += [lane.limits for lane in explanation.lanes]
    expected += list(explanation.rules) + [each.means for each in explanation.names]
    expected += [each.answers for each in explanation.outages] + [each.message for each in explanation.advice]
    assert [words for words in expected if words not in text] == []


def test_a_narrow_terminal_folds_and_loses_nothing(
    read: Callable[..., Loaded], design_example: str, keys: dict[str, str]
) -> None:
    explanation = explain(read(design_example, **keys).policy, today=dt.date(2026, 11, 21))
    page = io.StringIO()
    render(explanation, Console(file=page, width=60, color_system=None))
    assert "…" not in page.getvalue()
