"""Installs the clients, pinned and hashed, into `.clients/`, each in an environment of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from bench.install import NotInstalledError, is_current, mark, run

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "clients"
HOME = ROOT / ".clients"


def python_environment(name: str) -> Path:
    """The Python of an environment that has this client; `own` is the Python of the tests."""
    if name == "own":
        return Path(sys.executable)
    folder, lock = HOME / name, HERE / "locks" / f"{name}.lock"
    python = folder / "bin" / "python"
    if not is_current(folder, lock):
        uv = str(Path(sys.executable).with_name("uv"))
        run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)])
        run([uv, "pip", "install", "--quiet", "--python", str(python), "--require-hashes", "-r", str(lock)])
        mark(folder, lock)
    return python


def node_folder(name: str) -> Path:
    """The folder that has this client in its `node_modules`."""
    folder, pins = HOME / name, HERE / "node" / name
    lock = pins / "package-lock.json"
    if is_current(folder, lock):
        return folder
    if not (shutil.which("npm") and shutil.which("node")):
        raise NotInstalledError(f"{name} needs `node` (20 or newer) and `npm` on the PATH.")
    folder.mkdir(parents=True, exist_ok=True)
    for file in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(pins / file, folder / file)
    run(["npm", "ci", "--silent"], cwd=folder)
    mark(folder, lock)
    return folder


def python_versions(python: Path, packages: tuple[str, ...]) -> str:
    """What an environment has of these packages, asked of that environment."""
    code = "import sys, importlib.metadata as m; print(', '.join(f'{p} {m.version(p)}' for p in sys.argv[1:]))"
    asked = subprocess.run([str(python), "-c", code, *packages], check=True, capture_output=True, text=True)
    return asked.stdout.strip()


def node_versions(folder: Path, packages: tuple[str, ...]) -> str:
    """What a folder's `node_modules` has of these packages."""
    named = ((package, folder / "node_modules" / package / "package.json") for package in packages)
    return ", ".join(f"{package} {json.loads(file.read_text())['version']}" for package, file in named)
