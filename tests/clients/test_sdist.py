"""What is fetched of an SDK is the very version of its lock, by its hashes."""

from __future__ import annotations

import pytest
from bench.install import NotInstalledError
from clients.install import HERE
from clients.sdist import pinned

LOCK = "open==1\n    --hash=sha256:x\nopenai==3.52.0 \\\n    --hash=sha256:a \\\n    --hash=sha256:b\nother==2 \\\n    --hash=sha256:c\n"


def test_a_package_s_lines_are_found_with_all_hashes() -> None:
    assert pinned("openai", LOCK) == "openai==3.52.0 \\\n    --hash=sha256:a \\\n    --hash=sha256:b\n"


@pytest.mark.parametrize(("package", "environment"), [("openai", "openai-suite"), ("anthropic", "anthropic-suite")])
def test_they_stand_in_the_locks(package: str, environment: str) -> None:
    assert "--hash=sha256:" in pinned(package, (HERE / "locks" / f"{environment}.lock").read_text())


def test_a_package_that_is_not_there_is_named() -> None:
    with pytest.raises(NotInstalledError, match="no line `anthropic==…`"):
        pinned("anthropic", LOCK)
