"""docs/reference/failures.md: the failure table as it was seen, and the table of reactions behind it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from end_to_end.failure_rows import DIALECTS, SHAPES, Case, Seen
from lanewise.pipeline.reactions import REACTIONS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "failures.md"
COMMAND = "python -m scripts.failures"

_HEAD = f"""\
# Failures

What goes wrong, what a caller sees of it, and what it costs.

Every line of these tables was seen: a gateway, simulated vendors that fail on real sockets, and the official OpenAI SDK.
`{COMMAND}` makes this page, and a test fails when what is seen is something else.

"""
_FOOT = """\
The answer's own cost is the vendor's, to the nano-dollar, in every line.
"""
_COLUMNS = {
    "what goes wrong": "",
    "vendor": "the dialect of the vendor that fails; where there is a second one, it speaks the other dialect",
    "asked": "as a `stream`, or for a `whole` body",
    "the caller sees": (
        "the status, and an answer, an error with its `type` and `code` (in the vendor's words, where it gave any), "
        "or the error event that ends a stream; the SDK did not ask again by itself"
    ),
    "outcome": (
        "in the ledger and in the answer's `lanewise`; "
        "a failure with its [kind](errors.md#failures-of-a-run), a refusal with its policy"
    ),
    "marked": (
        "in the header `X-Lanewise-Degraded` and in `lanewise.degraded`; "
        "what happens after a stream has begun stands in its last comment alone"
    ),
    "calls": "who was asked, and what became of it",
    "cost of what failed": (
        "in the ledger, call by call: `nothing`, `as told` by the vendor, or `estimated`; where the vendor's own books have nothing "
        "for an estimate, that is said: it may bill what it did until then, and a cap must hold if it does"
    ),
}


class _Section(NamedTuple):
    title: str
    words: str


_SECTIONS = {
    "behind": _Section(
        "Another vendor stands behind it",
        "Before the first word of an answer, the lane's next deployment is asked at once.",
    ),
    "alone": _Section(
        "Nobody stands behind it",
        "A lane of one deployment. It is asked again after a wait that doubles, as often as `limits.max_retries` allows; "
        "a `Retry-After` of more than 8 s is told instead of waited for.",
    ),
    "begun": _Section(
        "A stream that has begun",
        "Another vendor stands behind it. Nobody can take over an answer whose words were seen; thinking is no word of it.",
    ),
    "lanes": _Section(
        "A whole lane",
        "The first is down with `Retry-After: 20`, the second with `Retry-After: 40`, unless the line says something else.",
    ),
    "times": _Section(
        "Too slow",
        "The usual time is measured: the 95th percentile of the latest calls, once there are twenty. "
        "`first_token_timeout`, `slow_after`, `hedge_after` and `timeout` are the [lane's](policy.md).",
    ),
    "answers": _Section(
        "Answers that are none",
        "An answer that thinking left no room for is asked for once more: with twice the cap, "
        "or with less effort where the cap is the caller's. No other vendor is asked because of a refusal.",
    ),
    "checks": _Section(
        "A check that cannot be made",
        "The answer is given, and says that nobody has judged it, or who has instead; it is never taken for one that passed. "
        "The marks are in `lanewise.verdict`, `lanewise.verdict_kind` and `lanewise.verifiers_down`.",
    ),
    "ours": _Section(
        "Our own limits, and callers that leave",
        "Nobody is asked in the place of a limit, or for a caller that is gone.",
    ),
}
_REACTIONS = _Section(
    "What follows which failure",
    "In this order, as long as the caller has seen no word of an answer, and as far as the request's allowance and deadline go.",
)
_FOLLOWS = ("kind", "the next deployment", "the same again", "a faster lane", "who can wait, waits", "why")


def page(cases: Sequence[Case], seen: Mapping[str, Seen]) -> str:
    """The page's text."""
    legend = _table(("column", "what it says"), ((name, says) for name, says in _COLUMNS.items() if says))
    parts = [_HEAD + legend, _FOOT]
    for name, section in _SECTIONS.items():
        parts.append(_section(section, tuple(_COLUMNS), _lines([case for case in cases if case.table == name], seen)))
    follows = (
        (
            f"`{kind}`",
            *(_yes(each) for each in (reaction.elsewhere, reaction.again, reaction.faster, reaction.later)),
            reaction.why,
        )
        for kind, reaction in REACTIONS.items()
    )
    return "\n".join([*parts, _section(_REACTIONS, _FOLLOWS, follows)])


def _section(section: _Section, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return f"## {section.title}\n\n{section.words}\n\n{_table(columns, rows)}"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = (columns, ("---",) * len(columns), *rows)
    return "".join("".join(f"| {cell} " if cell else "| " for cell in cells) + "|\n" for cells in lines)


def _lines(cases: Sequence[Case], seen: Mapping[str, Seen]) -> Iterator[tuple[str, ...]]:
    assert cases
    for fault in dict.fromkeys(case.fault for case in cases):  # in their order
        yield from _rows([case for case in cases if case.fault == fault], seen)


def _rows(cases: Sequence[Case], seen: Mapping[str, Seen]) -> Iterator[tuple[str, ...]]:
    """The lines of one fault; where vendors or shapes make no difference, they share one."""
    alike = sorted(cases, key=lambda case: seen[case.key])
    groups = [list(group) for _, group in groupby(alike, key=lambda case: seen[case.key])]
    for group in sorted(groups, key=lambda group: min(cases.index(case) for case in group)):
        for dialects, shapes in _rectangles(group):
            yield (group[0].fault, ", ".join(dialects), ", ".join(shapes), *seen[group[0].key])


def _rectangles(group: Sequence[Case]) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Dialects, each with its shapes; those with the same shapes together."""
    shapes = {
        dialect: tuple(
            SHAPES[stream]
            for stream in SHAPES
            if any((each.dialect, each.stream) == (dialect, stream) for each in group)
        )
        for dialect in DIALECTS
    }
    for wanted in dict.fromkeys(shapes.values()):
        if wanted:
            yield tuple(dialect for dialect in DIALECTS if shapes[dialect] == wanted), wanted


def _yes(value: bool) -> str:
    return "yes" if value else ""
