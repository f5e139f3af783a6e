"""A verifier's options: what is written in the file, read as the type that the verifier declares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import yaml

from lanewise.config.mistakes import Path
from lanewise.config.sources import VerifierRow
from lanewise.core.policy import Deployment


class WrongOptions(Exception):
    """They cannot be read; `place` leads to the option from the verifier's name on, `problem` ends a sentence that begins with it."""

    def __init__(self, place: Path, problem: str) -> None:
        super().__init__(problem)
        self.place = place
        self.problem = problem


def read_options(row: VerifierRow, written: Mapping[str, Any], deployments: Mapping[str, Deployment]) -> msgspec.Struct:
    """The options as a value. Raises WrongOptions; names of deployments were checked before."""
    kinds = {each.encode_name: each.type for each in msgspec.structs.fields(row.options)}
    read = {
        name: deployments.get(value, value)
        if name in row.models and isinstance(value, str)
        else _plain(value)
        if _takes_anything(kinds.get(name))
        else value
        for name, value in written.items()
    }
    try:
        options: msgspec.Struct = msgspec.convert(read, row.options, strict=False)
    except msgspec.ValidationError as error:
        raise _told(str(error)) from None
    wrong = row.why_refused(options)
    if wrong:
        raise WrongOptions((), wrong)
    return options


def _takes_anything(kind: object) -> bool:
    """Whether a value is JSON of any shape, a schema for example: then it is read as YAML reads it."""
    return "object" in str(kind) or "Any" in str(kind)


def _plain(value: object) -> object:
    """Texts as what YAML takes them for: numbers, flags, nulls."""
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if not isinstance(value, str):
        return value
    try:
        read = yaml.safe_load(value)
    except yaml.YAMLError:
        return value
    return read if isinstance(read, bool | int | float) or (read is None and value) else value


def _told(message: str) -> WrongOptions:
    """Msgspec's words: `Expected int, got str - at $.most`."""
    problem, _, where = message.partition(" - at `")
    parts = where.rstrip("`").removeprefix("$").replace("[", ".[").split(".")
    place = tuple(int(part[1:-1]) if part[1:-1].isdigit() else part for part in parts if part)
    return WrongOptions(place, problem[0].lower() + problem[1:])
