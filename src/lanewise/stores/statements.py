"""The store's SQL by name. It is written in `queries.sql`, where each statement begins with `-- name:` and says what it is for."""

from __future__ import annotations

import re
from importlib.resources import files

import sqlalchemy as sa

_NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


def _read() -> dict[str, sa.TextClause]:
    text = files("lanewise.stores").joinpath("queries.sql").read_text(encoding="utf-8")
    _, *parts = _NAME.split(text)
    return {name: sa.text(_without_comments(body)) for name, body in zip(parts[::2], parts[1::2], strict=True)}


def _without_comments(sql: str) -> str:
    return "\n".join(line for line in sql.splitlines() if not line.startswith("--")).strip().removesuffix(";")


#: Every statement of `queries.sql`, with `:name` for what is bound.
STATEMENTS = _read()
