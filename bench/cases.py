"""The cases measured: a whole answer or a stream, a small or a large body, one connection or many."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatch


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One kind of request at one concurrency."""

    stream: bool
    body_kb: int
    concurrency: int
    repeated: bool = False  # every request has the same body, so that a cache may answer it

    @property
    def name(self) -> str:
        return f"{'hit' if self.repeated else 'stream' if self.stream else 'plain'}-{self.body_kb}k-c{self.concurrency}"

    @property
    def body_bytes(self) -> int:
        return self.body_kb * 1000

    @property
    def pace_ms(self) -> float:
        """Time between pieces of a stream: at most 8,000 pieces a second in all, so that a fast system is not saturated."""
        return max(1.0, self.concurrency / 8)

    @property
    def plain_twin(self) -> str:
        """The name of the same case without streaming, whose cost is not the chunks' cost."""
        return f"plain-{self.body_kb}k-c{self.concurrency}"


def plain(body_kb: int, concurrency: int) -> Case:
    return Case(stream=False, body_kb=body_kb, concurrency=concurrency)


def stream(body_kb: int, concurrency: int) -> Case:
    return Case(stream=True, body_kb=body_kb, concurrency=concurrency)


def hit(body_kb: int, concurrency: int) -> Case:
    return Case(stream=False, body_kb=body_kb, concurrency=concurrency, repeated=True)


ALL = (
    *(plain(body_kb, concurrency) for body_kb in (1, 100) for concurrency in (1, 16, 64)),
    *(stream(1, concurrency) for concurrency in (1, 16, 64)),
    stream(100, 16),
    hit(1, 16),
    hit(1, 64),
    hit(100, 16),
)
QUICK = (plain(1, 1), plain(1, 16), plain(100, 16), stream(1, 16))


def chosen(patterns: str | None, among: tuple[Case, ...]) -> tuple[Case, ...]:
    """The cases a comma list of patterns names (`plain-*,stream-1k-c16`), looked for among all; without a list, `among`."""
    if patterns is None:
        return among
    wanted = patterns.split(",")
    found = tuple(case for case in ALL if any(fnmatch(case.name, pattern) for pattern in wanted))
    if not found:
        known = ", ".join(case.name for case in ALL)
        raise SystemExit(f"No case matches {patterns!r}. Known: {known}")
    return found
