"""Reads a rule, by recursive descent, one function per level of binding, the loosest first:

`implies` · `or` · `and` · `not` · comparisons, `in`, `contains` · `+ -` · `* /` · `-x` · names, numbers, texts, functions, quantifiers.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import get_args

from lanewise.core.patterns import why_refused
from lanewise.verifiers.rules.fitting import levels, misfit
from lanewise.verifiers.rules.functions import FUNCTIONS
from lanewise.verifiers.rules.nodes import Binary, Call, Constant, Listed, Node, Over, Path, Quantifier, Unary
from lanewise.verifiers.rules.tokens import Token, WrongRule, tokens

MAX_DEPTH = 40
MAX_LEVELS = 200  # of a rule once it is read: a row of `and` has one for each
_COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!=", "=", "in", "contains"})
_WORDS = frozenset({"and", "or", "not", "implies", "in", "contains", "true", "false", "null"})
_QUANTIFIERS: dict[str, Quantifier] = {each: each for each in get_args(Quantifier)}
_CONSTANTS = {"true": True, "false": False, "null": None}


def read_rule(rule: str) -> Node:
    """The rule, ready to be evaluated. Raises WrongRule with the place and what to write."""
    reader = _Reader(rule)
    node = reader.implication(0)
    if reader.next.kind != "end":
        raise reader.wrong("write `and`, `or` or a comparison before this")
    if levels(node) > MAX_LEVELS:
        raise reader.wrong(f"more than {MAX_LEVELS} things in a row; write several rules", 0)
    if found := misfit(node):
        raise reader.wrong(found[1], found[0])
    return node


class _Reader:
    def __init__(self, rule: str) -> None:
        self._rule = rule
        self._tokens = tokens(rule)
        self._place = 0

    @property
    def next(self) -> Token:
        return self._tokens[self._place]

    def wrong(self, say: str, at: int | None = None) -> WrongRule:
        return WrongRule(self._rule, self.next.at if at is None else at, say)

    def implication(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise self.wrong(f"more than {MAX_DEPTH} levels; write several rules")
        left = self._or(depth)
        if self._word("implies"):
            at = self._take().at
            return Binary(at, "implies", left, self.implication(depth + 1))
        return left

    def _or(self, depth: int) -> Node:
        left = self._and(depth)
        while self._word("or"):
            left = Binary(self._take().at, "or", left, self._and(depth))
        return left

    def _and(self, depth: int) -> Node:
        left = self._not(depth)
        while self._word("and"):
            left = Binary(self._take().at, "and", left, self._not(depth))
        return left

    def _not(self, depth: int) -> Node:
        if not self._word("not"):
            return self._comparison(depth)
        if depth > MAX_DEPTH:
            raise self.wrong(f"more than {MAX_DEPTH} levels; write several rules")
        return Unary(self._take().at, "not", self._not(depth + 1))

    def _comparison(self, depth: int) -> Node:
        left = self._sum(depth)
        negated = self._word("not") and self._tokens[self._place + 1].text in ("in", "contains")
        at = self._take().at if negated else 0
        if self.next.text not in _COMPARISONS or self.next.kind == "text":
            return left
        token = self._take()
        found: Node = Binary(token.at, "==" if token.text == "=" else token.text, left, self._sum(depth))
        if self.next.text in _COMPARISONS and self.next.kind == "sign":
            raise self.wrong("compare two things at a time, joined by `and`: `1 < x and x < 5`")
        return Unary(at, "not", found) if negated else found

    def _sum(self, depth: int) -> Node:
        left = self._product(depth)
        while self.next.kind == "sign" and self.next.text in "+-":
            token = self._take()
            left = Binary(token.at, token.text, left, self._product(depth))
        return left

    def _product(self, depth: int) -> Node:
        left = self._signed(depth)
        while self.next.kind == "sign" and self.next.text in "*/":
            token = self._take()
            left = Binary(token.at, token.text, left, self._signed(depth))
        return left

    def _signed(self, depth: int) -> Node:
        if self.next.kind == "sign" and self.next.text == "-":
            if depth > MAX_DEPTH:
                raise self.wrong(f"more than {MAX_DEPTH} levels; write several rules")
            return Unary(self._take().at, "-", self._signed(depth + 1))
        return self._simple(depth)

    def _simple(self, depth: int) -> Node:
        token = self.next
        if token.kind == "number":
            self._take()
            return Constant(token.at, _number(token.text))
        if token.kind == "text":
            self._take()
            return Constant(token.at, re.sub(r"\\(.)", r"\1", token.text[1:-1]))
        if token.text == "(":
            self._take()
            inner = self.implication(depth + 1)
            self._expect(")", "close the bracket with `)`")
            return inner
        if token.text == "[":
            return self._listed(depth)
        if token.kind == "name":
            return self._named(depth)
        if token.kind == "end":
            raise self.wrong("the rule ends here; write a name, a number or a text")
        raise self.wrong("write a name, a number, a text or `(`")

    def _listed(self, depth: int) -> Node:
        at = self._take().at
        items: list[Node] = []
        while self.next.text != "]" or self.next.kind == "text":
            items.append(self._sum(depth + 1))
            if self.next.text != "]":
                self._expect(",", 'write `,` between what is listed and `]` behind the last: `["paid", "open"]`')
        self._take()
        return Listed(at, tuple(items))

    def _named(self, depth: int) -> Node:
        token = self._take()
        if token.text in _CONSTANTS:
            return Constant(token.at, _CONSTANTS[token.text])
        if token.text in _WORDS:
            raise self.wrong(f"`{token.text}` stands between two things; write what is before it", token.at)
        following = self._tokens[self._place]
        if token.text in _QUANTIFIERS and following.kind == "name" and following.text not in _WORDS:
            return self._over(token, depth)
        if following.text == "(" and following.kind == "sign":
            return self._call(token, depth)
        return self._path(token)

    def _over(self, token: Token, depth: int) -> Node:
        names = [self._own_name()]
        if self.next.text == ",":
            self._take()
            names.append(self._own_name())
            if names[0] == names[1]:
                raise self.wrong(f"give the two items two names: `{token.text} a, b in ...`", token.at)
        self._expect("in", f"write `{token.text} item in items: ...`")
        of = self._sum(depth + 1)
        self._expect(":", "write `:` and what is to hold, or to be counted, for each")
        return Over(token.at, _QUANTIFIERS[token.text], tuple(names), of, self.implication(depth + 1))

    def _own_name(self) -> str:
        if self.next.kind != "name" or self.next.text in _WORDS or self.next.text == "answer":
            raise self.wrong("write a name for the item, such as `item`")
        return self._take().text

    def _call(self, token: Token, depth: int) -> Node:
        known = FUNCTIONS.get(token.text)
        if known is None:
            raise self.wrong(f"there is no function {token.text!r}; known: {', '.join(sorted(FUNCTIONS))}", token.at)
        self._take()
        arguments: list[Node] = []
        while self.next.text != ")":
            arguments.append(self.implication(depth + 1))
            if self.next.text != ")":
                self._expect(",", "write `,` between arguments and `)` behind the last")
        self._take()
        if len(arguments) not in known.counts:
            raise self.wrong(f"write `{known.usage}`", token.at)
        return Call(token.at, token.text, tuple(arguments), self._pattern(token, arguments))

    def _pattern(self, token: Token, arguments: list[Node]) -> re.Pattern[str] | None:
        if token.text != "matches":
            return None
        pattern = arguments[1]
        if not isinstance(pattern, Constant) or not isinstance(pattern.value, str):
            raise self.wrong("write the regular expression itself, as a text in quotes", token.at)
        if why := why_refused(pattern.value):
            raise self.wrong(f"this regular expression is not taken: {why}", pattern.at)
        return re.compile(pattern.value, re.IGNORECASE)

    def _path(self, token: Token) -> Node:
        steps: list[str | int] = []
        while self.next.kind == "sign" and self.next.text in (".", "["):
            if self._take().text == ".":
                if self.next.kind != "name":
                    raise self.wrong("write a name behind the dot")
                steps.append(self._take().text)
                continue
            inner = self._take()
            if inner.kind == "number" and inner.text.isdecimal():
                steps.append(int(inner.text))
            elif inner.kind == "text":
                steps.append(re.sub(r"\\(.)", r"\1", inner.text[1:-1]))
            else:
                raise self.wrong('write a place, `[0]`, or a name in quotes, `["unit price"]`', inner.at)
            self._expect("]", "close it with `]`")
        return Path(token.at, token.text, tuple(steps))

    def _word(self, word: str) -> bool:
        return self.next.kind == "name" and self.next.text == word

    def _take(self) -> Token:
        token = self.next
        self._place = min(self._place + 1, len(self._tokens) - 1)
        return token

    def _expect(self, text: str, say: str) -> None:
        if self.next.text != text or self.next.kind == "text":
            raise self.wrong(say)
        self._take()


def _number(text: str) -> Fraction:
    number = Fraction(text.strip("$%").replace(",", ""))
    return number / 100 if text.endswith("%") else number
