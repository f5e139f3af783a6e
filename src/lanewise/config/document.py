"""The file as a tree of texts that still knows where each key and value stood. No types yet: `schema.py` gives them."""

from __future__ import annotations

import pathlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import yaml

from lanewise.config.mistakes import Mistake, Path, dotted
from lanewise.core.errors import PolicyError

Data: TypeAlias = "str | list[Data] | dict[str, Data] | None"

_MAX_VALUES = 20_000  # aliases multiply: a small file can otherwise unfold into gigabytes
_REFERENCE = re.compile(r"\$\{[^{}\n]*\}")
_VARIABLE = re.compile(r"\$(?P<escaped>\$)?\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<default>:-[^{}\n]*)?\}")
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_STANDARD_TAG = re.compile(r"tag:yaml\.org,2002:\w+")
_SHIELD = 0xE000  # Unicode's private use area: YAML takes these characters as plain text
_SHIELDED = re.compile(f"[{chr(_SHIELD)}-{chr(_SHIELD + 127)}]")
_QUOTED = re.compile(r"\s*'[^'<]{4,}'")  # what YAML's own messages quote from the file may be a secret
_SECRET_KEYS = frozenset({"api_key", "headers"})
_LOOKS_SECRET = re.compile(
    r"(?i)\b(sk|xai|gsk|pk|key|bearer|aiza|lw)[-_ ][\w-]{6,}|AIza[\w-]{10,}|[\w+/=-]{32,}|://[^/@\s]*@"
)


def read_policy_file(file: pathlib.Path) -> str:
    """The file's text. Raises PolicyError where it cannot be read."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise PolicyError(f"Cannot read the policy file {str(file)!r}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise PolicyError(
            f"Cannot read the policy file {str(file)!r}: it is no UTF-8 from byte {error.start} on; save it as UTF-8"
        ) from error


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where something stands in the file, from 1."""

    line: int
    column: int


@dataclass(kw_only=True, slots=True)
class Document:
    """The file's content, and for each path where it stands and what was written there before substitution."""

    data: dict[str, Data] = field(default_factory=dict, repr=False)
    keys: dict[Path, Place] = field(default_factory=dict)
    values: dict[Path, Place] = field(default_factory=dict)
    written: dict[Path, str] = field(default_factory=dict, repr=False)
    mistakes: list[Mistake] = field(default_factory=list)
    # Refused with their own words; what refers to them is not told again.
    dropped: set[Path] = field(default_factory=set)

    def key_place(self, path: Path) -> Place:
        """Where the path's last key stands; its nearest parent's where it is not in the file."""
        for length in range(len(path), 0, -1):
            place = self.keys.get(path[:length]) or self.values.get(path[:length])
            if place is not None:
                return place
        return Place(line=1, column=1)

    def value_place(self, path: Path) -> Place:
        """Where the path's value stands; its nearest parent's where it is not in the file."""
        return self.values.get(path) or self.key_place(path)

    def shown(self, path: Path) -> str:
        """The value as written, fit for a message: variables unresolved, secrets and what looks like one left out; may be empty."""
        written = self.written.get(path)
        if written is None or _SECRET_KEYS.intersection(map(str, path)):
            return ""
        if _LOOKS_SECRET.search(written):
            return "the value"
        return repr(written if len(written) <= 60 else written[:57] + "...")

    def is_empty(self, path: Path) -> bool:
        """Whether a key stands there with nothing behind it."""
        return self.written.get(path) == ""

    def at_value(self, path: Path, problem: str, remedy: str) -> None:
        """Note a mistake in a value; the problem is the end of a sentence that begins with it."""
        place = self.value_place(path)
        shown = self.shown(path)
        text = f"{shown} {problem}" if shown else problem
        self.mistakes.append(
            Mistake(line=place.line, column=place.column, key=dotted(path), problem=text, remedy=remedy)
        )

    def at_key(self, path: Path, problem: str, remedy: str) -> None:
        """Note a mistake in a key."""
        place = self.key_place(path)
        self.mistakes.append(
            Mistake(line=place.line, column=place.column, key=dotted(path), problem=problem, remedy=remedy)
        )

    def table(self, *path: str) -> dict[str, Data]:
        """The mapping at a path; empty where there is none, or something else."""
        current: Data = self.data
        for part in path:
            current = current.get(part) if isinstance(current, dict) else None
        return current if isinstance(current, dict) else {}


def read_document(text: str, environment: Mapping[str, str]) -> Document:
    """Read YAML and put in the environment's values. What is wrong is noted in the document, never raised."""
    document = Document()
    if _SHIELDED.search(text):
        document.at_value((), "holds a character of Unicode's private use area", "Write it as plain text.")
        return document
    try:
        # Shielding keeps columns as they are and lets `{api_key: ${NAME}}` be read, which bare YAML refuses.
        root = yaml.compose(_REFERENCE.sub(lambda match: _shield(match[0]), text), Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problem = _QUOTED.sub("", error.problem or "it cannot be read")
        document.mistakes.append(_syntax_mistake(place, problem))
    except yaml.YAMLError:
        document.mistakes.append(_syntax_mistake((1, 1), "it holds characters that YAML does not allow"))
    except RecursionError:
        document.mistakes.append(_syntax_mistake((1, 1), "it is nested too deeply"))
    else:
        _Reader(document, environment).read(root)
    return document


def _syntax_mistake(place: tuple[int, int], problem: str) -> Mistake:
    return Mistake(
        line=place[0],
        column=place[1],
        key="",
        problem=f"this is not YAML: {problem}",
        remedy="Check indentation, colons and quotes here and on the line before.",
    )


def _shield(text: str) -> str:
    return "".join(chr(_SHIELD + ord(letter)) if ord(letter) < 128 else letter for letter in text)


def _unshield(text: str) -> str:
    return _SHIELDED.sub(lambda match: chr(ord(match[0]) - _SHIELD), text)


class _Reader:
    """Walks YAML's nodes once, filling the document."""

    def __init__(self, document: Document, environment: Mapping[str, str]) -> None:
        self._document = document
        self._environment = environment
        self._open: set[int] = set()
        self._left = _MAX_VALUES

    def read(self, root: yaml.Node | None) -> None:
        if root is None:
            return
        data = self._value(root, ())
        if isinstance(data, dict):
            self._document.data = data
        elif data is not None:
            self._document.at_value((), "is not a policy", "Write `key: value` lines, beginning with `providers:`.")

    def _value(self, node: yaml.Node, path: Path) -> Data:
        self._document.values.setdefault(path, _place(node))
        self._left -= 1
        if self._left < 0 or id(node) in self._open:
            if self._left >= -1:
                self._document.at_value(path, "unfolds without end", "Remove the alias that refers to itself.")
            return None
        if not _STANDARD_TAG.fullmatch(node.tag):
            self._document.at_value(path, "has a tag", "Remove the tag: a policy is plain data.")
            return None
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                return [self._value(child, (*path, index)) for index, child in enumerate(node.value)]
            return self._mapping(node, path)
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: yaml.Node, path: Path) -> dict[str, Data]:
        data: dict[str, Data] = {}
        merged: dict[str, Data] = {}
        for key_node, value_node in node.value:
            name = _unshield(key_node.value) if isinstance(key_node, yaml.ScalarNode) else ""
            here = (*path, name)
            if key_node.tag == "tag:yaml.org,2002:merge":
                merged = self._merge(value_node, path) | merged
                continue
            if name in data:
                first = self._document.keys[here].line
                self._document.keys[here] = _place(key_node)
                self._document.at_key(here, f"is written twice (first on line {first})", "Keep one of the two.")
                continue
            self._document.keys[here] = _place(key_node)
            if not name or "${" in name:
                self._document.at_key(here, "is not a key", "Write a plain name; variables stand in values only.")
                continue
            self._document.values.pop(here, None)  # a merged value of the same name is overridden
            data[name] = self._value(value_node, here)
        return merged | data

    def _merge(self, node: yaml.Node, path: Path) -> dict[str, Data]:
        sources = node.value if isinstance(node, yaml.SequenceNode) else [node]
        merged: dict[str, Data] = {}
        for source in reversed(sources):
            if not isinstance(source, yaml.MappingNode):
                self._document.at_key((*path, "<<"), "merges what is not a mapping", "Refer to an anchored mapping.")
                continue
            unfolded = self._value(source, path)
            if isinstance(unfolded, dict):
                merged |= unfolded
        return merged

    def _scalar(self, node: yaml.ScalarNode, path: Path) -> Data:
        written = _unshield(node.value)
        self._document.written[path] = written
        if node.style is None and written in _NULLS:
            return None
        value = _VARIABLE.sub(lambda match: self._variable(match, path), written)
        if "${" in _VARIABLE.sub("", written):
            self._document.at_value(
                path,
                "holds a variable that cannot be read",
                "Write ${NAME} or ${NAME:-default}, or $${ for a plain ${.",
            )
        return value

    def _variable(self, match: re.Match[str], path: Path) -> str:
        if match["escaped"]:
            return match[0][1:]
        value = self._environment.get(match["name"], "")
        if value:
            return value
        if match["default"] is not None:
            return match["default"][2:]
        self._document.at_value(
            path,
            f"needs the environment variable {match['name']}, which is not set",
            f"Set it (export {match['name']}=...), or write ${{{match['name']}:-default}}.",
        )
        return ""


def _place(node: yaml.Node) -> Place:
    return Place(line=node.start_mark.line + 1, column=node.start_mark.column + 1)
