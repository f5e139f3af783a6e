"""The steps from one schema to the next, which are alembic's revisions. Read `migrate` for when they are run.

Alembic takes most of a second to import; a start with nothing to migrate does without it, so it is loaded on use.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa

STEPS = Path(__file__).parent / "migrations"


class Steps:
    """All steps of a folder, the first one first."""

    def __init__(self, folder: Path = STEPS) -> None:
        from alembic.config import Config  # noqa: PLC0415 - see above
        from alembic.script import ScriptDirectory  # noqa: PLC0415 - see above

        self._config = Config()
        self._config.set_main_option("script_location", str(folder).replace("%", "%%"))
        self._config.set_main_option("path_separator", "os")
        scripts = list(ScriptDirectory.from_config(self._config).walk_revisions())[::-1]
        self._told = {script.revision: f"{script.revision}: {script.doc}" for script in scripts}

    def __contains__(self, schema: object) -> bool:
        return schema in self._told

    @property
    def head(self) -> str:
        """The schema that the last step leads to."""
        return list(self._told)[-1]

    def after(self, schema: str | None) -> Sequence[str]:
        """What is left to do from a schema on, as `0002: what it does`."""
        told = list(self._told.values())
        return told if schema is None else told[list(self._told).index(schema) + 1 :]

    def run(self, connection: sa.Connection, up_to: str = "head") -> None:
        """Run what is left, in the transaction that the connection is in."""
        from alembic.command import upgrade  # noqa: PLC0415 - see above

        self._config.attributes["connection"] = connection
        upgrade(self._config, up_to)
