"""`make clients`: real, unmodified clients and their makers' own tests through real gateway processes; writes docs/reference/clients.md.

`CLIENTS_SKIP` names environments to leave out, separated by commas; then the page stays as it is. Arguments do the opposite:
only these are run. What cannot be had is a failure, and its message says what it was.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

from bench.install import NotInstalledError

from clients.cases import Client
from clients.chosen import Chosen, UnknownEnvironmentError, chosen
from clients.drive import PASS, Driven, drive
from clients.page import PAGE, page
from clients.place import Place, place
from clients.suites import Row, Suite


async def main(what: Chosen) -> int:
    """Run all of it where everybody can be reached; the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        async with place(Path(folder)) as at:
            return await prove(what, at)


async def prove(what: Chosen, at: Place) -> int:
    """Run all, print what was seen, and write the page if nothing was left out and all is well; else 1."""
    driven = [await _driven(client, at) for client in what.clients]
    rows = [await _counted(suite, at) for suite in what.suites]
    done = [each for each in driven if each is not None]
    counted = [row for each in rows if each is not None for row in each]
    if None in driven or None in rows:
        return 1
    if not all(each.passed for each in done) or any(row.counted.failures for row in counted):
        return 1
    if what.whole:
        PAGE.write_text(page(done, counted))
    return 0


async def _driven(client: Client, at: Place) -> Driven | None:
    begun = time.monotonic()
    try:
        driven = await drive(client, at)
    except NotInstalledError as error:
        print(f"{client.name}: not installed ({_left_out(client.environment)}): {error}")
        return None
    passed = sum(word == PASS for word in driven.seen.values())
    print(f"{client.name} ({driven.version}): {passed} of {len(driven.seen)} in {time.monotonic() - begun:.0f} s")
    for (api, check, vendor), word in driven.seen.items():
        if word != PASS:
            print(f"  {api}, {check}, through {vendor}: {word}")
    return driven


async def _counted(suite: Suite, at: Place) -> list[Row] | None:
    begun = time.monotonic()
    try:
        rows = await suite.run(suite, at)
    except NotInstalledError as error:
        print(f"{suite.name}: could not be had ({_left_out(suite.environment)}): {error}")
        return None
    for row in rows:
        counted = row.counted
        print(
            f"{row.suite} ({row.version}), {row.subject}, through {row.vendor}: {counted.passed} passed, "
            f"{counted.refused} refused by a stated rule, {len(counted.failures)} failed"
        )
        for failure in counted.failures:
            print(f"  {failure}")
    print(f"{suite.name} took {time.monotonic() - begun:.0f} s")
    return rows


def _left_out(environment: str) -> str:
    return f"CLIENTS_SKIP={environment} goes on without"


if __name__ == "__main__":
    try:
        what = chosen(os.environ.get("CLIENTS_SKIP", ""), sys.argv[1:])
    except UnknownEnvironmentError as error:
        sys.exit(str(error))
    sys.exit(asyncio.run(main(what)))
