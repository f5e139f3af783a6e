"""Rules that the operator writes over an answer's JSON, or over the arguments of a tool call before it runs.

`amount <= $500 or approved_by != null` · `all a, b in shifts: a.end <= b.start or b.end <= a.start` · `sum i in items: i.price = total`
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from lanewise.core.answer import Content
from lanewise.core.protocols.router import Ask
from lanewise.core.protocols.verifier import Candidate, Cost
from lanewise.core.verdict import Verdict, VerdictKind
from lanewise.verifiers.reading.answers_json import read_json, said_twice
from lanewise.verifiers.rules.evaluate import Evaluation, TooManySteps, read_answer
from lanewise.verifiers.rules.functions import Unfit
from lanewise.verifiers.rules.grammar import read_rule
from lanewise.verifiers.rules.nodes import Node
from lanewise.verifiers.rules.tokens import WrongRule
from lanewise.verifiers.says import Says, one_line, quoted
from lanewise.verifiers.schemas import NotJudged

_MAX_ANSWER_CHARS = 1 << 20


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule. Where `when` does not hold, the rule says nothing."""

    name: str
    check: str
    when: str = ""
    say: str = ""  # what whoever answers again is told; else the rule itself, with the values it failed on


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What can be set for `business_rules`."""

    rules: Annotated[
        tuple[Rule, ...],
        Meta(
            min_length=1, max_length=100, description="each `{name, check, when, say}`; `when` and `say` may be absent"
        ),
    ]
    tools: Annotated[
        tuple[str, ...], Meta(description="tools whose arguments are judged instead of the answer's text")
    ] = ()
    complete: Annotated[
        bool, Meta(description="the rules are all that makes an answer right: passing them is then a proof")
    ] = False


class _Read(msgspec.Struct, frozen=True):
    rule: Rule
    check: Node
    when: Node | None


class BusinessRulesVerifier:
    """Rejects an answer that breaks a rule, with the rule and the values it broke it with."""

    name: ClassVar[str] = "business_rules"
    kinds: ClassVar[tuple[VerdictKind, ...]] = ("form", "proof")
    options: ClassVar[type[Options]] = Options
    stand_in: ClassVar[str | None] = None  # it asks nobody, so it is never down
    cost: ClassVar[Cost] = "reading"
    quick_chars: ClassVar[int] = 400
    reads_schemas: ClassVar[bool] = False
    reads_conversation: ClassVar[bool] = False
    reads_earlier_calls: ClassVar[bool] = False

    def __init__(self, options: Options) -> None:
        """Raises WrongRule where a rule cannot be read."""
        self._options = options
        self._says = Says(verifier=self.name, kind="proof" if options.complete else "form")
        self._rules = tuple(
            _Read(each, _read(each, each.check), _read(each, each.when) if each.when else None)
            for each in options.rules
        )

    async def verify(self, candidate: Candidate, ask: Ask) -> Verdict:
        """Judge the JSON in the answer, or the arguments of its tool calls."""
        try:
            return self._judge(candidate.content)
        except NotJudged as error:
            return self._says.unverifiable(str(error))
        except TooManySteps:
            return self._says.unverifiable("The answer is too large for these rules to be checked.")

    def _judge(self, content: Content) -> Verdict:
        if self._options.tools:
            calls = [call for call in content.tool_calls if call.name in self._options.tools]
            if not calls:
                return self._says.unverifiable("No tool is called that these rules are about.")
            if any(len(call.arguments) > _MAX_ANSWER_CHARS for call in calls):
                return self._says.unverifiable("The arguments are too large to be checked.")
            broken = [
                f"Tool call {quoted(call.name, 60)}: {each}"
                for call in calls
                for each in self._broken(call.arguments or "{}")
            ]
            return self._verdict(broken, of=len(calls) * len(self._rules))
        if len(content.text) > _MAX_ANSWER_CHARS:
            return self._says.unverifiable("The answer is too large to be checked.")
        read = read_json(content.text)
        if read is None:
            return self._says.unverifiable("The answer holds no JSON that these rules could be checked on.")
        if read.twice:
            return self._says.reject(said_twice(read.twice), answer=None)
        if read.cut:
            return self._says.unverifiable("The answer is cut off, so rules about its lists cannot be checked.")
        return self._verdict(self._broken(read.text), of=len(self._rules), answer=read.text, changed=read.changed)

    def _verdict(
        self, broken: list[str], *, of: int, answer: str | None = None, changed: tuple[str, ...] = ()
    ) -> Verdict:
        if broken:
            return self._says.reject(" ".join(broken), score=1 - min(1.0, len(broken) / of), answer=answer)
        return self._says.accept(answer=answer, changed=changed)

    def _broken(self, text: str) -> list[str]:
        try:
            evaluation = Evaluation(read_answer(text))
        except Unfit as error:
            return [f"{_sentence(str(error))}"]
        except (ValueError, RecursionError):
            return ["It is not JSON."]
        return [told for each in self._rules for told in _told(each, evaluation)]


def _told(read: _Read, evaluation: Evaluation) -> Iterator[str]:
    """What is wrong by one rule, if anything."""
    try:
        if read.when is not None and not evaluation.holds(read.when):
            return
        if evaluation.holds(read.check):
            return
        seen = ", ".join(f"{where} = {value}" for where, value in evaluation.seen.items())
        why = f"`{one_line(read.rule.check)}` does not hold" + (f", with {seen}" if seen else "")
    except Unfit as error:
        why = str(error)
    yield f"Rule {quoted(read.rule.name, 60)}: {read.rule.say or _sentence(why)}" + (
        f" ({why})" if read.rule.say else ""
    )


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def _read(rule: Rule, text: str) -> Node:
    try:
        return read_rule(text)
    except WrongRule as error:
        raise ValueError(f"rule {rule.name!r}, {error}") from error
