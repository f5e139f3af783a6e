"""`--simulate` is a policy of its own, for every command that has it."""

from __future__ import annotations

import pytest

from cli.shells import Shell


@pytest.mark.parametrize("command", ["budgets", "check", "serve"])
def test_a_policy_file_beside_it_is_refused(command: str, shell: Shell) -> None:
    said = shell(command, "--simulate", "--config", "a.yaml")
    assert (said.code, said.out) == (2, "")
    assert "--simulate has a policy of its own; leave --simulate or --config away" in said.err
