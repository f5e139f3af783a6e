"""Answers and tool calls against JSON schemas: the request's own, its tools', or the policy's. Says `form`: it parses, and no more.

A schema comes from a caller, so it is hostile until shown otherwise: nothing is fetched for it, and size, depth and number of
schemas are bounded here (`schemas.py`).
"""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, ClassVar

import msgspec
from msgspec import Meta

from lanewise.core.answer import Content, Finish, ToolCall
from lanewise.core.closing import Closing
from lanewise.core.conversation import Conversation
from lanewise.core.protocols.router import Ask
from lanewise.core.protocols.verifier import Candidate, Cost
from lanewise.core.verdict import Verdict, VerdictKind
from lanewise.verifiers.reading.answers_json import read_json, said_twice
from lanewise.verifiers.reading.declined import declined
from lanewise.verifiers.says import Says, quoted
from lanewise.verifiers.schemas import CompiledSchemas, NotJudged, WrongSchema, parse

_MOST_PROBLEMS = 8  # told at once: more are seldom read, and mending the first mends others
_MENDED_SCORE = 0.9  # of an answer that is right once it is mended: one that came right is better
_READ_OTHERWISE = "wrote it as JSON"
_ANY_OBJECT = b'{"type":"object"}'


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What can be set for `json_schema`."""

    schema: Annotated[
        dict[str, Any] | None, Meta(description="a schema for the answer's text, where the request brings none")
    ] = None
    tools: Annotated[bool, Meta(description="check the arguments of tool calls by the tools' own schemas")] = True
    mend: Annotated[
        bool, Meta(description="read JSON out of fences, prose and damage; the verdict tells what was changed")
    ] = True
    formats: Annotated[
        bool,
        Meta(description="check `format`: dates, times, addresses, identifiers; formats that nobody knows say nothing"),
    ] = True
    max_schema_bytes: Annotated[int, Meta(ge=2, le=4 << 20, description="larger schemas are not judged by")] = 256 << 10
    max_answer_bytes: Annotated[int, Meta(ge=2, le=64 << 20, description="larger answers are not judged")] = 8 << 20
    max_depth: Annotated[
        int, Meta(ge=1, le=400, description="lists and objects in one another, in schema and answer")
    ] = 64
    cached_schemas: Annotated[int, Meta(ge=1, le=10_000, description="compiled schemas that are kept")] = 256


class JsonSchemaVerifier:
    """Accepts what its schemas allow. Without a schema for it, an answer is not judged."""

    name: ClassVar[str] = "json_schema"
    kinds: ClassVar[tuple[VerdictKind, ...]] = ("form",)
    options: ClassVar[type[Options]] = Options
    stand_in: ClassVar[str | None] = None  # of what else could be asked while it is down, nothing is cheaper
    closes: ClassVar[Closing] = "json"
    cost: ClassVar[Cost] = "reading"
    quick_chars: ClassVar[int] = 3_000
    reads_schemas: ClassVar[bool] = True
    reads_conversation: ClassVar[bool] = False
    reads_earlier_calls: ClassVar[bool] = False

    def __init__(self, options: Options | None = None) -> None:
        self._options = options or Options()
        self._says = Says(verifier=self.name, kind="form")
        self._schemas = CompiledSchemas(
            max_bytes=self._options.max_schema_bytes,
            max_depth=self._options.max_depth,
            most=self._options.cached_schemas,
            formats=self._options.formats,
        )
        self._schema = None if self._options.schema is None else json.dumps(self._options.schema).encode()
        if self._schema is not None:
            self._schemas.of(self._schema)  # a policy's own mistake is told when the policy is read

    async def verify(self, candidate: Candidate, ask: Ask) -> Verdict:
        """Judge the tool calls, else the text."""
        content, conversation = candidate.content, candidate.conversation
        if content.tool_calls:
            return self._tool_calls(content, conversation)
        schema = conversation.schema or self._schema or (_ANY_OBJECT if conversation.json_mode else None)
        if schema is None:
            return self._says.unverifiable("There is no schema to check this answer by.")
        if content.refusal and not content.text:
            return self._says.unverifiable("The model declined to answer, so there is nothing to check.")
        return self._text(content, schema, candidate.finish)

    def _text(self, content: Content, schema: bytes, finish: Finish | None) -> Verdict:
        text = content.text
        try:
            problems = self._problems(text, schema)
            # A text that fits may still have lost LaTeX to its escapes; without a backslash there are none.
            look = self._options.mend and (problems or "\\" in text)
            read = read_json(text, self._schemas.of(schema)) if look else None
        except (WrongSchema, NotJudged) as error:
            return self._says.unverifiable(str(error))
        if problems and read is not None and (read.cut or finish is Finish.LENGTH):
            return self._says.reject("The answer is cut off before its JSON ends. Give all of it, shorter.", score=0.1)
        if problems and read is not None and read.twice:
            return self._says.reject(said_twice(read.twice), score=_score(problems))
        if problems and read is not None and declined(_before_json(content)) is not None:
            return self._says.reject("The answer declines, and the JSON in it is an example.", repairable=False)
        if read is not None and read.fits and (problems or read.changed):
            changed = read.changed or (_READ_OTHERWISE,)  # what came is no JSON: it is not given as if it were
            return self._says.accept(score=_MENDED_SCORE, answer=read.text, changed=changed)
        if problems:
            return self._says.reject(_told("The answer does not fit its JSON schema", problems), score=_score(problems))
        return self._says.accept(answer=text.strip())

    def _tool_calls(self, content: Content, conversation: Conversation) -> Verdict:
        if not self._options.tools:
            return self._says.unverifiable("Tool calls are not checked: `tools` is off.")
        schemas = {tool.name: tool.schema for tool in conversation.tools}
        problems: list[str] = []
        try:
            for call in content.tool_calls:
                problems += self._call_problems(call, schemas.get(call.name), sorted(schemas))
        except (WrongSchema, NotJudged) as error:
            return self._says.unverifiable(str(error))
        if problems:
            return self._says.reject(_told("A tool call does not fit its tool", problems), score=_score(problems))
        return self._says.accept()

    def _call_problems(self, call: ToolCall, schema: bytes | None, known: list[str]) -> list[str]:
        if schema is None:
            return [f"there is no tool {quoted(call.name)}; call one of {quoted(', '.join(known))}"]
        return [f"{quoted(call.name)}: {problem}" for problem in self._problems(call.arguments or "{}", schema)]

    def _problems(self, text: str, schema: bytes) -> list[str]:
        check = self._schemas.of(schema)
        value, broken = parse(text, max_bytes=self._options.max_answer_bytes, max_depth=self._options.max_depth)
        return [broken] if broken else check.problems(value, most=_MOST_PROBLEMS)


def _before_json(content: Content) -> Content:
    """The words before anything that may be JSON: what a text within it says is not said by the answer."""
    return Content(text=re.split(r"[{\[]|```", content.text, maxsplit=1)[0])


def _told(what: str, problems: list[str]) -> str:
    return f"{what}: " + "; ".join(problems) + "."


def _score(problems: list[str]) -> float:
    """Fewer problems are nearer to right; it orders attempts, and says nothing of how likely they are right."""
    return 0.5 / len(problems)
