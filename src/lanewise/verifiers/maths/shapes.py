"""Reads what expressions stand in: lists, tuples, sets, intervals, unions, matrices, relations, and what is written after a number."""

from __future__ import annotations

import re
from fractions import Fraction

from lanewise.verifiers.maths.intervals import without
from lanewise.verifiers.maths.number_words import worth
from lanewise.verifiers.maths.phrases import ALL_REALS, phrase
from lanewise.verifiers.maths.syntax import Expressions, as_number
from lanewise.verifiers.maths.tokens import CHANGES, FUNCTIONS, Unreadable
from lanewise.verifiers.maths.tree import (
    INFINITY,
    Apply,
    Group,
    Interval,
    Matrix,
    Node,
    Number,
    Quantity,
    Ratio,
    Relation,
    Symbol,
    Union,
    Value,
    Words,
    negative,
)
from lanewise.verifiers.maths.units import compound
from lanewise.verifiers.maths.written import rewritten

_MAX_MEMBERS = 200
_ENDS_UNIT = CHANGES | {
    "in",
    "out",
    "over",
    "by",
    "to",
    "through",
    "until",
    "approximately",
    "about",
    "roughly",
    "if",
    "but",
    "because",
}
_MATRICES = frozenset(("pmatrix", "bmatrix", "matrix", "vmatrix", "array", "smallmatrix"))
_WRAPPED = re.compile(r"\s*\$?\s*\\(?:text|mbox|textbf|mathrm|mathbf|textit)\s*\{([^{}]*\d[^{}]*)\}\s*\$?\s*\.?")
_MONEY = re.compile(r"\s*(\\?\$|€|\\?£)\s*(\d[\d,]*(?:\.\d+)?)\s*\.?")
_CALL = re.compile(rf"\s*-?\d*\s*(?:{'|'.join(sorted(FUNCTIONS))})\s*\([^()]{{1,80}}\)\s*\.?")
_CURRENCIES = {"$": "dollar", "€": "euro", "£": "sterling"}
_LETTER_UNIT = re.compile(r"\s*(-?\d[\d,]*(?:\.\d+)?)\s+([mgshlL])\s*\.?")
"""A space before it makes a unit of a letter that could be an unknown: `5 m` is a length, `5m` five times m."""


def read(text: str) -> Value:
    """A whole answer as a value; what is no mathematics is Words. Raises Unreadable where it is mathematics that is not understood."""
    if wrapped := _WRAPPED.fullmatch(text):
        return read(wrapped[1])
    text = rewritten(text)
    words = _plain_words(text)
    if (meant := phrase(words.text)) is not None:
        return meant
    if money := _MONEY.fullmatch(text):
        value = read(money[2])
        return Quantity(value.node, _CURRENCIES[money[1][-1]]) if isinstance(value, Quantity) else value
    if measured := _LETTER_UNIT.fullmatch(text):
        value = read(measured[1])
        return Quantity(value.node, measured[2]) if isinstance(value, Quantity) else value
    if summed := compound(words.text):
        return Quantity(Number(summed[0]), summed[1])
    if (counted := worth(words.text)) and len(counted[1].split()) <= 3 and _ENDS_UNIT.isdisjoint(counted[1].split()):
        return Quantity(Number(counted[0]), counted[1])
    if (
        not any(letter.isnumeric() for letter in text)
        and re.fullmatch(r"[\w\s.,;:'!?()\-]*", words.text)
        and _is_prose(text)
    ):
        return words
    shapes = _Shapes(_without_edges(text))
    value = shapes.list_of_values()
    if shapes.peek().kind != "end":
        raise Unreadable(f"{shapes.peek().text!r} after the answer")
    return value


class _Shapes(Expressions):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._latex = "$" in text or "\\" in text

    def list_of_values(self) -> Value:
        members, alternatives = [*self._expanded(self._relation())], False
        while self.peek().kind == "separator":
            alternatives |= self.take().text == "or"
            while self.peek().kind == "separator":
                self.take()
            if self.peek().kind == "end":
                break
            if self.took("..."):
                members.append(Words("..."))
                continue
            members += self._expanded(self._relation())
            if len(members) > _MAX_MEMBERS:
                raise Unreadable(f"more than {_MAX_MEMBERS} members")
        if len(members) == 1:
            return members[0]
        if alternatives and all(isinstance(each, Relation) and "=" not in each.signs for each in members):
            return Union(tuple(members))
        return Group("list", tuple(_carried(members)))

    def _expanded(self, value: Value) -> list[Value]:
        """`1 ± √2` is two values."""
        if isinstance(value, Quantity):
            return [Quantity(node, value.unit, value.percent, value.base) for node in both(value.node)]
        if isinstance(value, Relation) and value.signs[-1] == "=":
            ends = self._expanded(value.sides[-1])
            return [Relation((*value.sides[:-1], end), value.signs) for end in ends]
        return [value]

    def _relation(self) -> Value:
        sides, signs = [self._union()], []
        while self.peek().kind == "relation" or self.peek() == ("op", ":"):
            sign = self.take().text
            if sign == ":":
                sides[-1] = _ratio(sides[-1], self._union())
                continue
            signs.append(sign)
            sides.append(self._union())
        if not signs:
            return sides[0]
        sides = [_as_quotient(side) for side in sides]
        if any(isinstance(side, Words) for side in sides[1:]) or (isinstance(sides[0], Words) and signs[0] != "="):
            raise Unreadable("words in a relation")
        if "in" in signs:  # a name, and the set it is in
            return sides[-1]
        return Relation(tuple(sides), tuple(signs))

    def _union(self) -> Value:
        parts = [self._side()]
        while self.took("cup"):
            parts.append(self._side())
        value = parts[0] if len(parts) == 1 else Union(tuple(parts))
        return self._without(value, self._side()) if self.took("setminus", "backslash") else value

    @staticmethod
    def _without(value: Value, taken: Value) -> Value:
        r"""`\mathbb{R} \setminus \{2\}`."""
        nodes = [each.node for each in taken.members if isinstance(each, Quantity)] if isinstance(taken, Group) else []
        left = without(nodes) if value == ALL_REALS and isinstance(taken, Group) else None
        if left is None or not isinstance(taken, Group) or len(nodes) != len(taken.members):
            raise Unreadable("a set without another one")
        return Union(tuple(left))

    def _side(self) -> Value:
        token = self.peek()
        if token == ("command", "begin"):
            return self._environment()
        if self.took("emptyset", "varnothing"):
            return Group("set", ())
        if token == ("open", "\\{") or (token.kind == "open" and self._holds_comma()):
            start = self.at
            value = self._bracketed()
            follows = self.peek()
            if follows.kind in ("end", "separator", "relation", "close") or follows.text in (
                "cup",
                "setminus",
                "backslash",
            ):
                return value
            if follows.kind == "words":  # `(3, 4) for part b` is no answer alone
                raise Unreadable(f"{follows.text!r} after the brackets")
            self.at = start
        if token.kind == "words":
            return self._words()
        return self._quantity()

    def _bracketed(self) -> Value:
        opening = self.take().text
        members: list[Value] = []
        while self.peek().kind != "close":
            if self.peek().kind == "separator":
                self.take()
            elif self.took("..."):
                members.append(Words("..."))
            else:
                members += self._expanded(self._relation())
            if self.peek().kind == "end" or len(members) > _MAX_MEMBERS:
                raise Unreadable("brackets without an end")
        closing = self.take().text
        ends = [each.node for each in members if isinstance(each, Quantity)]
        if opening in ("{", "\\{"):  # in LaTeX braces alone only hold together
            return Group("list" if opening == "{" and self._latex else "set", tuple(members))
        if len(members) == 2 == len(ends) and opening in "([" and closing in ")]":
            unbounded = any(node in (INFINITY, negative(INFINITY)) for node in ends)
            if opening == "[" or closing == "]" or unbounded:
                return Interval(ends[0], ends[1], opening == "[", closing == "]")
            return Group("pair", tuple(members))
        return Group("tuple", tuple(members))

    def _environment(self) -> Value:
        self.take()
        name = "".join(self._group_texts())
        return self._cases() if name == "cases" else self._matrix(name)

    def _cases(self) -> Value:
        """Relations that hold together, one a row."""
        members: list[Value] = []
        while not self.took("end"):
            if self.peek().kind == "end" or len(members) > _MAX_MEMBERS:
                raise Unreadable("cases without an end")
            if not (self.took("\\\\", "\\", "&") or (self.peek().kind == "separator" and self.take())):
                members.append(self._relation())
        self._group_texts()
        if not all(isinstance(each, Relation) for each in members):
            raise Unreadable("cases that are no relations")
        return members[0] if len(members) == 1 else Group("list", tuple(members))

    def _matrix(self, name: str) -> Value:
        if name.rstrip("*") not in _MATRICES:
            raise Unreadable(f"the environment {name!r}")
        if name == "array":
            self._group_texts()
        rows: list[list[Node]] = [[]]
        while not self.took("end"):
            if self.took("\\\\", "\\"):
                rows.append([])
            elif self.took("&"):
                continue
            elif self.peek().kind == "end":
                raise Unreadable("a matrix without an end")
            else:
                rows[-1].append(self.expression())
        self._group_texts()
        filled = [tuple(row) for row in rows if row]
        if not filled or len({len(row) for row in filled}) != 1:
            raise Unreadable("a matrix with rows of different lengths")
        return Matrix(tuple(filled))

    def _group_texts(self) -> list[str]:
        self.must("{")
        texts = []
        while not self.took("}"):
            if self.peek().kind == "end":
                raise Unreadable("braces without an end")
            texts.append(self.take().text)
        return texts

    def _words(self) -> Value:
        texts = []
        while self.peek().kind in ("words", "symbol", "close", "open"):
            texts.append(self.take().text)
        return _plain_words(" ".join(texts))

    def _quantity(self) -> Value:
        start = self.at
        node = self.expression()
        base = 10
        if self.peek() == ("op", "_"):
            node, base = self._based(start)
        percent = False
        unit: list[str] = []
        while self.peek().kind in ("words", "op", "command", "symbol", "number", "open", "close"):
            if self.took("%"):
                percent = True
            elif self.took("circ") or (self.peek().text == "^" and self._degree_follows()):
                if self.peek().text in ("^", "{"):
                    self._skip_degree()
                unit.append("degree")
                node = self._with_minutes(node)
            elif not self._unit_word(unit):
                break
        return Quantity(node, " ".join(unit), percent, base)

    def _with_minutes(self, node: Node) -> Node:
        """`63° 45'`: sixtieths of a degree, and sixtieths of these."""
        for part, marks in ((60, 1), (3600, 2)):
            follows = [token.text for token in self.tokens[self.at + 1 : self.at + 4]]
            if self.peek().kind == "number" and [*follows, ""][: marks + 1].count("'") == marks == follows.count("'"):
                sixtieths = as_number(self.take().text).value / part
                node, self.at = Apply("+", (node, Number(sixtieths))), self.at + marks
        return node

    def _unit_word(self, unit: list[str]) -> bool:
        """A word after a number; its power belongs to it (`cm^2`). False where no word is next."""
        token = self.peek()
        if token.kind == "words":
            unit.append(self.take().text)
            if not _ENDS_UNIT.isdisjoint(re.findall(r"[a-z]+", unit[-1].lower())):
                raise Unreadable(f"{unit[-1]!r} after a number changes it")
            return True
        if not unit:
            return False
        if token == ("op", "^"):
            self.take()
            unit[-1] += "^" + self.subscript()
            return True
        if token.kind == "symbol" or token == ("op", "/"):
            unit.append(self.take().text)
            return True
        return False

    def _based(self, start: int) -> tuple[Node, int]:
        """Digits and their base: `204_5` is fifty-four."""
        self.take()
        written = self.tokens[start : self.at - 1]
        base = self.subscript()
        digits = "".join(token.text for token in written)
        if base.isdigit() and re.fullmatch(r"-?[0-9A-Za-z]{1,60}", digits) and 2 <= int(base) <= 36:
            try:
                return Number(Fraction(int(digits, int(base)))), int(base)
            except ValueError:
                raise Unreadable(f"{digits} has digits that base {base} has not") from None
        return Symbol(f"{digits}_{base}"), 10


def both(node: Node) -> list[Node]:
    """An expression without `±`: one, or two with all signs turned together."""
    if not _has_sign(node):
        return [node]
    return [_with_sign(node, plus=True), _with_sign(node, plus=False)]


def _has_sign(node: Node) -> bool:
    return isinstance(node, Apply) and (node.of in ("pm", "mp") or any(_has_sign(each) for each in node.to))


def _with_sign(node: Node, *, plus: bool) -> Node:
    if not isinstance(node, Apply):
        return node
    inside = tuple(_with_sign(each, plus=plus) for each in node.to)
    if node.of in ("pm", "mp"):
        return inside[0] if (node.of == "pm") == plus else negative(inside[0])
    return Apply(node.of, inside)


def _ratio(first: Value, second: Value) -> Value:
    if isinstance(first, Quantity | Ratio) and isinstance(second, Quantity):
        before = first.parts if isinstance(first, Ratio) else (first.node,)
        return Ratio((*before, second.node))
    raise Unreadable("a ratio of what are no numbers")


def _as_quotient(value: Value) -> Value:
    """`7:32` in a relation is seven thirty-seconds."""
    return Quantity(Apply("/", value.parts)) if isinstance(value, Ratio) and len(value.parts) == 2 else value


def _carried(members: list[Value]) -> list[Value]:
    """`x = 2, 3` names both; `a = 4, -8, -10` too."""
    named = [each for each in members if isinstance(each, Relation)]
    if len(named) != 1 or members[0] is not named[0] or named[0].signs[-1] != "=":
        return members
    head = named[0]
    rest = [each for each in members[1:] if isinstance(each, Quantity)]
    if len(rest) != len(members) - 1:
        return members
    return [head, *(Relation((*head.sides[:-1], each), head.signs) for each in rest)]


def _plain_words(text: str) -> Words:
    unwrapped = re.sub(r"\\(?:text|mbox|textbf|mathrm|mathbf|textit)\s*\{([^{}]*)\}", r"\1", text)
    unwrapped = re.sub(r"[\ue000\ue001$*_`\"]|\\[()\[\],;! ]", " ", unwrapped)
    return Words(" ".join(unwrapped.split()).strip(" .,:;!?").casefold())


def _is_prose(text: str) -> bool:
    """Words of a language: no sign of mathematics, and at least one run of three letters, or nothing but an option's letter."""
    bare = re.sub(r"\\(?:text|mbox|textbf|mathrm|mathbf|textit)\s*\{([^{}]*)\}", r" \1 ", text)
    if re.search(r"[\\^=<>+*/√π∞]", bare) or _CALL.fullmatch(bare):
        return False
    words = re.findall(r"[A-Za-z]+", bare)
    return any(len(word) > 3 for word in words) or (r"\text" in text) or not words


def _without_edges(text: str) -> str:
    text = text.strip().lstrip("= ")
    return text if text.endswith("..") else re.sub(r"[\s.,;:]+$", "", text)
