"""Where views are printed in tests."""

from __future__ import annotations

import io

from rich.console import RenderableType

from lanewise.operations.render import show


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(view: RenderableType, file: io.StringIO | None = None) -> str:
    file = file or io.StringIO()
    show(view, file)
    return file.getvalue()
