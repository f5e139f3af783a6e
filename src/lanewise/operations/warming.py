"""Warms a gateway's cache: asks it what it will be asked, so that the answers are there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import aiohttp
import msgspec

from lanewise.core.errors import LanewiseError

PATH = "/v1/chat/completions"
AT_ONCE = 4
_MOST_TOLD = 10  # lines
_PATIENCE = aiohttp.ClientTimeout(total=600)


@dataclass(frozen=True, kw_only=True, slots=True)
class Warmed:
    """What came of the questions."""

    asked: int  # and are cached from now on, as far as their answers may be
    cached: int  # before: these cost nothing
    bypassed: int  # answered, and never cached
    failed: tuple[str, ...]  # the line's number and why
    cost_usd: float


class NotAQuestion(LanewiseError):
    """Lines that are no chat completion's body."""


class Question(NamedTuple):
    """A chat completion's body, and the line that it stands on."""

    line: int
    body: bytes


def questions(lines: Iterable[bytes]) -> list[Question]:
    """The bodies of a file of JSON lines; empty lines are passed over. Raises NotAQuestion, which names every line that is none."""
    found: list[Question] = []
    wrong: list[str] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            body = json.loads(line)
        except ValueError as error:
            wrong.append(f"Line {number} is no JSON: {error}")
            continue
        if isinstance(body, dict) and isinstance(body.get("messages"), list):
            found.append(Question(number, msgspec.json.encode(body)))
        else:
            wrong.append(f'Line {number}: write a chat completion\'s body, for example {{"messages": [...]}}')
    if wrong:
        more = f"\nand {len(wrong) - _MOST_TOLD:,} more lines" if len(wrong) > _MOST_TOLD else ""
        raise NotAQuestion("\n".join(wrong[:_MOST_TOLD]) + more + ". Nothing was asked")
    return found


async def warm(
    asked: Sequence[Question], *, url: str, key: str, done: Callable[[int, int], None] = lambda _done, _total: None
) -> Warmed:
    """Ask a running gateway every question, a few at once; `done` is told how far it is."""
    failed: list[str] = []
    words: dict[str, int] = {}
    cost_usd = 0.0
    room = asyncio.Semaphore(AT_ONCE)

    async def ask(line: int, body: bytes) -> None:
        nonlocal cost_usd
        async with room:
            try:
                async with http.post(f"{url.rstrip('/')}{PATH}", data=body) as response:
                    said = await response.read()
                    if response.status == 200:
                        word = response.headers.get("x-lanewise-cache", "")
                        words[word] = words.get(word, 0) + 1
                        cost_usd += float(response.headers.get("x-lanewise-cost", 0))
                    else:
                        failed.append(f"line {line}: {response.status} {said[:200].decode(errors='replace')}")
            except (aiohttp.ClientError, TimeoutError) as error:
                failed.append(f"line {line}: {type(error).__name__} {error}")
        done(sum(words.values()) + len(failed), len(asked))

    headers = {
        "content-type": "application/json",
        "authorization": f"Bearer {key}",
        "x-lanewise-cache": "exact",  # a question that is only like another one has an answer of its own to be found by
    }
    async with aiohttp.ClientSession(timeout=_PATIENCE, headers=headers) as http:
        await asyncio.gather(*(ask(*question) for question in asked))
    return Warmed(
        asked=words.get("miss", 0),
        cached=words.get("hit", 0),
        bypassed=words.get("bypass", 0) + words.get("", 0),
        failed=tuple(failed),
        cost_usd=cost_usd,
    )
