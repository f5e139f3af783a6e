"""`lanewise check` on a terminal: an Explanation as tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from lanewise.config.checks_view import ChecksView
from lanewise.config.explain import Explanation, SampleView
from lanewise.config.outages import Outage
from lanewise.config.routing_view import ProfileView, RoutingView


def render(explanation: Explanation, console: Console) -> None:
    """Print everything, what needs thought last so that it is what one sees."""
    console.print(Text(f"Policy {explanation.version}", style="bold"))
    _lanes(explanation, console)
    _names(explanation, console)
    _routing(explanation.routing, console)
    _checks(explanation.checks, console)
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
    weighted = any(each.share for lane in explanation.lanes for each in lane.deployments)
    columns = ("lane", "deployment", *(("share",) if weighted else ()), "input", "output", "price from")
    table = _table("Lanes, dollars per million tokens", *columns)
    for lane in explanation.lanes:
        for place, each in enumerate(lane.deployments):
            shown = (each.name, *((each.share,) if weighted else ()), each.input, each.output, each.price_source)
            table.add_row(*map(escape, (lane.name if place == 0 else "", *shown)))
    console.print(table)
    _list(console, "One request in a lane", [f"{lane.name}: {lane.limits}" for lane in explanation.lanes])
    told = [(lane.trouble, lane.name) for lane in explanation.lanes]
    told += [(lane.breaker, lane.name) for lane in explanation.lanes]
    lines = [f"{', '.join(lanes)}: {text}" for text, lanes in _together(told).items()]
    _list(console, "When a lane is slow or fails", lines)


def _together(told: list[tuple[str, str]]) -> dict[str, list[str]]:
    """Each text once, with all that it holds for."""
    found: dict[str, list[str]] = {}
    for text, name in told:
        found.setdefault(text, []).append(name)
    return found


def _routing(routing: RoutingView, console: Console) -> None:
    """The ladder from top to bottom, each step with what it decides."""
    steps = ["a lane that the caller names, or a name that is pinned"]
    if routing.rules:
        steps.append("the first rule that holds")
    if routing.profiles:
        steps.append("the application's profile, which the caller names or its tenant has")
    steps += [f"the classifier, {routing.classifier}"] if routing.grades else []
    steps.append(f"the default lane, {routing.default}")
    _list(console, "Routing, the first that decides", [f"{place}. {step}" for place, step in enumerate(steps, start=1)])
    if routing.rules:
        _list(console, "Rules", routing.rules)
    if routing.grades:
        _list(console, "Grades", [", ".join(f"{each.grade}: {each.lane}" for each in routing.grades)])
    if routing.profiles:
        _list(console, "Profiles", [_profile(each) for each in routing.profiles])
    if routing.tasks:
        _list(console, "Tasks", [*_tasks(routing)])
    _list(console, "Those who wait", [routing.interactive, routing.waiting])


def _checks(checks: ChecksView, console: Console) -> None:
    """What is made sure of, and how."""
    lines = [*checks.rules, *checks.lanes]
    lines += [f"by default for a task that is named, {each}" for each in checks.tasks]
    lines += [f"the ladder: {checks.ladder}"] if checks.ladder else []
    lines += [checks.tools] if checks.tools else []
    _list(console, "Checks of answers", lines or ["none: every answer is given as it comes"])


def _profile(profile: ProfileView) -> str:
    lane = profile.lane or "none of its lanes is here, so routing goes on"
    marks = [f"within {profile.max_latency}", profile.latency]
    marks += ["signed off by a person of yours"] if profile.review else []
    marks += [f"for {', '.join(profile.tenants)}"] if profile.tenants else []
    return f"{profile.name}: {lane} ({', '.join(marks)})"


def _tasks(routing: RoutingView) -> Iterator[str]:
    """Kinds of work by what thinking is worth for them, each with its grade."""
    for gain, words in (("wins", "thinking wins"), ("helps", "thinking helps"), ("wasted", "thinking is wasted")):
        names = [f"{each.name} ({each.grade})" for each in routing.tasks if each.gain == gain]
        if names:
            yield f"{words}: {', '.join(names)}"


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
    table = _table("\nCaps and limits", "tenant", "dollars a UTC day", "rate", "at once", "given again")
    for each in explanation.caps:
        table.add_row(escape(each.tenant), each.daily, each.rate, each.concurrency, each.cache)
    console.print(table)
    lines = [f"{each.tenant}, {line}" for each in explanation.caps for line in each.others]
    if lines:
        _list(console, "Other caps", lines)
    console.print(Text(f"One request: {explanation.request_limits}."))
    console.print(Text(f"All together: {explanation.at_once}."))


def _outages(explanation: Explanation, console: Console) -> None:
    """What follows from each outage, once; the lanes that it follows for stand before it."""
    console.print(Text("\nIf this is down", style="bold"))
    last = ""
    for (kind, down, answers, marked), lanes in _same_outcome(explanation.outages).items():
        head = {"store": down, "redis": down, "lane": "all of a lane's vendors"}.get(kind, f"{kind} {down}")
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
    lines = [
        f"goes to the lane {sample.lane}, because {sample.reason}",
        f"is asked of {', then '.join(sample.deployments)}",
        f"is made sure of by {sample.checks}",
        f"may cost at most {sample.most_it_may_cost}",
        f"was seen as {', '.join(f'{name}={value}' for name, value in sample.features.items()) or 'nothing in particular'}",
    ]
    lines += [f"has {sample.deadline} for it"] if sample.deadline else []
    lines += [f"has a note: {sample.note}"] if sample.note else []
    _list(console, "The sample request", lines)


def _advice(explanation: Explanation, console: Console) -> None:
    console.print(Text(f"\nAdvice ({len(explanation.advice)})", style="bold"))
    for each in explanation.advice:
        words = Text.assemble(("! ", "yellow"), (each.code, "bold"), f": {each.message}. {each.remedy}")
        console.print(_indented(words, 2))
