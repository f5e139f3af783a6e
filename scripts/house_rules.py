"""The rules of the house that ruff, mypy and import-linter cannot say. `make lint` runs them; each finding says what to do.

A rule is a function that yields (where, line, what to do); `where` is a file, or `file:name`. Exceptions stand in
`house_exceptions.toml`, each with its reason; one that is no longer needed is itself a finding, so the list can only shrink.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

from scripts.repository import PROTOCOLS, House, imports_of, is_protocol, lines_of, methods, parameters_of, words_of

Breach = tuple[str, int, str]
EXCEPTIONS = "scripts/house_exceptions.toml"
FILE_LINES, FUNCTION_LINES, PARAMETERS, PROTOCOL_METHODS = 400, 60, 6, 5
FORBIDDEN_WORDS = {"tier", "manager", "helper", "util", "handler", "service", "engine", "chain", "agent"}
# Third parties too slow to import before they are needed, each with the one file that may import it inside a function.
HEAVY = {
    "alembic": "src/lanewise/stores/migration_steps.py",
    "cryptography": "src/lanewise/server/certificate.py",
    "duckdb": "src/lanewise/operations/attribution_view.py",
    "onnxruntime": "src/lanewise/similarity/minilm.py",
    "usearch": "src/lanewise/similarity/nearest_graph.py",
}
WAIVER = re.compile(r"# (?:noqa: [A-Z0-9, ]+?|type: ignore\[[a-z, -]+\])\s*(?P<reason>(?:[-#(] ?)\w.*)?$")
BENT_COMMENT = re.compile(r"\s*[\])}][^#'\"]*?\s# (?!fmt:|noqa|type:)")
MACHINE_PATH = re.compile(r"(?<![\w./-])/(?:work|root|home/\w+|Users/\w+)/")


def file_size(house: House) -> Iterator[Breach]:
    for module in house.modules:
        if (lines := len(module.text.splitlines())) > FILE_LINES:
            yield module.path, 1, f"{lines} lines, at most {FILE_LINES}: split it by what it is about"


def function_size(house: House) -> Iterator[Breach]:
    for module in house.modules:
        for node in module.functions:
            if (lines := lines_of(node)) > FUNCTION_LINES:
                say = f"{node.name} has {lines} lines, at most {FUNCTION_LINES}: name a part of it and move it out"
                yield f"{module.path}:{node.name}", node.lineno, say


def parameters(house: House) -> Iterator[Breach]:
    for module in house.modules:
        for node in module.functions:
            if (given := parameters_of(node)) > PARAMETERS and not module.path.startswith("tests/"):
                say = f"{node.name} takes {given} parameters, at most {PARAMETERS}: pass a value that holds them"
                yield f"{module.path}:{node.name}", node.lineno, say


def protocol_size(house: House) -> Iterator[Breach]:
    for module in house.package:
        for node in module.classes:
            if is_protocol(node) and (many := len(methods(node))) > PROTOCOL_METHODS:
                say = f"{node.name} has {many} methods, at most {PROTOCOL_METHODS}: cut it in two, or make a capability data"
                yield f"{module.path}:{node.name}", node.lineno, say


def inner_import(house: House) -> Iterator[Breach]:
    for module in house.modules:
        if module.path.startswith("tests/"):
            continue
        for name, line in (found for function in module.functions for found in imports_of(function)):
            if HEAVY.get(name.split(".")[0]) != module.path:
                yield (
                    module.path,
                    line,
                    f"{name} is imported in a function: import it on top (in cli/ under `with late()`), or let bootstrap hand it in",
                )


def global_state(house: House) -> Iterator[Breach]:
    for module in house.modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Global):
                yield (
                    module.path,
                    node.lineno,
                    "`global` shares what nobody passed: keep it in an object that is handed in",
                )


def word(house: House) -> Iterator[Breach]:
    for module in house.modules:
        names = [(Path(module.path).stem, 1)] + [
            (node.name, node.lineno) for node in (*module.functions, *module.classes)
        ]
        for name, line in names:
            if hit := words_of(name) & FORBIDDEN_WORDS:
                yield f"{module.path}:{name}", line, f"{name!r} has the word {min(hit)!r}: use one of docs/glossary.md"


def empty_room(house: House) -> Iterator[Breach]:
    for module in house.package:
        room = module.path.removesuffix("__init__.py")
        if room != module.path and not any(
            other.path.startswith(room) for other in house.package if other is not module
        ):
            yield module.path, 1, "a package of nothing but __init__.py: add what it is for, or remove it"


def docstring(house: House) -> Iterator[Breach]:
    for module in house.package:
        if not ast.get_docstring(module.tree):
            yield module.path, 1, "no module docstring: say what it is for and what to read next"


def plug_in(house: House) -> Iterator[Breach]:
    for user in (module for module in house.package if module.room != "bootstrap"):
        names = user.identifiers
        for module, node, protocol in house.plugins:
            if node.name in names and user.room != module.room:
                say = f"names the plug-in {node.name}: take a {protocol} of core.protocols and let bootstrap/ inject it"
                yield f"{user.path}:{node.name}", names[node.name], say


def contract(house: House) -> Iterator[Breach]:
    suites = [module.identifiers for module in house.modules if module.path.startswith("tests/contracts/")]
    for module, node, protocol in [(module, node, node.name) for module, node in house.protocols] + house.plugins:
        if not any(protocol in suite and node.name in suite for suite in suites):
            names = " and ".join(dict.fromkeys([protocol, node.name]))
            yield (
                f"{module.path}:{node.name}",
                node.lineno,
                f"no contract suite: a file of tests/contracts/ must name {names}",
            )


def test_file(house: House) -> Iterator[Breach]:
    tests = [module.path for module in house.modules if Path(module.path).name.startswith("test_")]
    for module in house.package:
        stem = Path(module.path).stem
        if module.path.startswith(PROTOCOLS) or not any(module.functions):
            continue  # protocols have contract suites; a module without a function has nothing to run
        room = "tests" if module.path.count("/") == 2 else f"tests/{module.room}"
        name = module.path.split("/")[-2] if stem == "__init__" else stem.strip("_")
        wanted = re.compile(rf"{room}(/.*)?/test_(\w+_)?{name}(_\w+)?\.py")
        if not any(wanted.fullmatch(path) for path in tests):
            yield module.path, 1, f"no test file of its own: write {room}/test_{name}.py"


def test_name(house: House) -> Iterator[Breach]:
    first: dict[str, str] = {}
    for path in (module.path for module in house.modules if Path(module.path).name.startswith("test_")):
        other = first.setdefault(Path(path).name, path)
        if other != path:
            yield path, 1, f"{other} has this name too, and tests share one namespace: give it a name of its own"


def machine_path(house: House) -> Iterator[Breach]:
    for name, number, line in text_lines(house):
        if MACHINE_PATH.search(line):
            yield name, number, "a path of one machine: make it relative, or a setting"


def lock_address(house: House) -> Iterator[Breach]:
    for name, number, line in text_lines(house):
        if name.endswith((".lock", "package-lock.json")) and ("://" in line or "index-url" in line):
            yield name, number, "an address in a lock file: whoever installs chooses the registry; resolve anew"


def waiver(house: House) -> Iterator[Breach]:
    for module in house.package:
        for number, line in enumerate(module.text.splitlines(), start=1):
            found = WAIVER.search(line)
            if found and not found["reason"]:
                yield module.path, number, "a waiver without its reason: write it behind, as `# noqa: S311 - no secret`"


def bent_comment(house: House) -> Iterator[Breach]:
    for module in house.package:
        for number, line in enumerate(module.text.splitlines(), start=1):
            if BENT_COMMENT.match(line):
                yield (
                    module.path,
                    number,
                    "a comment behind a closing bracket, where the formatter put it: write it above the statement",
                )


def text_lines(house: House) -> Iterator[tuple[str, int, str]]:
    """Every line of every text file."""
    for name in house.files:
        try:
            text = (house.root / name).read_text()
        except UnicodeDecodeError:
            continue
        yield from ((name, number, line) for number, line in enumerate(text.splitlines(), start=1))


RULES: tuple[Callable[[House], Iterator[Breach]], ...] = (
    *(file_size, function_size, parameters, protocol_size, inner_import, global_state, word, empty_room, docstring),
    *(plug_in, contract, test_file, test_name, machine_path, lock_address, waiver, bent_comment),
)


def read_exceptions(root: Path) -> dict[tuple[str, str], str]:
    """The waived (rule, where) pairs with their reasons: a table per rule, a line per place."""
    file = root / EXCEPTIONS
    tables = tomllib.loads(file.read_text()) if file.exists() else {}
    waived = {(rule, where): reason for rule, table in tables.items() for where, reason in table.items()}
    if bare := [where for (_, where), reason in waived.items() if not reason.strip()]:
        raise SystemExit(f"{EXCEPTIONS}: write a reason for {', '.join(bare)}")
    return waived


def check(house: House) -> list[str]:
    """All breaches that no exception waives, and all exceptions that waive nothing."""
    waived, used, findings = read_exceptions(house.root), set(), []
    for rule in RULES:
        name = rule.__name__.replace("_", "-")
        for where, line, say in rule(house):
            if (name, where) in waived:
                used.add((name, where))
            else:
                findings.append(f"{where.split(':', maxsplit=1)[0]}:{line}: [{name}] {say}")
    stale = sorted(waived.keys() - used)
    return findings + [
        f"{EXCEPTIONS}: [{name}] the exception for {where} is not needed: remove it" for name, where in stale
    ]


def sizes(house: House) -> str:
    """How large the product's files and functions are: the size that 95 of 100 do not exceed."""
    files = sorted(len(module.text.splitlines()) for module in house.package)
    functions = sorted(lines_of(node) for module in house.package for node in module.functions)
    p95 = [values[min(len(values) - 1, len(values) * 95 // 100)] if values else 0 for values in (files, functions)]
    return f"{len(files)} files, p95 {p95[0]} lines; {len(functions)} functions, p95 {p95[1]} lines"


def main() -> int:
    """Check this repository."""
    house = House(Path(__file__).resolve().parent.parent)
    findings = check(house)
    print(*findings, sep="\n", end="\n" if findings else "")
    print(f"{len(findings)} findings, {len(read_exceptions(house.root))} exceptions; {sizes(house)}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
