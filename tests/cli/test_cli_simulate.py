from __future__ import annotations

import re
import socket

from cli.shells import Shell


def test_it_stops_by_itself_and_announces_one_document(shell: Shell) -> None:
    said = shell("simulate", "--port", "0", "--max-seconds", "0", "--json")
    assert said.code == 0
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", said.json["base_url"])
    assert "Simulated vendors on http://127.0.0.1:" in shell("simulate", "--port", "0", "--max-seconds", "0").out


def test_a_port_that_is_taken_is_told_with_what_to_do(shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        said = shell("simulate", "--port", str(port))
    assert (said.code, said.out) == (1, "")
    assert (
        f"Cannot listen on 127.0.0.1:{port}: Address already in use. Stop what does, or name another port" in said.err
    )
