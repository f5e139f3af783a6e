"""`make proof` believes only what ran: a skip, an error or nothing at all is a failure."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def proof(data: Path, folder: Path) -> tuple[int, list[str]]:
    """Run it on a folder of made-up tests, without this repository's plug-ins; the exit code and what was printed."""
    settings = folder / "pytest.ini"
    settings.write_text("[pytest]\nmarkers =\n    data: needs recorded data\n")
    done = subprocess.run(
        [sys.executable, "scripts/proof.py", str(folder), "-c", str(settings), "-q"],
        cwd=ROOT,
        env=os.environ | {"LANEWISE_DATA": str(data), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.splitlines()


PASSES = "import os, pathlib, pytest\n@pytest.mark.data\ndef test_a(): assert pathlib.Path(os.environ['LANEWISE_DATA']).is_dir()\n"


@pytest.mark.parametrize(
    ("more", "code", "counts"),
    [
        ("", 0, "1 passed, 0 failed, 0 skipped"),
        ("def test_unmarked(): assert False\n", 0, "1 passed, 0 failed, 0 skipped"),
        ("@pytest.mark.data\ndef test_b(): assert False\n", 1, "1 passed, 1 failed, 0 skipped"),
        ("@pytest.mark.data\ndef test_b(): pytest.skip('no file')\n", 1, "1 passed, 0 failed, 1 skipped"),
        (
            "@pytest.mark.data\n@pytest.mark.skip(reason='not now')\ndef test_b(): ...\n",
            1,
            "1 passed, 0 failed, 1 skipped",
        ),
        ("@pytest.mark.data\n@pytest.mark.xfail\ndef test_b(): assert False\n", 1, "1 passed, 1 failed, 0 skipped"),
        ("@pytest.mark.data\ndef test_b(absent_fixture): ...\n", 1, "1 passed, 1 failed, 0 skipped"),
        ("pytest.skip('whole file', allow_module_level=True)\n", 1, "0 passed, 0 failed, 1 skipped"),
        ("import absent_module\n", 1, "0 passed, 1 failed, 0 skipped"),
    ],
)
def test_proof_counts_and_fails_unless_everything_passed(more: str, code: int, counts: str, tmp_path: Path) -> None:
    (tmp_path / "test_made_up.py").write_text(PASSES + more)
    returned, printed = proof(tmp_path, tmp_path)
    assert printed[-1] == counts
    assert returned == code


def test_nothing_to_prove_is_not_a_proof(tmp_path: Path) -> None:
    (tmp_path / "test_made_up.py").write_text("def test_unmarked(): ...\n")
    code, printed = proof(tmp_path, tmp_path)
    assert code == 1
    assert printed[-1] == "0 passed, 0 failed, 0 skipped"


def test_absent_data_is_said(tmp_path: Path) -> None:
    code, printed = proof(tmp_path / "absent", tmp_path)
    assert code == 1
    assert "Set LANEWISE_DATA" in printed[0]
    assert printed[-1] == "0 passed, 0 failed, 0 skipped"
