"""The tests that an SDK's makers ship in its sdist, of the very version that is installed: fetched, hashed, and never committed."""

from __future__ import annotations

import os
import re
import tarfile
from pathlib import Path

from bench.install import NotInstalledError, is_current, mark, run

from clients import install


def sources_of(package: str, environment: str) -> Path:
    """The folder of a package's sources, as its makers packed them. Raises NotInstalledError, saying what could not be had."""
    lock = install.HERE / "locks" / f"{environment}.lock"
    python = install.python_environment(environment)
    folder = install.HOME / f"{environment}-sources"
    if not is_current(folder, lock):
        _fetch(package, python, pinned(package, lock.read_text()), folder)
        mark(folder, lock)
    unpacked = next(folder.glob("*/pyproject.toml"), None)
    if unpacked is None or not (unpacked.parent / "tests").is_dir():
        raise NotInstalledError(
            f"The sdist of {package} holds no tests; take a version that does, or skip {environment}."
        )
    return unpacked.parent


def pinned(package: str, lock: str) -> str:
    """A lock's lines on one package: its version and hashes."""
    lines = re.search(rf"^{re.escape(package)}==.*(?:\n    --hash=.*)+", lock, re.MULTILINE)
    if lines is None:
        raise NotInstalledError(f"The lock has no line `{package}==…` with hashes.")
    return lines.group() + "\n"


def _fetch(package: str, python: Path, line: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    requirements = folder / "requirements.txt"
    requirements.write_text(line)
    # Its metadata is read by its build backend, which is pinned in the environment like all the rest.
    alone = ["--no-deps", "--no-binary", package, "--no-build-isolation", "--require-hashes"]
    wanted = ["--dest", str(folder), "-r", str(requirements)]
    bare = {
        name: value for name, value in os.environ.items() if name != "PYTHONPATH"
    }  # it has folders of its own `tests`
    run([str(python), "-m", "pip", "download", "--quiet", *alone, *wanted], env=bare)
    for archive in folder.glob("*.tar.gz"):
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
