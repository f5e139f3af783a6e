"""`make clients`: real, unmodified clients through one real gateway process; writes docs/reference/clients.md.

`CLIENTS_SKIP` names environments to leave out, separated by commas; then the page stays as it is. Arguments do the opposite:
only these are driven.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

from bench.install import NotInstalledError

from clients.cases import CLIENTS, Client
from clients.drive import PASS, Driven, drive
from clients.page import PAGE, page
from clients.place import Place, place


async def main(only: list[str]) -> int:
    """Drive all, print what was seen, and write the page if nothing was left out and all is well."""
    skipped = os.environ.get("CLIENTS_SKIP", "").split(",")
    chosen = [each for each in CLIENTS if each.environment not in skipped and (not only or each.environment in only)]
    with tempfile.TemporaryDirectory() as folder:
        async with place(Path(folder)) as at:
            driven = [await _seen(client, at) for client in chosen]
    done = [each for each in driven if each is not None]
    if len(done) < len(chosen) or not all(each.passed for each in done):
        return 1
    if len(done) == len(CLIENTS):
        PAGE.write_text(page(done))
    return 0


async def _seen(client: Client, at: Place) -> Driven | None:
    begun = time.monotonic()
    try:
        driven = await drive(client, at)
    except NotInstalledError as error:
        print(f"{client.name}: not installed: {error}")
        return None
    passed = sum(word == PASS for word in driven.seen.values())
    print(f"{client.name} ({driven.version}): {passed} of {len(driven.seen)} in {time.monotonic() - begun:.0f} s")
    for (api, check, vendor), word in driven.seen.items():
        if word != PASS:
            print(f"  {api}, {check}, through {vendor}: {word}")
    return driven


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
