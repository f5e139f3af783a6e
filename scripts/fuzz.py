"""`python -m scripts.fuzz --seconds 60`: damaged bytes of all dialects for the wire code, until the time is over or something breaks.

What breaks is printed as a case that `tests/wire/fuzzing.py` can be given again. `--seed` makes a run the same as an earlier one.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from wire.fuzzing import drawn, holds


def main(arguments: list[str]) -> int:
    """Damage and read; 0 when everything held."""
    parser = argparse.ArgumentParser(prog="python -m scripts.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    asked = parser.parse_args(arguments)
    random, until, cases = Random(asked.seed), time.monotonic() + asked.seconds, 0
    while time.monotonic() < until:
        case = drawn(random)
        cases += 1
        try:
            holds(case)
        except Exception:  # noqa: BLE001 - whatever it is, it is what was looked for
            traceback.print_exc()
            print(f"seed {asked.seed}, case {cases}: {case!r}")
            return 1
    print(f"{cases:,} cases held in {asked.seconds:.0f} s (seed {asked.seed})")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
