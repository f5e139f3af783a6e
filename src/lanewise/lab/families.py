"""The families a workload is drawn from: each makes one request and, where there is one, its answer."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from lanewise.lab.grading import Expected, GradeKind
from lanewise.lab.programs import draw_hard_program, draw_program

_ONLY = ("", " Answer with only the number.", " Give the final answer on its own line.")
_NAMES = (
    "Anna Keller",
    "Omar Haddad",
    "Lucia Romano",
    "Ben Okafor",
    "Mei Tanaka",
    "Ivan Petrov",
    "Sara Lindgren",
    "Tom Baker",
)
_CITIES = ("Lisbon", "Vienna", "Oslo", "Krakow", "Dublin", "Seville", "Ghent", "Turin")
_PRODUCTS = ("desk lamp", "notebook", "water bottle", "phone stand", "rain jacket", "coffee grinder", "backpack")
_COMPANIES = ("Northwind Ltd", "Alder Inc", "Brightwater GmbH", "Copperfield LLC", "Delta Print Co")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_SHOP = (
    "You are the help desk of Fernwood, an online shop for household goods. Orders placed before 14:00 ship the same day. "
    "Standard delivery takes 2 to 4 working days and costs $4.90. Delivery is free from $60. Returns are accepted within 30 days. "
    "The warranty on electrical goods lasts 24 months. Our opening hours are Monday to Friday, 9:00 to 17:00. "
    "Gift cards never expire. Passwords can be reset from the sign-in page."
)
_SMALL_TALK = (
    "Hi there!",
    "Good morning, how are you?",
    "Thanks, that was very helpful.",
    "Could you suggest a name for a small bakery?",
    "What should I think about before buying a bicycle?",
    "Write a short birthday wish for a colleague called {name}.",
    "Any tips for a weekend in {city}?",
    "How do I keep basil alive indoors?",
)
_FAQ = (
    ("How long does standard delivery take?", ["2 to 4 working days"]),
    ("How much is the delivery fee, and when is delivery free?", ["60"]),
    ("Within how many days are returns accepted?", ["30 days"]),
    ("What are your opening hours?", ["9:00 to 17:00"]),
    ("How long is the warranty on electrical goods?", ["24 months"]),
    ("Do gift cards expire?", ["never expire"]),
    ("Where can passwords be reset?", ["sign-in page"]),
)
_EXTRACTOR = "You extract data. Reply with only a JSON object; dates as YYYY-MM-DD, amounts as numbers."


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """A request not yet numbered."""

    task: str
    difficulty: int
    prompt: str
    expected: Expected = None
    kind: GradeKind = "open"
    system: str | None = None


Family = Callable[[random.Random], Draft]


def decimal_text(value: Fraction, places: int) -> str:
    """An exact number rounded half up to a number of decimals."""
    scaled = abs(value) * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    text = str(whole).rjust(places + 1, "0")
    sign = "-" if value < 0 and whole else ""
    return f"{sign}{text[:-places]}.{text[-places:]}" if places else f"{sign}{text}"


def _number(value: Fraction | int, unit: str | None = None, places: int | None = None) -> dict[str, str | None]:
    value = Fraction(value)
    plain = f"{value.numerator}" if value.denominator == 1 else f"{value.numerator}/{value.denominator}"
    return {"value": plain if places is None else decimal_text(value, places), "unit": unit}


def small_talk(rng: random.Random) -> Draft:
    """Chat with nothing to check."""
    text = rng.choice(_SMALL_TALK).format(name=rng.choice(_NAMES).split()[0], city=rng.choice(_CITIES))
    return Draft(task="chat", difficulty=1, prompt=text)


def faq(rng: random.Random) -> Draft:
    """A question the system prompt answers."""
    question, facts = rng.choice(_FAQ)
    opening = rng.choice(("", "Hello, ", "Quick question: "))
    return Draft(task="faq", difficulty=1, prompt=opening + question, expected=facts, kind="mentions", system=_SHOP)


def summary(rng: random.Random) -> Draft:
    """A message to summarise; the order and the amount must survive."""
    order, amount = f"ORD-{rng.randint(10_000, 99_999)}", f"${rng.randint(20, 400)}.{rng.choice(('00', '50', '90'))}"
    name, city, product = rng.choice(_NAMES), rng.choice(_CITIES), rng.choice(_PRODUCTS)
    text = (
        f"Summarise this message in one or two sentences, keeping order number and amount:\n"
        f"Dear team. I hope you are well. Last week I bought a {product} for my sister. {name} from {city} here, about order {order}, "
        f"for which I paid {amount} by card. Sadly it arrived with a scratch. The box looked fine. I would like a replacement."
    )
    return Draft(task="summarize", difficulty=1, prompt=text, expected=[order, amount], kind="mentions")


def _day(rng: random.Random) -> tuple[str, str]:
    year, month, day = rng.randint(2025, 2027), rng.randint(1, 12), rng.randint(1, 28)
    written = rng.choice(
        (f"{day} {_MONTHS[month - 1]} {year}", f"{_MONTHS[month - 1]} {day}, {year}", f"{year}-{month:02d}-{day:02d}")
    )
    return written, f"{year}-{month:02d}-{day:02d}"


def extraction(rng: random.Random) -> Draft:
    """An order e-mail to read fields out of."""
    name, product = rng.choice(_NAMES), rng.choice(_PRODUCTS)
    email = f"{name.lower().replace(' ', '.')}@example.com"
    order, quantity = f"ORD-{rng.randint(10_000, 99_999)}", rng.randint(2, 12)
    written, date = _day(rng)
    total = Fraction(rng.randint(1_500, 45_000), 100)
    text = (
        f"Extract the fields name, email, order_number, date, total from the message below.\n\n"
        f"Hello, my name is {name}. On {written} I ordered {quantity} x {product} (order {order}). The total was "
        f"${decimal_text(total, 2)}, paid by card. Please write to {email} if anything is missing."
    )
    fields = {"name": name, "email": email, "order_number": order, "date": date, "total": float(total)}
    return Draft(task="extract", difficulty=2, prompt=text, expected=fields, kind="json", system=_EXTRACTOR)


def invoice(rng: random.Random) -> Draft:
    """A labelled invoice: the easiest reading there is."""
    number, company = f"INV-{rng.randint(1_000, 9_999)}", rng.choice(_COMPANIES)
    written, date = _day(rng)
    amount = Fraction(rng.randint(10_000, 900_000), 100)
    text = (
        "Extract the fields invoice_number, company, due_date, amount from this invoice.\n\n"
        f"Invoice number: {number}\nCompany: {company}\nDue date: {written}\nAmount: €{float(amount):,.2f}\nThank you for your order."
    )
    fields = {"invoice_number": number, "company": company, "due_date": date, "amount": float(amount)}
    return Draft(task="extract", difficulty=1, prompt=text, expected=fields, kind="json", system=_EXTRACTOR)


_CONVERSIONS: tuple[tuple[str, str, Fraction], ...] = (
    ("miles", "km", Fraction("1.609344")),
    ("kg", "pounds", 1 / Fraction("0.45359237")),
    ("km", "miles", 1 / Fraction("1.609344")),
    ("feet", "m", Fraction("0.3048")),
    ("gallons", "litres", Fraction("3.785411784")),
    ("hours", "minutes", Fraction(60)),
    ("inches", "cm", Fraction("2.54")),
    ("ounces", "g", Fraction("28.349523125")),
)


def conversion(rng: random.Random) -> Draft:
    """A unit conversion."""
    start, end, factor = rng.choice(_CONVERSIONS)
    amount = Fraction(rng.randint(2, 480), rng.choice((1, 2, 4, 10)))
    shown = decimal_text(amount, 2).rstrip("0").rstrip(".")
    ask = rng.choice(
        (
            f"Convert {shown} {start} to {end}",
            f"How many {end} are in {shown} {start}?",
            f"What is {shown} {start} in {end}?",
        )
    )
    end_mark = "" if ask.endswith("?") else "."
    prompt = f"{ask}{end_mark} Round to 2 decimal places."
    return Draft(task="convert", difficulty=1, prompt=prompt, expected=_number(amount * factor, end, 2), kind="number")


def temperature(rng: random.Random) -> Draft:
    """Fahrenheit to Celsius or back."""
    degrees = rng.randint(-20, 110)
    if rng.random() < 0.5:
        value, text, unit = Fraction(degrees - 32) * 5 / 9, f"Convert {degrees} °F to °C, to 1 decimal place.", "°C"
    else:
        value, text, unit = Fraction(degrees) * 9 / 5 + 32, f"Convert {degrees} °C to °F, to 1 decimal place.", "°F"
    return Draft(task="convert", difficulty=2, prompt=text, expected=_number(value, unit, 1), kind="number")


def easy_sum(rng: random.Random) -> Draft:
    """One or two operations on small numbers."""
    a, b, c = rng.randint(11, 99), rng.randint(3, 25), rng.randint(2, 60)
    kinds: tuple[tuple[str, Fraction], ...] = (
        (f"{a} * {b}", Fraction(a * b)),
        (f"{a} + {b} * {c}", Fraction(a + b * c)),
        (f"({a} - {b}) * 2", Fraction((a - b) * 2)),
        (f"{b}% of {a * 10}", Fraction(b * a * 10, 100)),
        (f"{a * b} / {b}", Fraction(a)),
    )
    text, value = rng.choice(kinds)
    ask = rng.choice(("What is {}?", "Please compute {}.", "Calculate {} for me.")).format(text)
    expected = _number(value, places=None if value.denominator == 1 else 1)
    return Draft(task="arithmetic", difficulty=1, prompt=ask + rng.choice(_ONLY), expected=expected, kind="number")


def shopping(rng: random.Random) -> Draft:
    """What several things cost, or the change from a note."""
    first, second = rng.sample(_PRODUCTS, 2)
    p, q = Fraction(rng.randint(150, 2_400), 100), Fraction(rng.randint(150, 2_400), 100)
    n, m = rng.randint(2, 9), rng.randint(2, 9)
    total = n * p + m * q
    name = rng.choice(_NAMES).split()[0]
    text = f"{name} buys {n} {first}s at ${decimal_text(p, 2)} each and {m} {second}s at ${decimal_text(q, 2)} each."
    if rng.random() < 0.5:
        note = 50 * (int(total) // 50 + 1)
        text += f" {name} pays with ${note}. How much change does {name} get?"
        total = note - total
    else:
        text += f" How much does {name} pay in total?"
    return Draft(task="word_problem", difficulty=3, prompt=text, expected=_number(total, places=2), kind="number")


def linear(rng: random.Random) -> Draft:
    """A linear equation with an integer root."""
    root, a, b, c = rng.randint(-12, 12), rng.randint(2, 9), rng.randint(-20, 20), rng.randint(-5, 5)
    c = c if c != a else c - 1
    d = a * root + b - c * root
    text = f"Solve for x: {a}x {_signed(b)} = {_term(c)}{_signed(d) if c else d}."
    return Draft(task="algebra", difficulty=3, prompt=text, expected={"x": [str(root)]}, kind="assignments")


def quadratic(rng: random.Random) -> Draft:
    """A quadratic equation with two different integer roots."""
    r, s = rng.sample([n for n in range(-9, 10) if n], 2)
    text = f"Find all real solutions of x^2 {_signed(-(r + s), 'x')} {_signed(r * s)} = 0."
    return Draft(task="algebra", difficulty=3, prompt=text, expected={"x": [str(r), str(s)]}, kind="assignments")


def long_sum(rng: random.Random) -> Draft:
    """Several operations in the right order."""
    a, b, c, d = rng.randint(101, 950), rng.randint(11, 99), rng.randint(3, 19), rng.randint(2, 9)
    kinds = (
        (f"({a} + {b}) * {c} - {d}^3", (a + b) * c - d**3),
        (f"{a} * {c} + {b} * {d} - {a - b}", a * c + b * d - (a - b)),
        (f"({a} - {b}) * ({c} + {d}) + {b}^2", (a - b) * (c + d) + b**2),
    )
    text, value = rng.choice(kinds)
    prompt = f"Evaluate {text}.{rng.choice(_ONLY)}"
    return Draft(task="arithmetic", difficulty=3, prompt=prompt, expected=_number(value), kind="number")


def big_product(rng: random.Random) -> Draft:
    """Products of large numbers, added up."""
    a, b, c, d = (rng.randint(1_200, 99_999) for _ in range(4))
    text = f"What is {a} * {b} + {c} * {d}? Answer with only the number."
    return Draft(task="arithmetic", difficulty=5, prompt=text, expected=_number(a * b + c * d), kind="number")


def system_of_three(rng: random.Random) -> Draft:
    """Three linear equations in x, y and z."""
    x, y, z = (rng.randint(-9, 9) for _ in range(3))
    while True:
        rows = [[rng.randint(-6, 6) for _ in range(3)] for _ in range(3)]
        if _determinant(rows) and all(all(row) for row in rows):
            break
    lines = [f"{a}x {_signed(b, 'y')} {_signed(c, 'z')} = {a * x + b * y + c * z}" for a, b, c in rows]
    text = "Solve the system of equations:\n" + "\n".join(lines)
    expected = {"x": [str(x)], "y": [str(y)], "z": [str(z)]}
    return Draft(task="algebra", difficulty=4, prompt=text, expected=expected, kind="assignments")


def _determinant(rows: list[list[int]]) -> int:
    (a, b, c), (d, e, f), (g, h, i) = rows
    return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)


def _signed(number: int, name: str = "") -> str:
    size = "" if name and abs(number) == 1 else str(abs(number))
    return f"{'-' if number < 0 else '+'} {size}{name}" if number or not name else "+ 0" + name


def _term(number: int) -> str:
    return f"{number}x " if number else ""


def program(rng: random.Random) -> Draft:
    """What a short program prints."""
    source, output = draw_program(rng)
    return _program_draft(source, output, 3)


def hard_program(rng: random.Random) -> Draft:
    """What a program with nested loops prints."""
    source, output = draw_hard_program(rng)
    return _program_draft(source, output, 5)


def _program_draft(source: str, output: str, difficulty: int) -> Draft:
    text = f"What does this Python program print?\n\n```python\n{source}\n```"
    return Draft(task="program", difficulty=difficulty, prompt=text, expected=output, kind="text")


SIMPLE: tuple[tuple[int, Family], ...] = (
    (16, small_talk),
    (14, faq),
    (10, summary),
    (12, extraction),
    (8, invoice),
    (10, conversion),
    (4, temperature),
    (16, easy_sum),
)
MEDIUM: tuple[tuple[int, Family], ...] = ((3, shopping), (3, linear), (3, quadratic), (3, long_sum), (3, program))
HARD: tuple[tuple[int, Family], ...] = ((2, big_product), (2, system_of_three), (2, hard_program))
