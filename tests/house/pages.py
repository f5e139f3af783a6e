"""The documentation as data: pages, their fenced blocks and their links.

A comment on the line before a block says what is done with it: `<!-- runs -->` executes it against a live gateway,
`<!-- policy -->` loads it as a policy. Every other block is parsed in its language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
_FENCE = re.compile(r"^```(\w*)\s*$")
_MARK = re.compile(r"^<!-- (\w+) -->$")
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """One fenced block of a page."""

    page: Path
    line: int
    language: str
    mark: str  # runs, policy, or empty
    text: str

    @property
    def place(self) -> str:
        """Where it stands, for a test's name."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def commands(self) -> list[str]:
        """The shell lines, prompts removed, continued lines joined. Where a block has prompts, its other lines are output."""
        lines = self.text.replace("\\\n", " ").splitlines()
        prompted = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
        return prompted or [line for line in lines if line.strip() and not line.startswith("#")]


def pages() -> list[Path]:
    """The README, the contributor's guide, and every page of the documentation."""
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]


def blocks(page: Path) -> Iterator[Block]:
    """The page's fenced blocks in order."""
    mark = ""
    begun: tuple[int, str] | None = None
    held: list[str] = []
    for number, line in enumerate(page.read_text().splitlines(), start=1):
        fence = _FENCE.match(line.strip())
        if begun is None and fence:
            begun, held = (number, fence[1]), []
        elif begun is not None and line.strip() == "```":
            yield Block(page=page, line=begun[0], language=begun[1], mark=mark, text="\n".join(held) + "\n")
            begun, mark = None, ""
        elif begun is not None:
            held.append(line)
        elif line.strip():
            found = _MARK.match(line.strip())
            mark = found[1] if found else ""
    assert begun is None, f"{page}: the block of line {begun} is not closed"


def all_blocks(*languages: str, mark: str | None = None) -> list[Block]:
    """Blocks of all pages in these languages, or with this mark."""
    every = [block for page in pages() for block in blocks(page)]
    return [block for block in every if (not languages or block.language in languages) and mark in (None, block.mark)]


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)


def links(page: Path) -> list[str]:
    """Targets of a page's links."""
    return _LINK.findall(prose(page))


def anchors(page: Path) -> set[str]:
    """What a link may name after `#`, as the documentation's builder makes it."""
    titles = re.findall(r"^#+ (.+)$", prose(page), flags=re.MULTILINE)
    return {re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", title).strip().lower()) for title in titles}


def reference() -> str:
    """The text of every reference page."""
    return "\n".join(page.read_text() for page in sorted(REFERENCE.glob("*.md")))
