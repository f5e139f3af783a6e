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
        (["--tls-cert", "cert.pem", "--tls-key", "cert.pem"], "Name a certificate chain and its own private key"),
        (["--simulate", "--config", "lanewise.yaml"], "--simulate has a policy of its own"),
        (["--port", "http"], "'http' is not a valid integer"),
        (["--port", "70000"], "70000 is not in the range 0<=x<=65535"),
        (["--simulate", "--time-scale=-1"], "-1.0 is not in the range x>=0"),
    ],
)
def test_a_wrong_line_starts_nothing(flags: list[str], wrong: str, shell: Shell) -> None:
    Path("cert.pem").write_text("")
    said = shell("serve", *flags)
    assert (said.code, said.out) == (2, "")
    assert wrong in said.err
