from __future__ import annotations

import re

from cli.shells import Shell


def test_it_stops_by_itself_and_announces_one_document(shell: Shell) -> None:
    said = shell("simulate", "--port", "0", "--max-seconds", "0", "--json")
    assert said.code == 0
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", said.json["base_url"])
    assert "Simulated vendors on http://127.0.0.1:" in shell("simulate", "--port", "0", "--max-seconds", "0").out
