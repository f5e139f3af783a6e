"""JSON out of a whole answer: scratchpads, prose, fences and damage around and in it. Bounded, guided by a schema where there is one.

What was found strictly comes first, then what can be mended (`lenient.py`). Nothing is completed or made up; what was changed is told;
a LaTeX command that JSON swallowed is put back (`latex.py`). Of several that fit, the last one is the answer.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from lanewise.verifiers.reading.conform import conformed, missing_names, property_names
from lanewise.verifiers.reading.latex import doubled
from lanewise.verifiers.reading.lenient import Hopeless, Lenient
from lanewise.verifiers.reading.values import NOT_THERE, Value, read_exactly, written
from lanewise.verifiers.reading.work import TooMuchWork, Work
from lanewise.verifiers.says import quoted
from lanewise.verifiers.schemas import CompiledSchema, NotJudged, depth_of

MAX_CHARS = 1 << 20
MAX_MENDED_CHARS = 1 << 18
MAX_DEPTH = 64
_MOST_WORDS_CHARS = 20_000  # of a model that was asked for a short object
_MOST_STARTS = 24  # places where a value may begin that are tried; most texts have one
_FENCE = re.compile(r"```[ \t]{0,8}(?:[\w+-]{0,20}[ \t]{0,8}\n|json\s)(.*?)\n?[ \t]{0,40}```", re.DOTALL)
_START = re.compile(
    r"(?<![A-Za-z0-9_^}\\])[{\[](?=\s{0,200}(?:[\"'`\u201c{}\[\],\d\-tfnTFN/#\u180e\u200b\ufeff]|[A-Za-z_]\w{0,60}[\"']?\s{0,20}:))"
)
_ENCODED = re.compile(r'[{\[]\s{0,20}(?:\\n\s{0,20}){0,5}\\"')
_CLOSING = {"{": "}", "[": "]"}
_DECODER = json.JSONDecoder()


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """JSON that was read: its value, its text, and what was changed for it, nothing where the answer was JSON as it came."""

    value: Any
    text: str
    changed: tuple[str, ...] = ()
    fits: bool = True  # the schema, where there is one
    cut: bool = False  # the end of the answer is missing, and a value or the rest of a list with it
    twice: str = (
        ""  # a name that stands twice in one object, with different values: which of them is meant, nobody knows
    )


class _Found(msgspec.Struct, frozen=True):
    """One way to read the answer."""

    value: Value
    source: str  # strict JSON, numbers as written
    changed: tuple[str, ...]
    cut: bool = False
    twice: str = ""


def read_json(text: str, schema: CompiledSchema | None = None) -> Read | None:
    """The JSON that an answer holds; None where there is none that could be read without making something up.

    Raises NotJudged where mending it would take too long.
    """
    if len(text) > MAX_CHARS:
        return None
    rest: list[Read] = []
    for way in _ways(text, schema):
        judged = [read for found in way if (read := _judged(found, schema)) is not None]
        fitting = [read for read in judged if read.fits]
        if fitting:
            kind = type(max(fitting, key=lambda read: len(read.text)).value)  # a list of sources, [1], is no answer
            return next(read for read in reversed(fitting) if isinstance(read.value, kind))
        rest += judged
    return max(rest, key=lambda read: len(read.text), default=None)  # the whole rather than a part of it


def read_if_quick(text: str, schema: CompiledSchema) -> Read | None:
    """The same of a model's word about an answer: one that is long, or takes long, says nothing."""
    if len(text) > _MOST_WORDS_CHARS:
        return None
    try:
        return read_json(text, schema)
    except NotJudged:
        return None


def said_twice(name: str) -> str:
    """Why JSON that has a name twice is none to be relied on."""
    return (
        f"The name {quoted(name, 60)} stands twice in one object, with different values, and readers differ in which "
        "they take. Write each name once."
    )


def _ways(text: str, schema: CompiledSchema | None) -> Iterator[Iterable[_Found]]:
    """Ways to read it, the surest first; each is begun only when it is asked for."""
    yield _as_it_stands(text)
    yield _within(text, schema)
    mended = list(_mended(text, schema)) if len(text) <= MAX_MENDED_CHARS else []
    yield mended
    yield _joined(mended, schema)
    yield _encoded(text)


def _judged(found: _Found, schema: CompiledSchema | None) -> Read | None:
    """A way to read it, with types set right by the schema where the text allows."""
    if found.twice:
        return Read(value=None, text=found.source, changed=found.changed, fits=False, cut=found.cut, twice=found.twice)
    source, changed = found.source, found.changed
    fits = True
    try:
        value: Any = json.loads(source)
    except ValueError:  # a number of more digits than Python reads
        return None
    if depth_of(value) > MAX_DEPTH:
        return None
    try:
        if schema is not None and schema.problems(value, most=1):
            shaped, turned = conformed(found.value, schema.schema)
            source, changed = written(shaped), (*changed, *turned)
            value = json.loads(source)
            fits = not schema.problems(value, most=1)
    except NotJudged:
        fits = False
    except (ValueError, RecursionError):
        return None
    return Read(value=value, text=source, changed=changed, fits=fits, cut=found.cut)


def _as_it_stands(text: str) -> Iterator[_Found]:
    """The whole answer is JSON."""
    stripped = text.strip().removeprefix("\ufeff")
    if found := _strict(stripped, ()):
        yield found


def _within(text: str, schema: CompiledSchema | None) -> Iterator[_Found]:
    """JSON in a fence or in prose, without a flaw; without a schema, only where no flawed one stands before it."""
    # The last ones: of several that fit, the last is the answer.
    for fence in deque(_FENCE.finditer(text), _MOST_STARTS):
        if found := _strict(fence[1].strip(), ("left out what stands around the fenced JSON",)):
            yield found
    place, tried = 0, 0
    while (start := _START.search(text, place)) and tried < _MOST_STARTS:
        tried += 1
        try:
            _, end = _DECODER.raw_decode(text, start.start())
        except (ValueError, RecursionError):
            if schema is None and tried == 1:
                return
            place = start.end()
            continue
        if found := _strict(text[start.start() : end], ("left out what stands around the JSON",)):
            yield found
        place = end


def _strict(source: str, changed: tuple[str, ...]) -> _Found | None:
    """Source that is JSON as it stands, once LaTeX in it has its backslashes doubled."""
    if not source or source[0] not in '{["-0123456789tfn':
        return None
    whole, put_back = doubled(source)
    try:
        return _Found(read_exactly(whole), whole, (*changed, *put_back))
    except (ValueError, RecursionError):
        return None


def _mended(text: str, schema: CompiledSchema | None) -> Iterator[_Found]:
    """JSON with flaws that can be mended, from each place where one may begin, the first to be tried the last to win."""
    names = property_names(schema.schema) if schema else frozenset()
    work = Work(text)
    found: list[_Found] = []
    place = 0
    for _ in range(_MOST_STARTS):
        start = _START.search(text, place)
        if start is None:
            break
        reader = Lenient(work, start.start(), names=names, max_depth=MAX_DEPTH)
        try:
            value = reader.value()
        except TooMuchWork as error:
            raise NotJudged("The JSON is damaged in so many places that mending it takes too long.") from error
        except Hopeless:
            place = start.end()
            continue
        if value is NOT_THERE or (value in ({}, []) and reader.changed):
            place = start.end()
            continue
        around = () if _alone(text, start.start(), reader.place) else ("left out what stands around the JSON",)
        found.append(_Found(value, written(value), (*around, *reader.changed), reader.cut, reader.twice))
        place = max(reader.place, start.end())
        if schema is None:
            break
    yield from found


def _joined(mended: list[_Found], schema: CompiledSchema | None) -> Iterator[_Found]:
    """Several objects one after another which only together have all the names that the schema asks for."""
    if schema is None:
        return
    together: dict[str, Any] = {}
    changed: dict[str, None] = {"joined objects that stand one after another": None}
    parts, cut = 0, False
    for found in mended:
        if found.twice:
            return
        if isinstance(found.value, dict) and not together.keys() & found.value.keys():
            together |= found.value
            changed |= dict.fromkeys(found.changed)
            parts, cut = parts + 1, cut or found.cut
    if parts > 1 and not missing_names(together, schema.schema):
        yield _Found(together, written(together), tuple(changed), cut)


def _encoded(text: str) -> Iterator[_Found]:
    """JSON that was written as a JSON text once more: all its quotes have a backslash."""
    found = _ENCODED.search(text)
    if found is None:
        return
    inner = text[found.start() : text.rfind(_CLOSING[found[0][0]]) + 1]
    try:
        source = json.loads(f'"{inner}"', strict=False)
    except ValueError:
        return
    if read := _strict(source, ("took one layer of escapes off",)):
        yield read


def _alone(text: str, begin: int, end: int) -> bool:
    return not text[:begin].strip() and not text[end:].strip()
