from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable

from rich.console import Console

from lanewise.config.explain import SampleView, explain
from lanewise.config.load import Loaded
from lanewise.config.render import render


def with_classifier(text: str) -> str:
    return text.replace("routing:\n", "routing:\n  classifier: heuristic\n")


def test_everything_explained_is_on_the_page(
    read: Callable[..., Loaded], design_example: str, keys: dict[str, str]
) -> None:
    sample = SampleView(
        lane="standard", reason="because [red]", deployments=("a/b", "c/d"), features={}, most_it_may_cost="$2.00",
            checks="standard: loops (10s)",
        note="a slower lane would think", deadline="5s",
    )  # fmt: skip
    explanation = explain(
        read(with_classifier(design_example), **keys).policy, today=dt.date(2026, 11, 21), sample=sample
    )
    page = io.StringIO()
    render(explanation, Console(file=page, width=300, color_system=None))
    text = page.getvalue()
    expected = [explanation.version, explanation.request_limits, "because [red]", "a/b, then c/d", "any other tenant"]
    expected += ["has a note: a slower lane would think", "has 5s for it"]
    expected += [each.name for lane in explanation.lanes for each in lane.deployments]
    expected += [lane.limits for lane in explanation.lanes]
    expected += [words for lane in explanation.lanes for words in (lane.trouble, lane.breaker)]
    routing = explanation.routing
    expected += [*routing.rules, routing.classifier, routing.waiting, routing.interactive, "the default lane, standard"]
    expected += [f"{each.grade}: {each.lane}" for each in routing.grades] + [each.name for each in routing.profiles]
    expected += [f"{each.name} ({each.grade})" for each in routing.tasks] + ["thinking wins: "]
    expected += [each.means for each in explanation.names]
    expected += [each.answers for each in explanation.outages] + [each.message for each in explanation.advice]
    assert [words for words in expected if words not in text] == []


def test_a_narrow_terminal_folds_and_loses_nothing(
    read: Callable[..., Loaded], design_example: str, keys: dict[str, str]
) -> None:
    explanation = explain(read(design_example, **keys).policy, today=dt.date(2026, 11, 21))
    page = io.StringIO()
    render(explanation, Console(file=page, width=60, color_system=None))
    assert "…" not in page.getvalue()


def test_shares_are_shown_where_some_lane_has_weights(read: Callable[..., Loaded]) -> None:
    text = "providers: {openai: {}}\nlanes: {a: {deployments: [openai/m, openai/n]SHARES}}\n"
    page = io.StringIO()
    for weights in ("", ", weights: {openai/m: 3, openai/n: 1}"):
        policy = read(text.replace("SHARES", weights)).policy
        render(explain(policy, today=dt.date(2026, 11, 21)), Console(file=page, width=120, color_system=None))
    plain, weighted = page.getvalue().split("Policy ")[1:]
    assert "share" not in plain.split("\n")[2]
    assert "75%" in weighted
