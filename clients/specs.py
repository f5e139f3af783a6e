"""Descriptions of the APIs, as their owners publish them: data that is recorded elsewhere and never committed."""

from __future__ import annotations

import os
from pathlib import Path

from bench.install import NotInstalledError

from clients.install import ROOT

OPEN_RESPONSES = "openresponses-spec.json"
OPENAI = "openai-gateway-subset.json"


def spec(name: str) -> Path:
    """The file. Raises NotInstalledError where there is none."""
    data = Path(os.environ.get("LANEWISE_DATA") or ROOT.parent / "shared" / "data").resolve()
    file = data / "specs" / name
    if not file.exists():
        raise NotInstalledError(f"There is no {name!r} in the folder `specs` of LANEWISE_DATA, which is {str(data)!r}.")
    return file
