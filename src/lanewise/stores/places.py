"""Places in a folder that gateways of one machine share: who finds one left takes over what waits in its spool."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from lanewise.core.clock import Clock
from lanewise.core.errors import StoreError
from lanewise.stores.address import PostgresStore, beside
from lanewise.stores.file_lock import FileLock
from lanewise.stores.ledger_rows import Entry, StoreDown
from lanewise.stores.ledger_thread import LedgerLimits, LedgerThread
from lanewise.stores.spool import waits_in


@dataclass(frozen=True, kw_only=True, slots=True)
class LeftPlace:
    """A place whose process is gone for certain, held by this one until it is left too."""

    process: str
    file: Path
    lock: FileLock

    def leave(self) -> None:
        """Nothing of it is left to be done."""
        with suppress(OSError):
            self.file.unlink(missing_ok=True)
        self.lock.release()


def take_left_places(store: PostgresStore, clock: Clock) -> list[LeftPlace]:
    """Every place that nobody holds and somebody did; what waited in its spool is written. Raises StoreError."""
    taken: list[LeftPlace] = []
    for file in sorted(store.folder.glob("lanewise-*.process")):
        place = file.name.removeprefix("lanewise-").removesuffix(".process")
        if not place.isdecimal() or int(place) == store.place:
            continue
        left = replace(store, place=int(place))
        lock = FileLock(beside(left, "lock"))
        if lock.take() is not None:
            continue
        try:
            write_spool(left, clock)
            taken.append(LeftPlace(process=file.read_text(), file=file, lock=lock))
        except FileNotFoundError:  # another one was quicker
            lock.release()
        except (OSError, StoreDown) as error:
            lock.release()
            for each in taken:
                each.lock.release()
            raise StoreError(f"What a gateway left in {str(store.folder)!r} has to wait: {error}") from error
    return taken


def write_spool(store: PostgresStore, clock: Clock) -> None:
    """Write what waits in the spool of a place that this process holds. Raises StoreDown, OSError."""
    spool = beside(store, "spool")
    if not spool.exists() or not waits_in(spool):
        return
    replaying = LedgerThread(store, clock, LedgerLimits(), _told_nobody)
    try:
        replaying.open()
    finally:
        replaying.close()


def _told_nobody(entries: Sequence[Entry], faults: Mapping[int, str]) -> None:
    """Nobody waits for rows that are only replayed."""
