"""A rule's words."""

from __future__ import annotations

import re

import msgspec

MAX_RULE_CHARS = 4_000

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\$?\d{1,30}(?:,\d{3})*(?:\.\d{1,30})?%?)|(?P<text>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign><=|>=|==|!=|<|>|=|\+|-|\*|/|\(|\)|\[|\]|,|\.|:))"
)


class WrongRule(ValueError):
    """A rule that cannot be read; the message shows where, and says what to write."""

    def __init__(self, rule: str, at: int, say: str) -> None:
        begin = max(0, at - 40)
        here = f"{'...' if begin else ''}{rule[begin:at]}>>>{rule[at : at + 40]}{'...' if len(rule) > at + 40 else ''}"
        super().__init__(f"at character {at + 1}, {' '.join(here.split())!r}: {say}")
        self.at = at


class Token(msgspec.Struct, frozen=True):
    """One word, number, text or sign. `kind` is `end` after the last one."""

    kind: str
    text: str
    at: int


def tokens(rule: str) -> list[Token]:
    """A rule cut into words. Raises WrongRule."""
    if len(rule) > MAX_RULE_CHARS:
        raise WrongRule(
            rule[:MAX_RULE_CHARS], 0, f"a rule has at most {MAX_RULE_CHARS} characters; write several rules"
        )
    found: list[Token] = []
    place = 0
    while place < len(rule.rstrip()):
        token = _TOKEN.match(rule, place)
        if token is None or token.lastgroup is None:
            at = place + len(rule[place:]) - len(rule[place:].lstrip())
            raise WrongRule(rule, at, _why(rule[at]))
        found.append(Token(token.lastgroup, token[token.lastgroup], token.start(token.lastgroup)))
        place = token.end()
    return [*found, Token("end", "", len(rule))]


def _why(char: str) -> str:
    if char in "\"'":
        return "this text has no closing quote"
    if char in "&|!":
        return "write `and`, `or`, `not`"
    return f"{char!r} has no meaning here"
