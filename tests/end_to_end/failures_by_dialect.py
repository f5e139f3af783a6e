"""Failures of vendors of every dialect, for callers of every dialect: the rows, their policy, and the page that is made of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from end_to_end.dialect_page import NAMES
from end_to_end.four_vendors import ASKED, settings
from lanewise.core.request import Dialect
from raw_vendor import unused_port

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "failures-by-dialect.md"
COMMAND = "python -m scripts.failures"
SHAPES = {"whole": False, "stream": True}
NOWHERE = "nowhere"


@dataclass(frozen=True, kw_only=True)
class Row:
    """Something that goes wrong at whoever is asked first."""

    words: str
    fault: str  # the simulator's word for it, or `nowhere`
    behind: bool = False  # a vendor of another dialect, who is well, stands behind it
    shapes: tuple[str, ...] = tuple(SHAPES)
    lane: dict[str, Any] = field(default_factory=dict)


ROWS = (
    Row(words="503; another vendor stands behind it", fault="status;code=503", behind=True),
    Row(words="a clean end before the first word, or within a body; another vendor stands behind it", fault="cut;after=0", behind=True),
    Row(words="503 with `Retry-After: 40`", fault="status;code=503;retry_after=40"),
    Row(words="429 with `Retry-After: 30`", fault="status;code=429;retry_after=30"),
    Row(words="400, the request is wrong", fault="status;code=400"),
    Row(words="401, the account is refused", fault="status;code=401"),
    Row(words="connection refused", fault=NOWHERE),
    Row(words="silence for longer than `idle_timeout`", fault="slow_first_token;s=600", lane={"idle_timeout": "1s"}),
    Row(words="a clean end without the terminal event, after words of the answer", fault="cut;after=3", shapes=("stream",)),
    Row(words="a malformed chunk, after words of the answer", fault="malformed;after=3", shapes=("stream",)),
    Row(words="an error event, after words of the answer", fault="error_event;after=3", shapes=("stream",)),
    Row(
        words="silence for longer than `idle_timeout`, after words of the answer",
        fault="stall;after=3;s=600",
        shapes=("stream",),
        lane={"idle_timeout": "1s"},
    ),
)  # fmt: skip


class Cell(NamedTuple):
    """One request: its row, its shape, who asks and who fails."""

    row: int
    shape: str
    caller: Dialect
    vendor: Dialect

    @property
    def lane(self) -> str:
        return f"{self.vendor}-{self.row}-{self.shape}-{self.caller}"


Seen = Mapping[Cell, str]


def cells() -> Iterator[Cell]:
    for number, row in enumerate(ROWS):
        for shape in row.shapes:
            for caller in NAMES:
                for vendor in failing(caller):
                    yield Cell(number, shape, caller, vendor)


def failing(caller: Dialect) -> tuple[Dialect, Dialect]:
    """Whose vendors fail for a caller: of its own dialect, and of another; each dialect is another's other."""
    dialects = list(NAMES)
    return caller, dialects[(dialects.index(caller) + 1) % len(dialects)]


def edition(simulator_url: str) -> str:
    """A provider and a lane for each cell, so that no cell's failures make another's deployment rest."""
    whole: dict[str, Any] = yaml.safe_load(settings(simulator_url))
    whole["lanes"] = {}
    for cell in cells():
        row = ROWS[cell.row]
        deployments = [_deploy(whole, cell.lane, ASKED[cell.vendor][0], row.fault)]
        if row.behind:
            other = Dialect.OPENAI_CHAT if cell.vendor is Dialect.ANTHROPIC_MESSAGES else Dialect.ANTHROPIC_MESSAGES
            deployments.append(ASKED[other][0])
        whole["lanes"][cell.lane] = {"deployments": deployments, "timeout": "30s"} | row.lane
    whole["routing"] = {"default": next(iter(whole["lanes"]))}
    whole["models"] = {"*": "pin"}
    used = {name for lane in whole["lanes"].values() for name in lane["deployments"]}
    for section in ("facts", "prices"):
        whole[section] = {name: value for name, value in whole[section].items() if name in used}
    return yaml.safe_dump(whole, sort_keys=False)


def _deploy(whole: dict[str, Any], provider: str, name: str, fault: str) -> str:
    account, _, model = name.partition("/")
    broken = dict(whole["providers"][account])
    if fault == NOWHERE:
        broken["base_url"] = f"http://127.0.0.1:{unused_port()}/v1"
    else:
        broken["headers"] = {"x-sim-fault": fault}
    whole["providers"][provider] = broken
    deployment = f"{provider}/{model}"
    for section in ("facts", "prices"):
        if name in whole[section]:
            whole[section][deployment] = whole[section][name]
    return deployment


def page(seen: Seen) -> str:
    return "\n".join(_lines(seen)) + "\n"


def _lines(seen: Seen) -> Iterator[str]:
    yield "# Failures, by the caller's dialect"
    yield ""
    yield "What users of each vendor's official SDK get when something goes wrong: in the SDK's own words, status and type included."
    yield "What follows a failure, and what it costs, is the same for all of them: see [failures](failures.md)."
    yield ""
    yield "Every line was seen with a vendor of the caller's own dialect failing so, and with one of another: it made no difference."
    yield f"`{COMMAND}` makes this page, and a test fails when what is seen is something else."
    yield "Nobody stands behind the vendor that fails, unless the line says so."
    for title, shape in (("Whole answers", "whole"), ("Streams", "stream")):
        yield ""
        yield f"## {title}"
        yield ""
        yield "| what goes wrong | " + " | ".join(NAMES.values()) + " |"
        yield "|---" * (len(NAMES) + 1) + "|"
        for number, row in enumerate(ROWS):
            if shape in row.shapes:
                yield f"| {row.words} | " + " | ".join(told(seen, number, shape, caller) for caller in NAMES) + " |"


def told(seen: Seen, row: int, shape: str, caller: Dialect) -> str:
    """What this caller sees whoever fails; where that makes a difference, each of it."""
    return " / ".join(dict.fromkeys(seen[Cell(row, shape, caller, vendor)] for vendor in failing(caller)))
