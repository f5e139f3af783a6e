"""What is wrong with a policy file: every mistake at once, each with file, line, column, key and what to write."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from lanewise.core.errors import PolicyError

Path = tuple[str | int, ...]  # keys and list indices from the root of the file down

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Mistake:
    """One thing that is wrong in the file, and its remedy."""

    line: int  # from 1
    column: int  # from 1
    key: str  # dotted, e.g. lanes.standard.timeout; empty for the file as a whole
    problem: str
    remedy: str

    def text(self, file: str) -> str:
        """One line for people and for editors that jump to `file:line:column`."""
        key = f"{self.key}: " if self.key else ""
        return f"{file}:{self.line}:{self.column}: {key}{self.problem}. {self.remedy}"


class InvalidPolicy(PolicyError):
    """The policy file cannot be used; `mistakes` holds everything that is wrong with it, in the file's order."""

    def __init__(self, file: str, mistakes: Iterable[Mistake]) -> None:
        self.file = file
        self.mistakes = tuple(sorted(set(mistakes)))
        super().__init__("\n".join(mistake.text(file) for mistake in self.mistakes))


def dotted(path: Path) -> str:
    """A path as people read it: `lanes.standard.deployments[1]`, `models."gpt-4.1"`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            name = part if _PLAIN_KEY.fullmatch(part) else f'"{part}"'
            text += f".{name}" if text else name
    return text
