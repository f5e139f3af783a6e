"""`make lock`: resolve the dependencies of pyproject.toml anew into requirements/, and those of clients into clients/locks/, with hashes
and without any registry's address.

Versions already locked are kept where they still fit; `python scripts/lock.py --upgrade` takes the newest instead. Nothing is
written unless every lock was resolved and is clean.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {
    "uv": ["--group", "pyproject.toml:lock"],
    "runtime": ["pyproject.toml", "--all-extras"],
    "dev": [
        "pyproject.toml",
        "--all-extras",
        "--group",
        "test",
        "--group",
        "lint",
        "--group",
        "docs",
        "--group",
        "build",
        "--group",
        "lock",
    ],
}
#: Clients' environments that hold their makers' own tests: what they share with ours is of the version that ours has.
SAME_VERSIONS = "*-suite.in"
FLAGS = ["--universal", "--generate-hashes", "--no-emit-index-url", "--no-emit-find-links", "--no-header"]
ADDRESS = re.compile(r"\w+://|--(extra-)?index-url|--find-links")


def resolve(sources: list[str], lock: Path, extra: list[str]) -> None:
    """Have uv write one lock."""
    beside = Path(sys.executable).with_name("uv")
    uv = str(beside) if beside.exists() else shutil.which("uv")
    if uv is None:
        raise SystemExit("uv is not installed: run `make test` once, it sets the tools up")
    command = [
        uv,
        "pip",
        "compile",
        "--quiet",
        *sources,
        *FLAGS,
        *extra,
        "--python-version",
        "3.11",
        "--output-file",
        str(lock),
    ]
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        raise SystemExit(f"{lock.name} could not be resolved; nothing was changed")


def addresses(lock: Path) -> list[str]:
    """Lines that name where packages come from, which is for whoever installs to say."""
    lines = enumerate(lock.read_text().splitlines(), start=1)
    return [f"{lock.name}:{number}: {line.strip()}" for number, line in lines if ADDRESS.search(line)]


def main(arguments: list[str]) -> int:
    """Resolve all locks aside, look at them, then put them in place."""
    clients = ROOT / "clients" / "locks"
    with tempfile.TemporaryDirectory(dir=ROOT / "requirements", prefix=".") as folder:
        fresh = {name: Path(folder) / f"{name}.lock" for name in LOCKS}
        for name, lock in fresh.items():
            _anew(ROOT / "requirements" / lock.name, lock, LOCKS[name], arguments)
        theirs = {
            pins.with_suffix(".lock"): Path(folder) / f"{pins.stem}.lock" for pins in sorted(clients.glob("*.in"))
        }
        for old, lock in theirs.items():
            pins = old.with_suffix(".in")
            same = ["--constraint", str(fresh["dev"])] if pins.match(SAME_VERSIONS) else []
            # Notes on who wants what would name the folder of this very run.
            _anew(old, lock, [str(pins.relative_to(ROOT)), *same], ["--no-annotate", *arguments])
        made = {ROOT / "requirements" / lock.name: lock for lock in fresh.values()} | theirs
        if found := [line for lock in made.values() for line in addresses(lock)]:
            print("An address in a lock file; nothing was changed:", *found, sep="\n")
            return 1
        for old, lock in made.items():
            lock.replace(old)
    print("Resolved:", ", ".join(str(old.relative_to(ROOT)) for old in made))
    return 0


def _anew(old: Path, lock: Path, sources: list[str], arguments: list[str]) -> None:
    if old.exists():
        shutil.copy(old, lock)  # uv keeps the versions it finds in its output file
    resolve(sources, lock, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
