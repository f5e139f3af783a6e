"""A repository as the rules of the house see it: its files, its parsed modules, its protocols and its plug-ins."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PROTOCOLS = "src/lanewise/core/protocols/"
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, kw_only=True, slots=True)
class Module:
    """One parsed Python file, its path relative to the repository."""

    path: str
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        """`core` of src/lanewise/core/money.py, `bootstrap` of src/lanewise/bootstrap/serve.py; empty outside the package."""
        parts = Path(self.path).with_suffix("").parts
        return parts[2] if parts[:2] == ("src", "lanewise") else ""

    @property
    def functions(self) -> Iterator[Function]:
        """Every function and method, nested ones too."""
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))

    @property
    def classes(self) -> Iterator[ast.ClassDef]:
        """Every class, nested ones too."""
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef))

    @property
    def identifiers(self) -> dict[str, int]:
        """Every name it uses or imports, with a line it stands on."""
        found: dict[str, int] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom):
                found |= {alias.name: node.lineno for alias in node.names}
            elif isinstance(node, ast.Name):
                found[node.id] = node.lineno
            elif isinstance(node, ast.Attribute):
                found[node.attr] = node.lineno
        return found


class House:
    """A repository, read once."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @cached_property
    def files(self) -> list[str]:
        """Every file that is, or could be, committed."""
        if (self.root / ".git").exists():
            command = ["git", "-C", str(self.root), "ls-files", "-co", "--exclude-standard"]
            listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
        else:
            listed = [str(path.relative_to(self.root)) for path in self.root.rglob("*")]
        return sorted({name for name in listed if (self.root / name).is_file()})

    @cached_property
    def modules(self) -> list[Module]:
        """Every Python file, parsed."""
        texts = {name: (self.root / name).read_text() for name in self.files if name.endswith(".py")}
        return [Module(path=name, text=text, tree=ast.parse(text, name)) for name, text in texts.items()]

    @cached_property
    def package(self) -> list[Module]:
        """The modules of the product itself."""
        return [module for module in self.modules if module.room]

    @cached_property
    def protocols(self) -> list[tuple[Module, ast.ClassDef]]:
        """What a plug-in can be."""
        doors = [module for module in self.package if module.path.startswith(PROTOCOLS)]
        return [(module, node) for module in doors for node in module.classes if is_protocol(node)]

    @cached_property
    def plugins(self) -> list[tuple[Module, ast.ClassDef, str]]:
        """Public classes outside core that have every method of a protocol, with that protocol's name."""
        return [
            (module, node, protocol.name)
            for module in self.package
            for node in module.classes
            for _, protocol in self.protocols
            if module.room != "core" and not node.name.startswith("_") and not is_protocol(node)
            if methods(protocol) <= methods(node)
        ]


def is_protocol(node: ast.ClassDef) -> bool:
    """Whether a class says it is a Protocol of `typing`; asyncio has classes of that name too."""
    return any(ast.unparse(base).split("[")[0] in ("Protocol", "typing.Protocol") for base in node.bases)


def methods(node: ast.ClassDef) -> set[str]:
    """The names of a class's own methods."""
    return {each.name for each in node.body if isinstance(each, Function)}


def lines_of(node: Function) -> int:
    """Lines of a function, its signature and docstring included."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def parameters_of(node: Function) -> int:
    """Parameters a caller passes. A click command has none: its parameters are its flags."""
    if any(ast.unparse(each).split("(")[0].endswith(".command") for each in node.decorator_list):
        return 0
    every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return sum(each.arg not in ("self", "cls") for each in every) + bool(node.args.vararg) + bool(node.args.kwarg)


def imports_of(node: ast.AST) -> list[tuple[str, int]]:
    """The modules imported somewhere inside a node, each with its line."""
    found: list[tuple[str, int]] = []
    for each in ast.walk(node):
        if isinstance(each, ast.ImportFrom):
            found.append((each.module or "", each.lineno))
        elif isinstance(each, ast.Import):
            found += [(alias.name, each.lineno) for alias in each.names]
    return found


def words_of(name: str) -> set[str]:
    """The words of a name in snake or camel case, in lower case and without a plural's s."""
    return {word.lower().removesuffix("s") for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}
