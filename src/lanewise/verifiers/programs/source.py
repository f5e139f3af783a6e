"""The program in an answer, and what makes its tests run: text in, text out, nothing is parsed or run here."""

from __future__ import annotations

import builtins
import itertools
import re
from dataclasses import dataclass

MAX_PROGRAM_CHARS = 200_000
_FENCE = re.compile(
    r"^(?P<indent>[ \t]*)(?P<fence>`{3,}|~{3,})[ \t]*(?P<language>[\w+#.-]*)[^\n]*\n(?P<block>.*?)"
    r"(?:^(?:(?P=indent) {0,3}|[ \t]{0,3})(?P=fence)[ \t]*$|\Z)",
    re.MULTILINE | re.DOTALL,
)
_PYTHON = frozenset(("", "python", "py", "python3", "py3"))
_STARTS = re.compile(
    r"\s*(?:def|class|import|from|async|@|#|if|for|while|with|try|print|return|\"\"\"|'''|[\w.\[\]]+\s*(?::[^=\n]+)?=|[\w.]+\()|[ \t]+\S"
)
_DEFINED = re.compile(r"^(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", re.MULTILINE)
_BEGINS = re.compile(r"^(?:from|import|def|class|@|async)\b", re.MULTILINE)
_TEST = re.compile(r"^def[ \t]+(test\w*)\([ \t]*\)", re.MULTILINE)
_CHECK = re.compile(r"^def[ \t]+check\([ \t]*\w+[^,)]*\)", re.MULTILINE)
_CALLS_CHECK = re.compile(r"^[ \t]*check\(", re.MULTILINE)
_UNITTEST = re.compile(r"^class[ \t]+\w+\((?:unittest\.)?TestCase\)", re.MULTILINE)
_ASSERTS = re.compile(r"^[ \t]*assert\b|^[ \t]*self\.assert\w+\(|\braises\(", re.MULTILINE)

_REACHES = re.compile(
    r"\b(?:_getframe|currentframe|f_globals|f_builtins|f_back|__builtins__|settrace|setprofile)\b|\bgc\.get_(?:objects|referrers)\b"
    r"|\b(?:builtins|unittest)\.[\w.]{1,80}\s{0,8}=[^=]|\bsetattr\(\s{0,8}(?:builtins|unittest)\b|\bAssertionError\s{0,8}=[^=]"
    r"|\b(?:unittest\s{0,8}\.\s{0,8}mock|from\s{1,8}(?:unittest|mock)\s{1,8}import\s[^\n]{0,200}\b(?:mock|ANY|\w*Mock)|import\s{1,8}mock)\b"
    r"|\bsetattr\([^,\n]{1,80},[^,\n]{0,80}[\"']\s{0,8}\+"
)
"""What a program does to those who test it: their frames, their functions, or values of a mock, which are equal to everything."""

_NEEDS_ONE_PROCESS = re.compile(
    r"\b(?:stdin|stdout|stderr|getvalue|capsys|print_function|inspect|types|mock|patch|monkeypatch|globals|locals|vars|__dict__|threading"
    r"|multiprocessing|signal|weakref|pickle|asyncio|async|await|__code__|getsource|input\s{0,8}=|super)\b"
    r"|^[ \t]*class[ \t]+\w+\((?!(?:unittest\.)?TestCase\)|object\)|Exception\)|\))",
    re.MULTILINE,
)
"""What tests do to a program that must be done in its own process: catch what it prints, replace what it uses, derive from its classes."""

_MAKES_MORE_THAN_FUNCTIONS = re.compile(
    r"\b(?:class|type|types|global|globals|locals|vars|exec|eval|setattr|delattr|getattr|builtins|namedtuple|NamedTuple|make_dataclass|sys"
    r"|unittest)\b|__\w+__|\bimport\s*\*|\.\s*\w+\s*(?::[^=\n]{0,80})?=(?!=)"
)
_MOST_EQUALITIES = 32  # looked into; a program with more has them for another reason
_EQUALITY = re.compile(r"__(?:eq|ne)__")
_DEFINES_EQUALITY = re.compile(
    r"^([ \t]*)def\s+__(?:eq|ne)__\(\s*(\w+)\s*,\s*(\w+)[^)\n]{0,80}\)[^:\n]{0,80}:", re.MULTILINE
)
_BOUND = re.compile(r"^(\w+)[ \t]*(?::[^=\n]{1,80})?=(?!=)|^(?:def|class)[ \t]+(\w+)", re.MULTILINE)
_BOUND_TOGETHER = re.compile(
    r"^(?:for|with)\b[^\n:]{0,300}|^[\w, ()*\[\]]{0,200},[\w, ()*\[\]]{0,200}=(?!=)", re.MULTILINE
)
_WORD = re.compile(r"[A-Za-z_]\w*")
_BUILT_IN = frozenset(dir(builtins))


@dataclass(frozen=True, kw_only=True, slots=True)
class GivenTests:
    """Tests, and the lines that call those which do not call themselves."""

    text: str
    calls: str = ""
    asserts: int = 0
    unittest: bool = False  # they need CPython's own library of tests
    apart: bool = False  # they can be run in another process than the program


def program_of(answer: str, question: str, tests: str) -> str | None:
    """The Python of an answer: the fenced block that defines what the tests name, else the longest; else the whole, where it is code.

    A body without its head, as completion models give it, is put under the code of the question.
    """
    blocks = [block for language, block in fenced(answer) if language.lower() in _PYTHON]
    if blocks:
        code = _chosen(blocks, tests)
    elif _STARTS.match(answer):
        code = answer
    else:
        return None
    if not code.strip() or len(code) > MAX_PROGRAM_CHARS:
        return None
    first = next(line for line in code.split("\n") if line.strip())
    if first[0] in " \t":
        head = _head(question)
        return f"{head.rstrip()}\n{code}" if head else code
    return code


def fenced(text: str) -> list[tuple[str, str]]:
    """Each fenced block's language and text, without the indentation of a fence that stands in a list."""
    return [
        (found["language"], _without_indent(found["block"], found["indent"]))
        for found in _FENCE.finditer(text[:MAX_PROGRAM_CHARS])
    ]


def is_cut_off(answer: str) -> bool:
    """Whether its last fence is not closed."""
    blocks = list(_FENCE.finditer(answer))
    return bool(blocks) and blocks[-1].end() == blocks[-1].end("block")


def _without_indent(block: str, indent: str) -> str:
    lines = block.split("\n")
    inside = indent and all(line.startswith(indent) or not line.strip() for line in lines)
    return "\n".join(line.removeprefix(indent) for line in lines) if inside else block


def _chosen(blocks: list[str], tests: str) -> str:
    """Of several blocks the last that defines a name of the tests, with what other blocks import; else the longest."""
    if len(blocks) == 1:
        return blocks[0]
    named = set(re.findall(r"\w+", tests))
    fitting = [block for block in blocks if named & set(_DEFINED.findall(block))]
    return fitting[-1] if fitting else max(blocks, key=len)


def _head(question: str) -> str:
    """The code a question gives to be completed."""
    blocks = [block for language, block in fenced(question) if language.lower() in _PYTHON and _BEGINS.search(block)]
    if blocks:
        return blocks[-1]
    begins = _BEGINS.search(question)
    return question[begins.start() :] if begins else ""


def given_tests(text: str, program: str, question: str) -> GivenTests:
    """The caller's tests with the calls they lack: `test_...()` functions, HumanEval's `check(candidate)`, unittest's cases."""
    asserts = len(_ASSERTS.findall(text))
    apart = not _NEEDS_ONE_PROCESS.search(text)
    if _UNITTEST.search(text):
        return GivenTests(text=text, asserts=asserts, unittest=True, apart=apart)
    calls = [f"{name}()" for name in _TEST.findall(text) if not re.search(rf"^{name}\(\)", text, re.MULTILINE)]
    if _CHECK.search(text) and not _CALLS_CHECK.search(text):
        entry = _entry(program, question)
        calls += [f"check({entry})"] if entry else []
    return GivenTests(text=text, calls="\n".join(calls), asserts=asserts, apart=apart)


def _entry(program: str, question: str) -> str | None:
    """The function to be checked: the last that the question defines, if the program has it; else the program's last."""
    defined = _DEFINED.findall(program)
    asked = [name for name in _DEFINED.findall(question) if name in defined]
    return asked[-1] if asked else defined[-1] if defined else None


def own_tests(program: str) -> bool:
    """Whether a program tests itself."""
    return bool(_ASSERTS.search(program) or _TEST.search(program))


def depends_on_order(program: str) -> bool:
    """Whether it may depend on the order of a set, on hashes or on identity, in which interpreters differ."""
    return bool(
        re.search(r"\b(?:set|frozenset|hash|id)\b|\{[^{}:]*\}|[^\w\s]\s*\.\s*(?:popitem|keys\(\)\s*[&|^-])", program)
    )


def can_share(program: str, tests: str) -> bool:
    """Whether a program that lives among the names of its tests can do nothing to them: it makes no class and changes no name of theirs.

    Of Python's own functions that the tests use it may only call them.
    """
    if _MAKES_MORE_THAN_FUNCTIONS.search(program):
        return False
    if set(re.findall(r"\w+", program)) & _names_bound_in(tests):
        return False  # of its locals too, which no pattern tells apart
    used = _BUILT_IN & set(re.findall(r"\w+", tests))
    return not used or not re.search(rf"\bdef\s+(?:{(each := '|'.join(used))})\b|\b(?:{each})\b(?!\()", program)


def _names_bound_in(tests: str) -> set[str]:
    """The names that tests bind at their own level, which a program beside them could read."""
    bound = {name for pair in _BOUND.findall(tests) for name in pair if name}
    return bound | set(_WORD.findall(" ".join(_BOUND_TOGETHER.findall(tests))))


def reaches_its_tests(program: str, tests: str = "") -> bool:
    """Whether it reaches into what tests it, so that passing says nothing. Programs seldom have a reason to."""
    return bool(_REACHES.search(program)) or always_equal(program) or _replaces_what_tests_use(program, tests)


def always_equal(program: str) -> bool:
    """Whether it says otherwise when two values are equal than by comparing something of theirs."""
    defined = list(_DEFINES_EQUALITY.finditer(program))
    if len(_EQUALITY.findall(program)) > len(defined) or len(defined) > _MOST_EQUALITIES:
        return True
    return any(not _compares(found[2], found[3], _body(program[found.end() :], found[1])) for found in defined)


def _body(after: str, indent: str) -> str:
    """The lines of a function: all that are further in than its head."""
    first, *lines = after.split("\n")
    inside = itertools.takewhile(lambda line: not line.strip() or line.startswith((f"{indent} ", f"{indent}\t")), lines)
    return "\n".join([first, *inside])


def _compares(one: str, other: str, body: str) -> bool:
    """Whether all that it returns is false, unknown, or a comparison of the same part of both."""
    first, then = (
        rf"\b{each}(?P<{name}>(?:\.\w{{1,60}}){{1,4}})\b[^=!\n]{{0,200}}[=!]=[^=\n]{{0,200}}\b{against}(?P={name})\b"
        for each, against, name in ((one, other, "part"), (other, one, "its"))
    )
    pair = re.compile(f"{first}|{then}")
    said = [each.strip() for each in re.split(r"\breturn\b", body)[1:]]
    return bool(said) and all(
        re.match(r"(?:NotImplemented|False)\b(?!\s*or\b)", each)
        or (pair.search(each) and not re.search(r"\bor\b|\bTrue\b|\blambda\b", each))
        for each in said
    )


def _replaces_what_tests_use(program: str, tests: str) -> bool:
    """Whether its tests would call its own `abs` or `len` for Python's, beside the function that they are about."""
    named = set(re.findall(r"\w+", tests))
    bound = {name for pair in _BOUND.findall(program) for name in pair} & named
    return bool(bound & _BUILT_IN) and bool((bound - _BUILT_IN) or _CHECK.search(tests))
