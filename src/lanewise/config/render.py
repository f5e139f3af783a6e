"""`lanewise check` on a terminal: an Explanation as tables."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from lanewise.config.explain import Explanation, SampleView


def render(explanation: Explanation, console: Console) -> None:
    """Print everything, what needs thought last so that it is what one sees."""
    console.print(Text(f"Policy {explanation.version}", style="bold"))
    _lanes(explanation, console)
    _list(console, "Rules", explanation.rules)
    _names(explanation, console)
    _caps(explanation, console)
    _outages(explanation, console)
    if explanation.sample is not None:
        _sample(explanation.sample, console)
    _advice(explanation, console)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _lanes(explanation: Explanation, console: Console) -> None:
    table = _table("Lanes, dollars per million tokens", "lane", "deployment", "input", "output", "price from", "limits")
    for lane in explanation.lanes:
        for place, each in enumerate(lane.deployments):
            first = place == 0
            cells = (lane.name if first else "", each.name, each.input, each.output, each.price_source)
            table.add_row(*map(escape, cells), escape(lane.limits) if first else "")
    console.print(table)


def _list(console: Console, title: str, lines: tuple[str, ...]) -> None:
    console.print(Text(f"\n{title}", style="bold"))
    for line in lines:
        console.print(Text(f"  {line}"))


def _names(explanation: Explanation, console: Console) -> None:
    table = _table("\nWhat a model name means", "name", "means", "for")
    for each in explanation.names:
        table.add_row(escape(each.name), escape(each.means), escape(each.tenant or "everyone"))
    console.print(table)


def _caps(explanation: Explanation, console: Console) -> None:
    table = _table("\nCaps and limits", "tenant", "dollars a UTC day", "rate", "at once")
    for each in explanation.caps:
        table.add_row(escape(each.tenant), each.daily, each.rate, each.concurrency)
    console.print(table)
    console.print(Text(f"One request: {explanation.request_limits}."))


def _outages(explanation: Explanation, console: Console) -> None:
    table = _table("\nIf this is down", "down", "lane", "who answers", "how it is marked")
    for each in explanation.outages:
        cells = (
            f"{each.kind} {each.down}" if each.kind != "store" else each.down,
            each.lane,
            each.answers,
            each.marked,
        )
        table.add_row(*map(escape, cells))
    console.print(table)


def _sample(sample: SampleView, console: Console) -> None:
    lines = (
        f"goes to the lane {sample.lane}, because {sample.reason}",
        f"is asked of {', then '.join(sample.deployments)}",
        f"may cost at most {sample.most_it_may_cost}",
        f"was seen as {', '.join(f'{name}={value}' for name, value in sample.features.items()) or 'nothing in particular'}",
    )
    _list(console, "The sample request", lines)


def _advice(explanation: Explanation, console: Console) -> None:
    console.print(Text(f"\nAdvice ({len(explanation.advice)})", style="bold"))
    for each in explanation.advice:
        console.print(Text.assemble(("  ! ", "yellow"), (each.code, "bold"), f": {each.message}. {each.remedy}"))
