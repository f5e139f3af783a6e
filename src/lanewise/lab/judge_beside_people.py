"""A judge beside people: rows that people have judged, a judge's word on each, and how far the two agree.

A row is one answer, `{"question", "answer", "right": true | false}`, or two of which people prefer one,
`{"question", "first", "second", "better": "first" | "second"}`. `judged` holds what a judge has said already, in the same words, null for
nothing; rows without it are put to the judge. Pairs are judged in both orders, and one whose order decides is no word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal, Protocol

import aiohttp
import msgspec
from rich.console import Group, RenderableType
from rich.table import Table

from lanewise.core.answer import Content
from lanewise.core.concordance import Concordance, Rate, concordance
from lanewise.core.conversation import Conversation, Text, Turn
from lanewise.core.errors import LanewiseError
from lanewise.core.protocols.router import Ask, Question
from lanewise.core.protocols.verifier import Candidate
from lanewise.core.request import Dialect, Request
from lanewise.core.verdict import Verdict
from lanewise.operations.render import plain, table_of

Preferred = Literal["first", "second"]
_MISSING = "missing"


class WrongRows(LanewiseError):
    """A file of labelled rows that cannot be used: which line, and what to write."""


class Judges(Protocol):
    """What judges answers by themselves and in pairs."""

    async def verify(self, candidate: Candidate, ask: Ask) -> Verdict:
        """Its verdict on one."""

    async def prefer(self, asked: str, first: str, second: str, ask: Ask) -> Preferred | None:
        """The better of two; None where the order decides."""


class Labelled(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row of the file."""

    question: str
    answer: str | None = None
    right: bool | None = None
    first: str | None = None
    second: str | None = None
    better: Preferred | None = None
    answered_by: str = ""  # the model that gave the answer: a judge does not judge its own family
    judged: bool | Preferred | Literal["missing"] | None = "missing"

    @property
    def alone(self) -> bool:
        """Whether it is one answer; else it is a pair."""
        return self.answer is not None


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """How far a judge agrees with people on one kind of rows. Of pairs, `accept` is `first`."""

    kind: Literal["answers", "pairs"]
    rows: int
    found: Concordance


def read_rows(path: Path) -> list[Labelled]:
    """The rows of a JSONL file. Raises WrongRows."""
    rows = []
    decoder = msgspec.json.Decoder(Labelled)
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = decoder.decode(line)
        except msgspec.DecodeError as error:
            raise WrongRows(f"{path}, line {number}: {error}") from None
        single, pair = (row.answer, row.right), (row.first, row.second, row.better)
        if (None in single) == (None in pair) or single.count(None) == 1:
            raise WrongRows(
                f'{path}, line {number}: write {{"question", "answer", "right": true}} for an answer, '
                '{"question", "first", "second", "better": "first"} for a pair'
            )
        rows.append(row)
    if not rows:
        raise WrongRows(f"{path} holds no rows: write one JSON object a line")
    return rows


async def judged_by(judge: Judges, rows: Iterable[Labelled], ask: Ask) -> list[Labelled]:
    """The rows with the judge's word on those that had none. One question at a time: it is somebody's money."""
    return [row if row.judged != _MISSING else await _judged(judge, row, ask) for row in rows]


async def _judged(judge: Judges, row: Labelled, ask: Ask) -> Labelled:
    if row.answer is None:
        chosen = await judge.prefer(row.question, row.first or "", row.second or "", ask)
        return msgspec.structs.replace(row, judged=chosen)
    verdict = await judge.verify(_candidate(row, row.answer), ask)
    word = {"accept": True, "reject": False, "unverifiable": None}[verdict.word]
    return msgspec.structs.replace(row, judged=word)


def _candidate(row: Labelled, answer: str) -> Candidate:
    return Candidate(
        request=Request(
            dialect=Dialect.OPENAI_CHAT,
            body=b"{}",
            model="",
            stream=False,
            last_user_text=row.question,
            input_chars=len(row.question),
        ),
        conversation=Conversation(turns=(Turn(role="user", parts=(Text(text=row.question),)),)),
        content=Content(text=answer),
        answered_by=row.answered_by,
    )


def beside_people(rows: Sequence[Labelled]) -> list[Beside]:
    """Agreement on answers and on pairs, of which there are some. Rows that nobody has put to a judge are left out."""
    found: list[Beside] = []
    for alone in (True, False):
        chosen = [row for row in rows if row.alone is alone and row.judged != _MISSING]
        if chosen:
            kind: Literal["answers", "pairs"] = "answers" if alone else "pairs"
            found.append(Beside(kind=kind, rows=len(chosen), found=concordance(_pairs(chosen))))
    return found


def _pairs(rows: Iterable[Labelled]) -> Iterator[tuple[bool | None, bool]]:
    for row in rows:
        if row.alone:
            yield (row.judged if isinstance(row.judged, bool) else None), bool(row.right)
        else:
            yield (None if row.judged is None else row.judged == "first"), row.better == "first"


def through_gateway(url: str, key: str, model: str) -> Ask:
    """Puts questions to a model the way an application does; what it costs is in that gateway's books."""

    async def ask(question: Question) -> str | None:
        body = {
            "model": model,
            "messages": [{"role": "system", "content": question.system}, {"role": "user", "content": question.text}],
            "max_completion_tokens": question.max_output_tokens,
        }
        timeout = aiohttp.ClientTimeout(total=question.timeout_s)
        headers = {"authorization": f"Bearer {key}"}
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(f"{url.rstrip('/')}/v1/chat/completions", json=body, headers=headers) as answer,
        ):
            told = await answer.json(content_type=None)
            if answer.status != 200:
                raise LanewiseError(f"{url} answers {answer.status}: {told.get('error', {}).get('message', told)}")
            content: str | None = told["choices"][0]["message"].get("content")
            return content

    return ask


def judge_view(found: Sequence[Beside]) -> RenderableType:
    """`lanewise eval judge`."""
    table = table_of(
        "A judge beside people", "rows", "of:", "agrees:", "kappa:", "accepts wrong ones:", "rejects right ones:", "says nothing:"
    )  # fmt: skip
    for each in found:
        _add(table, each)
    return Group(
        table,
        plain(
            "Rates with their 95 % intervals (Wilson); kappa (Cohen) is the agreement beyond chance, with its 95 % interval. "
            "Of pairs, people's `first` counts as accepted, and the judge says nothing where the order decides."
        ),
    )


def _add(table: Table, each: Beside) -> None:
    found = each.found
    kappa, interval = found.kappa, found.kappa_interval
    table.add_row(
        each.kind,
        f"{each.rows:,}",
        _rate(found.agreement),
        "-" if kappa is None or interval is None else f"{kappa:.2f} ({interval[0]:.2f} to {interval[1]:.2f})",
        _rate(found.false_accepts),
        _rate(found.false_rejects),
        _rate(Rate(found.abstained, each.rows)),
    )


def _rate(rate: Rate) -> str:
    if rate.of == 0:
        return "-"
    low, high = rate.interval
    return f"{rate.hits}/{rate.of}, {rate.hits / rate.of:.1%} ({low:.1%} to {high:.1%})"
