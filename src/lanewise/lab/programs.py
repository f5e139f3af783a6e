"""Short programs with their output, which the same numbers give here without running the text."""

from __future__ import annotations

import random
from collections.abc import Callable

Drawn = tuple[str, str]
"""(source, what it prints)."""

_WORDS = ("harbour", "lantern", "meadow", "copper", "violet", "thunder", "marble", "willow")


def draw_program(rng: random.Random) -> Drawn:
    """A program with one loop."""
    return rng.choice(_SHORT)(rng)


def draw_hard_program(rng: random.Random) -> Drawn:
    """A program with nested loops or a long run."""
    return rng.choice(_LONG)(rng)


def _multiples(rng: random.Random) -> Drawn:
    top, step, factor = rng.randint(12, 40), rng.randint(2, 5), rng.randint(2, 6)
    source = (
        f"total = 0\nfor i in range(1, {top}):\n    if i % {step} == 0:\n        total += i * {factor}\n    else:\n"
        "        total -= 1\nprint(total)"
    )
    return source, str(sum(i * factor if i % step == 0 else -1 for i in range(1, top)))


def _doubling(rng: random.Random) -> Drawn:
    start, limit = rng.randint(2, 9), rng.randint(200, 900)
    source = f"n = {start}\nsteps = 0\nwhile n < {limit}:\n    n = n * 2 + 1\n    steps += 1\nprint(n, steps)"
    number, steps = start, 0
    while number < limit:
        number, steps = number * 2 + 1, steps + 1
    return source, f"{number} {steps}"


def _letters(rng: random.Random) -> Drawn:
    word, step = rng.choice(_WORDS), rng.choice((2, 3))
    source = (
        f'word = "{word}"\nout = ""\nfor i in range(0, len(word), {step}):\n    out = word[i].upper() + out\nprint(out)'
    )
    return source, word[::step].upper()[::-1]


def _squares(rng: random.Random) -> Drawn:
    numbers = [rng.randint(1, 30) for _ in range(6)]
    limit = rng.randint(8, 20)
    source = f"numbers = {numbers}\nkept = [n * n for n in numbers if n < {limit}]\nprint(len(kept), sum(kept))"
    kept = [n * n for n in numbers if n < limit]
    return source, f"{len(kept)} {sum(kept)}"


def _grid(rng: random.Random) -> Drawn:
    rows, columns, step = rng.randint(9, 16), rng.randint(9, 16), rng.randint(3, 6)
    source = (
        f"count = 0\ntotal = 0\nfor i in range({rows}):\n    for j in range({columns}):\n        if (i * j + i) % {step} == 1:\n"
        "            count += 1\n            total += i - 2 * j\nprint(count, total)"
    )
    hits = [(i, j) for i in range(rows) for j in range(columns) if (i * j + i) % step == 1]
    return source, f"{len(hits)} {sum(i - 2 * j for i, j in hits)}"


def _congruence(rng: random.Random) -> Drawn:
    a, c, m, seed, turns = (
        rng.randint(5, 25),
        rng.randint(3, 40),
        rng.randint(101, 997),
        rng.randint(1, 90),
        rng.randint(60, 120),
    )
    source = (
        f"def step(x):\n    return ({a} * x + {c}) % {m}\n\nx = {seed}\nbest = 0\nfor turn in range({turns}):\n    x = step(x)\n"
        "    if x % 2 == 0 and x > best:\n        best = x\nprint(x, best)"
    )
    x, best = seed, 0
    for _ in range(turns):
        x = (a * x + c) % m
        best = max(best, x) if x % 2 == 0 else best
    return source, f"{x} {best}"


def _bubbles(rng: random.Random) -> Drawn:
    items = [rng.randint(1, 99) for _ in range(9)]
    source = (
        f"items = {items}\nswaps = 0\nfor i in range(len(items)):\n    for j in range(len(items) - 1 - i):\n"
        "        if items[j] > items[j + 1]:\n            items[j], items[j + 1] = items[j + 1], items[j]\n            swaps += 1\n"
        "print(swaps, items[3], items[-2])"
    )
    swaps = sum(items[i] > items[j] for i in range(9) for j in range(i + 1, 9))
    ordered = sorted(items)
    return source, f"{swaps} {ordered[3]} {ordered[-2]}"


_SHORT: tuple[Callable[[random.Random], Drawn], ...] = (_multiples, _doubling, _letters, _squares)
_LONG: tuple[Callable[[random.Random], Drawn], ...] = (_grid, _congruence, _bubbles)
