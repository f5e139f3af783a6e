"""Judges an answer by the question alone: what the question asks to calculate is calculated, and solutions are put into its equations.

There is no proof beside these two; a calculation in the answer that is stated wrongly proves that the answer is wrong. What cannot be told
is told as such. Runs in the maths workers only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lanewise.verifiers.maths.arithmetic import in_digits, statements
from lanewise.verifiers.maths.compare import Conventions, compare
from lanewise.verifiers.maths.extract import FORMULA
from lanewise.verifiers.maths.judge import Judged, reading_of
from lanewise.verifiers.maths.numbers import TooLarge, Undefined
from lanewise.verifiers.maths.polynomials import coefficients, has_one_solution, linear, real_roots
from lanewise.verifiers.maths.relations import holds
from lanewise.verifiers.maths.shapes import read
from lanewise.verifiers.maths.tokens import Unreadable
from lanewise.verifiers.maths.tree import (
    Apply,
    Group,
    Node,
    Number,
    Quantity,
    Relation,
    Symbol,
    Value,
    negative,
    symbols_of,
)

_CALCULATION = re.compile(
    r"(?:^|[.!?\n:]\s*)(?:please\s+)?(?:what\s+is|what's|calculate|compute|evaluate|work\s+out|how\s+much\s+is)(?:\s+the\s+value\s+of)?"
    r"[:\s]+(?P<what>[^?\n]*?)\s*(?:=\s*)?[?.]?\s*(?=$|\n|\s(?-i:[A-Z]))",
    re.IGNORECASE,
)
_PERCENT_OF = re.compile(r"(\d+(?:\.\d+)?)\s*(?:%|percent)\s+of\s+(\d+(?:\.\d+)?)", re.IGNORECASE)
_PLAIN = re.compile(r"(?:[\d.]+|(?<![A-Za-z])[A-Za-z](?![A-Za-z])|[-+*/^()=²³]|[ \t])+")
_ASKS = re.compile(r"\b(?:solve|find|what\s+(?:is|are)|value\s+of|determine)\b", re.IGNORECASE)
_FOR = re.compile(
    r"(?:\bfor|\bfind|\bis|\bare|\bof|\bdetermine)\s+(?:the\s+values?\s+of\s+)?\$?([A-Z])\$?(?:\s*(?:,|and)\s*\$?([A-Z])\$?)?"
    r"(?=\s*(?:[?.,;:]|$|\n|in\b|if\b|when\b|given\b))",
    re.IGNORECASE,
)
_ASIDE = frozenset(
    re.findall(
        r"\S+",
        "please hi hello hey thanks thank you your think step by steps carefully answer with only the a an number just give "
        "me final in box boxed put inside within show work working explain explanation and no as reply respond result return "
        "let s us do not use tools calculator can could tell quick question exact exactly simplify simplified form lowest "
        "terms at end response write briefly be text json words following calculation what is sure double-check reasoning ",
    )
)
"""Words around a calculation that ask for nothing else."""

_AROUND = _ASIDE | frozenset(
    re.findall(
        r"\S+",
        "solve for find value values of are equation equations system determine all real solution solutions root roots if "
        "given that when which simultaneous linear quadratic cubic satisfy satisfies satisfying such numbers to these both "
        "unknown unknowns variable variables one has have suppose we know ",
    )
)
"""Words around equations that leave open no more than which solutions there are."""

_MADE_OF_IT = re.compile(
    r"\d|\b(?:then|double|twice|half|add|subtract|multiply|divide|triple|square|mod|modulo|base|even|odd|fraction|express|how\s+many|is\s+it"
    r"|larger|smaller|bigger|bit|bits|binary)\b",
    re.IGNORECASE,
)
"""Beside equations: something is to be made of their solutions."""

_NARROWED = re.compile(
    r"\b(?:positive|negative|integer|whole|natural|smallest|largest|least|greatest|sum|product|number of|how many|modulo|mod)\b"
)


@dataclass(frozen=True, slots=True)
class _Equations:
    relations: list[Relation]
    unknowns: list[str]
    narrowed: bool  # not every solution is asked for


def judged_alone(question: str, text: str) -> Judged:
    """The verdict without an expected answer."""
    for statement in statements(text):
        if not statement.true:
            why = f"it states {statement.text}, and that is {in_digits(statement.value)}"
            return Judged(right=False, why=why, repairable=True)
    reading = reading_of(text)
    if reading is None:
        return Judged(right=None, why="there is no answer of mathematics in it")
    answer = reading.final.text
    try:
        calculated = _calculation(question)
        if calculated is not None and not _is_done(reading.value):
            return Judged(right=None, why="it repeats the calculation and does not do it", answer=answer)
        if calculated is not None:
            right = compare(calculated, reading.value, Conventions(percent="value")) is None
            return Judged(
                right=right,
                why="" if right else "the calculation gives another value",
                answer=answer,
                repairable=not right,
            )
        equations = _equations(question)
        if equations is not None:
            return _substituted(equations, reading.value, answer)
    except (TooLarge, Undefined) as error:
        return Judged(right=None, why=str(error), answer=answer)
    return Judged(
        right=None, why="the question has no calculation and no equation that an answer can be put into", answer=answer
    )


def _calculation(question: str) -> Value | None:
    """What a question asks to calculate, where it asks for nothing else."""
    found = _CALCULATION.search(question.strip())
    if found is None:
        return None
    rest = question.replace(found.group(), " ")
    if not _words_of(rest) <= _ASIDE:
        return None
    if re.search(r"\d|\bround|\bmod", rest + found["what"], re.IGNORECASE) and re.search(r"\d|round|mod", rest):
        return None
    if re.search(r"\bround|\bmod|\bnearest", question, re.IGNORECASE):
        return None
    what = _PERCENT_OF.sub(r"(\1/100*\2)", found["what"])
    try:
        value = read(what)
    except Unreadable:
        return None
    if not isinstance(value, Quantity) or value.unit or symbols_of(value.node) or not isinstance(value.node, Apply):
        return None
    return value


def _is_done(value: Value) -> bool:
    """Whether nothing is left to be calculated but a fraction or a root."""
    if isinstance(value, Relation):
        value = value.sides[-1]
    node = value.node if isinstance(value, Quantity) else None
    if isinstance(node, Apply) and node.of == "*" and isinstance(node.to[0], Number):
        sign = abs(node.to[0].value) == 1
        node = node.to[1] if sign or not isinstance(node.to[1], Number) else node
    if isinstance(node, Apply) and node.of in ("/", "root"):
        return all(isinstance(each, Number) for each in node.to)
    return not isinstance(node, Apply)


def _equations(question: str) -> _Equations | None:
    """The equations of a question that asks for their unknowns, and for nothing made of them."""
    if not _ASKS.search(question):
        return None
    spans = [next(part for part in found.groups() if part) for found in FORMULA.finditer(question)]
    spans = [span for span in spans if "=" in span] or _plain_equations(question)
    relations: list[Relation] = []
    for span in spans:
        try:
            value = read(span.strip(" .,;"))
        except Unreadable:
            return None
        members = value.members if isinstance(value, Group) else (value,)
        relations += [each for each in members if isinstance(each, Relation)]
    nodes = [_difference(relation) for relation in relations]
    if not nodes or None in nodes:
        return None
    unknowns = sorted(frozenset().union(*(symbols_of(node) for node in nodes if node is not None)))
    asked = [name for found in _FOR.findall(question) for name in found if name]
    solving = re.search(r"\bsolve\b", question, re.IGNORECASE) is not None
    if not unknowns or len(unknowns) > 4 or not (set(asked) == set(unknowns) or (solving and not asked)):
        return None
    rest = question
    for span in spans:
        rest = rest.replace(span, " ")
    if _MADE_OF_IT.search(rest):
        return None
    others = {word for word in _words_of(rest) if len(word) > 1} - _AROUND
    return _Equations(relations, unknowns, bool(others) or _NARROWED.search(question.lower()) is not None)


def _plain_equations(question: str) -> list[str]:
    """Equations outside formulas; none where one of them was cut out of what is not read here, such as `sqrt(x) = 2`."""
    found = [each for each in _PLAIN.finditer(question) if "=" in each.group()]
    cut = any(
        (not each.group()[0].isspace() and question[: each.start()][-1:].strip(" \n\t:,;.'\"$*") != "")
        or (not each.group()[-1].isspace() and question[each.end() :][:1].strip(" \n\t:,;.?!'\"$*") != "")
        for each in found
    )
    return [] if cut else [each.group() for each in found]


def _words_of(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+(?:-[a-z]+)?", text.lower()))


def _difference(relation: Relation) -> Node | None:
    """Both sides of an equation on one."""
    nodes = [side.node for side in relation.sides if isinstance(side, Quantity)]
    if relation.signs != ("=",) or len(nodes) != 2:
        return None
    return Apply("+", (nodes[0], negative(nodes[1])))


def _substituted(equations: _Equations, value: Value, answer: str) -> Judged:
    solutions = _solutions(equations, value)
    if solutions is None:
        return Judged(right=None, why="its answer does not give each unknown a value", answer=answer)
    for solution in solutions:
        for relation in equations.relations:
            if not holds(relation, solution):
                return Judged(
                    right=False, why="its solution does not satisfy the equation", answer=answer, repairable=True
                )
    if _all_of_them(equations, len(solutions)):
        return Judged(right=True, answer=answer)
    return Judged(
        right=None, why="its solutions hold, but whether they are all that are asked for is not known", answer=answer
    )


def _solutions(equations: _Equations, value: Value) -> list[dict[str, Node]] | None:
    members = list(value.members) if isinstance(value, Group) and value.bracket in ("list", "set") else [value]
    if len(equations.unknowns) > 1:
        return _one_of_many(equations, members)
    solutions: list[dict[str, Node]] = []
    for each in members:
        given = each.sides[-1] if isinstance(each, Relation) and set(each.signs) == {"="} else each
        if not isinstance(given, Quantity) or symbols_of(given.node):
            return None
        solutions.append({equations.unknowns[0]: given.node})
    distinct = {repr(solution) for solution in solutions}
    return solutions if solutions and len(distinct) == len(solutions) else None


def _one_of_many(equations: _Equations, members: list[Value]) -> list[dict[str, Node]] | None:
    solution: dict[str, Node] = {}
    for each in members:
        if not isinstance(each, Relation) or each.signs[-1] != "=":
            return None
        name, given = each.sides[0], each.sides[-1]
        if not (isinstance(name, Quantity) and isinstance(name.node, Symbol) and isinstance(given, Quantity)):
            return None
        solution[name.node.name] = given.node
    return [solution] if set(solution) == set(equations.unknowns) else None


def _all_of_them(equations: _Equations, given: int) -> bool:
    """Whether there are no more solutions than were given."""
    nodes = [node for node in map(_difference, equations.relations) if node is not None]
    if len(equations.unknowns) > 1:
        rows = [linear(node, equations.unknowns) for node in nodes]
        known = [row for row in rows if row is not None]
        return len(known) == len(rows) and has_one_solution(known, len(equations.unknowns))
    polynomial = coefficients(nodes[0], equations.unknowns[0]) if len(nodes) == 1 else None
    if polynomial is None:
        return False
    if equations.narrowed:
        return len(polynomial) == 2  # one unknown, once: no other solution can be meant
    return real_roots(polynomial) == given
