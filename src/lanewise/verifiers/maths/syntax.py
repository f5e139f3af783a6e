"""Reads a mathematical answer, LaTeX or plain, whole or not at all: a part that is not understood makes all of it unreadable.

That is the difference to readers that take what they understand and drop the rest, to whom `6√2` is 6. `tokens` cuts, this builds
expressions; `shapes` builds what they stand in: tuples, sets, intervals, relations.
"""

from __future__ import annotations

import re
from fractions import Fraction

from lanewise.verifiers.maths.number_words import worth
from lanewise.verifiers.maths.tokens import Token, Unreadable, tokens
from lanewise.verifiers.maths.tree import Apply, Node, Number, Symbol, negative

MAX_DEPTH = 40
_MAX_DIGITS = 1_000
_CLOSING = {"(": ")", "[": "]", "{": "}", "\\{": "\\}"}
_ACCENTS = frozenset(("bar", "hat", "vec", "tilde", "overline"))
_OF_ANGLES = frozenset(("sin", "cos", "tan", "cot", "sec", "csc"))
_DEGREE = Apply("/", (Symbol("pi"), Number(Fraction(180))))
_UNKNOWN_FUNCTIONS = frozenset("fghFGHPQ")
_FENCES = {"lfloor": ("rfloor", "floor"), "lceil": ("rceil", "ceil"), "lvert": ("rvert", "abs"), "|": ("|", "abs")}


class Expressions:
    """A recursive descent over tokens. `at` is the token to be read next."""

    def __init__(self, text: str) -> None:
        self.tokens = tokens(text)
        self.at = 0
        self._depth = 0
        self._fenced = False  # within `|...|`, where the next `|` closes
        self._angles = False  # within the argument of a function of angles, where a degree is a number

    def peek(self, ahead: int = 0) -> Token:
        """The token to be read next; `("end", "")` where there is none."""
        where = self.at + ahead
        return self.tokens[where] if where < len(self.tokens) else Token("end", "")

    def take(self) -> Token:
        """Read a token."""
        token = self.peek()
        self.at += 1
        return token

    def took(self, *texts: str) -> bool:
        """Read the next token where it is one of these, and is no word."""
        token = self.peek()
        if token.text in texts and token.kind not in ("words", "end"):
            self.at += 1
            return True
        return False

    def must(self, text: str) -> None:
        """Read this token or give up."""
        if not self.took(text):
            raise Unreadable(f"{text!r} is missing")

    def expression(self) -> Node:
        """A sum."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise Unreadable("nested too deeply")
        terms = [self._signed_term()]
        while self.peek().kind == "op" and self.peek().text in ("+", "-", "pm", "mp"):
            sign = self.take().text
            term = self._term()
            terms.append(_by_sign(sign, term))
        self._depth -= 1
        return terms[0] if len(terms) == 1 else Apply("+", tuple(terms))

    def _signed_term(self) -> Node:
        sign = self.take().text if self.peek().kind == "op" and self.peek().text in ("+", "-", "pm", "mp") else "+"
        term = self._signed_term() if self.peek().text in ("+", "-") and self.peek().kind == "op" else self._term()
        return _by_sign(sign, term)

    def _term(self) -> Node:
        """A product or quotient, read from the left; what stands side by side is multiplied."""
        node = self._factor()
        while True:
            token = self.peek()
            if token.kind == "op" and token.text in ("*", "/"):
                self.take()
                right = self._signed_factor()
                node = Apply(token.text, (node, right))
            elif self._starts_factor():
                node = Apply("*", (node, self._factor()))
            else:
                return node

    def _signed_factor(self) -> Node:
        if self.took("-"):
            return negative(self._signed_factor())
        self.took("+")
        return self._factor()

    def _starts_factor(self) -> bool:
        kind, text = self.peek()
        if kind in ("symbol", "function"):
            return True
        if kind in {"number", "repeating"}:
            previous = self.tokens[self.at - 1]
            raised = self.at > 2 and self.tokens[self.at - 2] == ("op", "^") and self.peek(1) == ("op", "^")
            if previous.kind in ("number", "repeating") and not raised:  # `2^6 3^5` are two factors
                raise Unreadable("two numbers side by side")
            return True
        if kind == "open":
            return text in ("(", "[", "{") and not self._holds_comma()
        if (kind, text) == ("op", "|"):
            return not self._fenced
        return kind == "command" and (text in ("frac", "binom", "lfloor", "lceil", "lvert") or text in _ACCENTS)

    def _holds_comma(self) -> bool:
        """Whether the bracket that is next has members."""
        deep = 0
        for token in self.tokens[self.at :]:
            deep += (token.kind == "open") - (token.kind == "close")
            if deep == 1 and token.kind == "separator":
                return True
            if deep <= 0:
                return False
        return False

    def _factor(self) -> Node:
        node = self._atom()
        while True:
            if self.took("!"):
                node = Apply("factorial", (node,))
            elif self._angles and (self.peek() == ("op", "^") and self._degree_follows()):
                self._skip_degree()
                node = Apply("*", (node, _DEGREE))
            elif self.peek() == ("op", "^") and not self._degree_follows():
                self.take()
                node = Apply("^", (node, self._exponent()))
            else:
                return node

    def _degree_follows(self) -> bool:
        after = [token.text for token in self.tokens[self.at + 1 : self.at + 3]]
        return after[:1] == ["circ"] or after == ["{", "circ"]

    def _skip_degree(self) -> None:
        self.took("^")
        braces = self.took("{")
        self.must("circ")
        if braces:
            self.must("}")

    def _exponent(self) -> Node:
        if self.took("{"):
            node = self.expression()
            self.must("}")
            return node
        if self.took("-"):
            return negative(self._exponent())
        base = self._atom()
        if self.peek() == ("op", "^") and not self._degree_follows():
            self.take()
            return Apply("^", (base, self._exponent()))
        return base

    def _atom(self) -> Node:
        kind, text = self.take()
        if kind == "number":
            return self._number(text)
        if kind == "repeating":
            return _repeating(text)
        if kind == "symbol":
            return self._symbol(text)
        if kind == "function":
            return self._function(text)
        if kind == "open" and text in ("(", "[", "{"):
            outer, self._fenced = self._fenced, False
            node = self.expression()
            self.must(_CLOSING[text])
            self._fenced = outer
            return node
        if text in _FENCES and kind in ("op", "command"):
            closing, name = _FENCES[text]
            outer, self._fenced = self._fenced, text == "|"
            node = self.expression()
            self.must(closing)
            self._fenced = outer
            return Apply(name, (node,))
        if kind == "command" and text in ("frac", "binom"):
            return Apply("/" if text == "frac" else "binomial", (self.argument(), self.argument()))
        if kind == "command" and text in _ACCENTS:
            return self._accented(text)
        raise Unreadable(f"{text or 'the end'!r} where a number or letter was looked for")

    def argument(self) -> Node:
        """What a LaTeX command takes: a group in braces, or one digit or letter."""
        if self.took("{"):
            node = self.expression()
            self.must("}")
            return node
        token = self.peek()
        if token.kind == "number" and len(token.text) > 1 and "." not in token.text:
            self.tokens[self.at] = Token("number", token.text[1:])
            return Number(Fraction(int(token.text[0])))
        return self._atom()

    def _number(self, text: str) -> Node:
        number = as_number(text)
        if "." in text or not (mixed := self._proper_fraction()):
            return number
        return Apply("+", (number, mixed))

    def _proper_fraction(self) -> Node | None:
        r"""The fraction of a mixed number, `1 1/2` or `1\\frac{1}{2}`; None where none follows, or it is no proper one."""
        start = self.at
        if self.took("frac") or (
            self.peek().kind == "number" and self.peek(1).text == "/" and self.peek(2).kind == "number"
        ):
            if self.peek().kind == "number" and self.peek(1).text == "/":
                top, _, bottom = as_number(self.take().text), self.take(), as_number(self.take().text)
                made: Node = Apply("/", (top, bottom))
            else:
                made = Apply("/", (self.argument(), self.argument()))
            if _is_proper(made):
                return made
        self.at = start
        return None

    def _symbol(self, name: str) -> Node:
        if self.took("_"):
            name += "_" + self.subscript()
        while self.took("'"):
            name += "'"
        letter = name.partition("_")[0].rstrip("'")
        at_nothing = [token.text for token in self.tokens[self.at : self.at + 3]] == ["(", "0", ")"]
        # Nobody multiplies by `(0)`: `I(0)` is a function's value.
        if (letter in _UNKNOWN_FUNCTIONS or at_nothing) and self.peek() == ("open", "("):
            self.take()
            inside = [self.expression()]
            while self.took(","):
                inside.append(self.expression())
            self.must(")")
            return Apply(f"{name}()", tuple(inside))
        return Symbol(name)

    def subscript(self) -> str:
        """The text of a subscript, which is a name and not calculated."""
        if not self.took("{"):
            return self.take().text
        texts = []
        while not self.took("}"):
            if self.peek().kind == "end":
                raise Unreadable("a subscript without an end")
            texts.append(self.take().text)
        named = worth(" ".join(texts)) if len(texts) == 1 else None  # a base in words
        return str(named[0]) if named and not named[1] else "".join(texts)

    def _accented(self, accent: str) -> Node:
        r"""`\bar{x}` is another name than `x`."""
        under = self.argument()
        if not isinstance(under, Symbol):
            raise Unreadable(f"{accent} over what is no letter")
        return self._symbol(f"{accent} {under.name}")

    def _function(self, name: str) -> Node:
        if name in ("sqrt", "cbrt"):
            return self._root(name)
        exponent: Node | None = None
        base: Node | None = None
        while self.peek().text in ("^", "_") and self.peek().kind == "op":
            if self.take().text == "^":
                exponent = self._exponent()
            else:
                base = self.argument()
        outer, self._angles = self._angles, name in _OF_ANGLES
        if base is None and self.peek() == ("open", "(") and self._holds_comma():
            inside = self._called()
        else:
            argument = self._function_argument()
            inside = (argument,) if base is None else (argument, base)
        self._angles = outer
        node: Node = Apply(name, inside)
        if exponent is None:
            return node
        if exponent == Number(Fraction(-1)):
            return Apply("arc" + name, inside)
        return Apply("^", (node, exponent))

    def _called(self) -> tuple[Node, ...]:
        """The arguments of a function as programs write them: `log(x, 2)`."""
        self.must("(")
        inside = [self.expression()]
        while self.took(","):
            inside.append(self.expression())
        self.must(")")
        return tuple(inside)

    def _root(self, name: str) -> Node:
        index: Node = Number(Fraction(3 if name == "cbrt" else 2))
        if self.took("["):
            index = self.expression()
            self.must("]")
        inside = self.argument()
        return Apply("root", (inside, index))

    def _function_argument(self) -> Node:
        """In brackets, or the product that follows up to a sign or another function: `sin 2x cos y` is two functions."""
        if self.peek() == ("open", "(") or self.peek() == ("open", "{"):
            return self._atom()
        node = self._signed_factor()
        while self.peek().kind in ("symbol", "number") or self.peek() == ("command", "frac"):
            node = Apply("*", (node, self._factor()))
        return node


def as_number(text: str) -> Number:
    """A number of digits and one point. Raises Unreadable where it is too long."""
    if len(text) > _MAX_DIGITS:
        raise Unreadable(f"a number of more than {_MAX_DIGITS} digits")
    return Number(Fraction(text), len(text.partition(".")[2]) if "." in text else None)


def _by_sign(sign: str, term: Node) -> Node:
    if sign == "+":
        return term
    return negative(term) if sign == "-" else Apply(sign, (term,))


def _is_proper(fraction: Node) -> bool:
    top, bottom = fraction.to if isinstance(fraction, Apply) else (fraction, fraction)
    return isinstance(top, Number) and isinstance(bottom, Number) and 0 < top.value < bottom.value


def _repeating(text: str) -> Number:
    r"""`31.\overline{6}`: the digits under the bar go on for ever."""
    before, digits = re.sub(r"[{}\s]", "", text).split("\\overline")
    whole, _, fixed = before.partition(".")
    if len(digits) + len(fixed) > _MAX_DIGITS:
        raise Unreadable("too many digits")
    repeated = Fraction(int(digits), (10 ** len(digits) - 1) * 10 ** len(fixed))
    return Number(Fraction(f"{whole or 0}.{fixed or 0}") + repeated)
