"""The one way in which commands import what takes long: `lanewise report --help` waits for no database driver.

    with late():
        from lanewise.operations import report, report_view

The modules named there are read from disk when something of them is first used. It is importlib's own `LazyLoader`; everything else
is imported as anywhere, and nothing in this room is imported inside a function.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType


@contextmanager
def late() -> Iterator[None]:
    """Modules of Lanewise that are imported meanwhile are loaded when they are used. Name modules, no names of theirs."""
    sys.meta_path.insert(0, _Late)
    try:
        yield
    finally:
        sys.meta_path.remove(_Late)


class _Late:
    """Finds modules as Python does, and puts off running them; of a package the door is run at once."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or spec.loader is None or spec.submodule_search_locations is not None:
            return spec
        spec.loader = LazyLoader(spec.loader)
        return spec
