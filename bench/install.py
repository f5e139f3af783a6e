"""Installs the peers, pinned and hashed, into `.bench/`, apart from everything Lanewise uses."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / "bench" / "peers"
HOME = ROOT / ".bench"


class NotInstalledError(Exception):
    """A peer could not be installed; the message says which command failed and its last words."""


def litellm() -> Path:
    """The folder of an environment that has LiteLLM's proxy."""
    lock = PEERS / "litellm.lock"
    return python_environment("litellm", lock, ["--require-hashes", "-r", str(lock)])


def choose() -> Path:
    """The folder of an environment with every server and client that the decision record compares."""
    pins = PEERS / "choose.in"
    return python_environment("choose", pins, ["-r", str(pins)])


def pyspy() -> Path:
    """The folder of an environment that has the sampling profiler."""
    pins = PEERS / "pyspy.in"
    return python_environment("pyspy", pins, ["-r", str(pins)])


def python_environment(name: str, pins: Path, arguments: list[str]) -> Path:
    folder = HOME / name
    if is_current(folder, pins):
        return folder
    uv = Path(sys.executable).with_name("uv")
    run([str(uv), "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)])
    # Compiled as pip does it: left to itself LiteLLM was measured at 14 to 21 ms a request, and at 9 to 12 compiled.
    install = [str(uv), "pip", "install", "--quiet", "--compile-bytecode", "--python", str(folder / "bin" / "python")]
    run([*install, *arguments])
    mark(folder, pins)
    return folder


def portkey() -> Path:
    """The folder that has the Portkey gateway in its `node_modules`."""
    folder, pins = HOME / "portkey", PEERS / "portkey" / "package-lock.json"
    if is_current(folder, pins):
        return folder
    if not (shutil.which("npm") and shutil.which("node")):
        raise NotInstalledError("Portkey needs `node` (20 or newer) and `npm` on the PATH.")
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(PEERS / "portkey" / name, folder / name)
    run(["npm", "ci", "--silent"], cwd=folder)
    mark(folder, pins)
    return folder


def is_current(folder: Path, pins: Path) -> bool:
    stamp = folder / ".installed"
    return stamp.exists() and stamp.read_text() == digest(pins)


def mark(folder: Path, pins: Path) -> None:
    (folder / ".installed").write_text(digest(pins))


def digest(pins: Path) -> str:
    return hashlib.sha256(pins.read_bytes()).hexdigest()


def run(command: list[str], cwd: Path | None = None, env: dict[str, str] | None = None) -> None:
    try:
        subprocess.run(command, cwd=cwd, env=env, check=True, capture_output=True, text=True, timeout=600)
    except subprocess.CalledProcessError as error:
        raise NotInstalledError(f"{' '.join(command)} failed:\n{error.stdout[-1000:]}{error.stderr[-2000:]}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotInstalledError(f"{' '.join(command)} failed: {error}") from error
