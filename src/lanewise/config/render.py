"""`lanewise check` on a terminal: an Explanation as tables."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from lanewise.config.explain import Explanation, Outage, SampleView


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
    table = _table("Lanes, dollars per million tokens", "lane", "deployment", "input", "output", "price from")
    for lane in explanation.lanes:
        for place, each in enumerate(lane.deployments):
            name = lane.name if place == 0 else ""
            table.add_row(*map(escape, (name, each.name, each.input, each.output, each.price_source)))
    console.print(table)
    _list(console, "One request in a lane", [f"{lane.name}: {lane.limits}" for lane in explanation.lanes])


def _indented(text: Text, by: int) -> Padding:
    return Padding(text, (0, 0, 0, by), expand=False)


def _list(console: Console, title: str, lines: Sequence[str]) -> None:
    console.print(Text(f"\n{title}", style="bold"))
    for line in lines:
        console.print(_indented(Text(line), 2))


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
    """What follows from each outage, once; the lanes that it follows for stand before it."""
    console.print(Text("\nIf this is down", style="bold"))
    last = ""
    for (kind, down, answers, marked), lanes in _same_outcome(explanation.outages).items():
        head = {"store": down, "lane": "all of a lane's vendors"}.get(kind, f"{kind} {down}")
        if head != last:
            console.print(_indented(Text(head), 2))
        last = head
        line = f"{', '.join(lanes)}: {answers}" if any(lanes) else answers
        console.print(_indented(Text(line), 4))
        console.print(_indented(Text(marked, style="dim"), 6))


def _same_outcome(outages: Sequence[Outage]) -> dict[tuple[str, str, str, str], list[str]]:
    """Outages by what is down and what follows, each with the lanes it holds for."""
    grouped: dict[tuple[str, str, str, str], list[str]] = {}
    for each in outages:
        down = "" if each.kind == "lane" else each.down
        grouped.setdefault((each.kind, down, each.answers, each.marked), []).append(each.lane)
    return grouped


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
        words = Text.assemble(("! ", "yellow"), (each.code, "bold"), f": {each.message}. {each.remedy}")
        console.print(_indented(words, 2))
