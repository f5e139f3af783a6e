from __future__ import annotations

from pathlib import Path

import pytest

from cli.shells import Shell


@pytest.mark.parametrize(
    ("flags", "wrong"),
    [
        (["--dev", "--host", "0.0.0.0"], "--dev asks for no key, so it listens on loopback only"),
        (["--tls-cert", "cert.pem"], "--tls-cert and --tls-key go together"),
        (["--tls-cert", "nowhere.pem", "--tls-key", "cert.pem"], "'nowhere.pem' does not exist"),
        (["--port", "http"], "'http' is not a valid integer"),
    ],
)
def test_a_wrong_line_starts_nothing(flags: list[str], wrong: str, shell: Shell) -> None:
    Path("cert.pem").write_text("")
    said = shell("serve", *flags)
    assert (said.code, said.out) == (2, "")
    assert wrong in said.err
