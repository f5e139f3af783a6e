"""Cuts a mathematical answer, LaTeX or plain, into tokens. What it does not know is a word, and never left out."""

from __future__ import annotations

import re
from typing import NamedTuple

from lanewise.verifiers.maths.written import MAX_CHARS
from lanewise.verifiers.reading.latex import restored


class Unreadable(Exception):
    """It is not mathematics that is understood here."""


class Token(NamedTuple):
    """`kind` is number, symbol, function, command, op, relation, separator, open, close, words or mark."""

    kind: str
    text: str


# ruff: noqa: RUF001 - the signs that models write
_SIGNS = {
    "−": "-", "–": "-", "‐": "-", "‑": "-", "﹣": "-", "－": "-", "×": "*", "·": "*", "⋅": "*", "∙": "*", "÷": "/",
    "⁄": "/", "√": r"\sqrt ", "∛": r"\cbrt ", "π": r"\pi ",
    "∞": r"\infty ", "≤": r"\le ", "≥": r"\ge ", "≠": r"\ne ", "≈": r"\approx ", "±": r"\pm ", "∓": r"\mp ", "∪": r"\cup ",
    "∈": r"\in ", "°": r"^\circ ", "∘": r"\circ ", "’": "'", "′": "'", "½": r"\frac{1}{2}", "¼": r"\frac{1}{4}", "¾": r"\frac{3}{4}",
    "⅛": r"\frac{1}{8}", "⅜": r"\frac{3}{8}", "⅝": r"\frac{5}{8}", "⅞": r"\frac{7}{8}",
    "⅓": r"\frac{1}{3}", "⅔": r"\frac{2}{3}", "α": r"\alpha ", "β": r"\beta ", "γ": r"\gamma ", "δ": r"\delta ", "θ": r"\theta ",
    "λ": r"\lambda ", "μ": r"\mu ", "φ": r"\phi ", "ω": r"\omega ", "σ": r"\sigma ", "\u00a0": " ", "\u202f": " ", "\u2009": " ",
    "，": ",", "（": "(", "）": ")",
}  # fmt: skip
_SIGN = str.maketrans(_SIGNS)
_RAISED = {
    "⁰": "0",
    "¹": "1",
    "²": "2",
    "³": "3",
    "⁴": "4",
    "⁵": "5",
    "⁶": "6",
    "⁷": "7",
    "⁸": "8",
    "⁹": "9",
    "⁻": "-",
    "ⁿ": "n",
}
_LOWERED = {"₀": "0", "₁": "1", "₂": "2", "₃": "3", "₄": "4", "₅": "5", "₆": "6", "₇": "7", "₈": "8", "₉": "9"}
_RAISED_RUN = re.compile(f"[{''.join(_RAISED)}]+")
_LOWERED_RUN = re.compile(f"[{''.join(_LOWERED)}]+")
_SIZES = re.compile(
    r"\\(?:left|right|[bB]igg?[lrm]?|displaystyle|textstyle|limits|nolimits|phantom\{[^{}]*\})(?![a-zA-Z])\.?"
)
_SPACES = re.compile(
    r"(?<!\\)\\[,;:!> ]|\\(?:q?quad|(?:neg)?(?:thin|med|thick)space)(?![a-zA-Z])|~"
    r"|\\(?:hspace|vspace)\*?\{[^{}]*\}|&(?=\s*[=<>])|(?<!\\)\\n(?![a-zA-Z])"
)
_FONTS = re.compile(r"\\(?:mathrm|mathbf|mathit|boldsymbol|operatorname|mathsf|bf|rm)\s*\{([^{}]*)\}")
_TEXT = re.compile(r"\\(?:text|mbox|textbf|textit|textrm|mathtext|hbox)\s*\{([^{}]*)\}")
_MODULUS = re.compile(r"\\p?(?:mod|bmod)\s*(?:\{[^{}]*\}|\d+)|\(\s*mod\s+\w+\s*\)")
_THOUSANDS = re.compile(r"(?<![\d.])([1-9]\d{0,2}(?:(?:,|\{,\}|,\\!\s?|\\,)\d{3})+)(?!\d)")
_PARTED = re.compile(r"^(\W*[1-9]\d{0,2})((?: \d{3})+)(?!\d|\s*[\d/])")
_ROW_GAP = re.compile(r"\\\\\s?\[\d{1,3}(?:pt|ex|em|mm)\]")
_ORDINAL = re.compile(r"(?<![\w.])(\d+)(?:st|nd|rd|th)\b")
_TOKEN = re.compile(
    r"(?P<repeating>\d*\.\d*\\overline\s*\{?\d+\}?)|(?P<number>(?:\d+\.\d+|\.\d+|\d+)(?:[eE][+-]?\d{1,3}(?![\w.]))?)|(?P<text>\ue000[^\ue001]*\ue001)"
    r"|(?P<command>\\[a-zA-Z]+|\\\\|\\.)|(?P<dots>\.{3,}|…)|(?P<letters>[A-Za-z][A-Za-z\u00c0-\u024f]*)"
    r"|(?P<script>[\u00c0-\u024f\u0400-\u04ff\u0590-\u06ff\u0900-\u0dff\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+)"
    r"|(?P<relation><=|>=|!=|==|=|<|>|~)"
    r"|(?P<op>\*\*|[-+*/^_!%:|&'])|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<separator>[,;])|(?P<space>\s+)|(?P<other>.)",
    re.DOTALL,
)
FUNCTIONS = frozenset(
    re.findall(
        r"\S+",
        "sin cos tan cot sec csc arcsin arccos arctan asin acos atan sinh cosh tanh log ln lg exp sqrt cbrt abs floor ceil gcd "
        "lcm factorial binomial",
    )
)
_GREEK = frozenset(
    re.findall(
        r"\S+",
        "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi rho sigma tau phi varphi "
        "chi psi omega Gamma Delta Theta Lambda Xi Sigma Phi Psi Omega ell",
    )
)
_RELATIONS = {
    "le": "<=", "leq": "<=", "leqslant": "<=", "ge": ">=", "geq": ">=", "geqslant": ">=", "lt": "<", "gt": ">", "ne": "!=", "neq": "!=",
    "approx": "~", "sim": "~", "equiv": "=", "in": "in", "==": "=", "to": "=", "rightarrow": "=",
}  # fmt: skip
_COMMANDS = {"cdot": "*", "times": "*", "ast": "*", "div": "/", "pm": "pm", "mp": "mp", "cup": "cup", "colon": ":"}
_SIZED = dict.fromkeys(("dfrac", "tfrac", "cfrac"), "frac") | dict.fromkeys(("dbinom", "tbinom"), "binom")
_CONSTANTS = {"pi": "pi", "infty": "oo", "infinity": "oo", "inf": "oo", "oo": "oo"}
_SHORT_WORDS = frozenset(
    re.findall(
        r"\S+",
        "cm mm km kg mg ml ft mi hr lb oz in yd sq am pm no yes of is to the per for its are was not all sec min hrs lbs mph "
        "kph inch feet foot mile day men boy way one two six ten odd he she we his her him has had can got get you but so "
        "USD EUR GBP CNY RMB JPY CHF INR AUD CAD yen won usd eur "
        "psi rpm bpm dpi fps kwh mol rad deg cal khz mhz ghz gal ppm",
    )
)
#: Words after a number that make it another one, a bound, or no answer.
CHANGES = frozenset(
    re.findall(
        r"\S+",
        "hundred thousand million billion trillion dozen half halves third thirds quarter quarters fifth squared cubed times "
        "plus minus root and or is are was not wrong incorrect false than more less fewer least most remainder factorial "
        "hundreds thousands millions billions lakh lakhs crore crores below point fourth fourths fifths sixth sixths seventh "
        "sevenths eighth eighths ninth ninths tenth tenths hundredth hundredths thousandth thousandths rejected extraneous "
        "invalid impossible instead rather mod modulo tausend mille mil millionen millones milhões milhão milioni milliarden milliards "
        "miliardi",
    )
)
#: The same in other scripts: numbers in words, and what makes a number another one.
CHANGES_ABROAD = re.compile(
    "[零一二三四五六七八九十百千万亿兆萬億半分倍多余約约未超以不非或和与與至到割]|くらい|ほど|ではな|이상|이하|미만|정도|만|억|천|백|тыс|милл|млн|млрд|половин|четверт|трет|не\\b|или|"
    "ألف|مليون|नहीं|हज़ार|हजार|लाख|करोड़|आधा"
)
_SEPARATING = {"and": ",", "or": "or", ",": ",", "or,": "or", ", and": ",", "; and": ","}


def plain(text: str) -> str:
    """LaTeX without what is only for the eye; signs of other alphabets as commands; thousands without commas."""
    text = restored(text)[0].translate(_SIGN)
    if r"\begin" not in text:
        text = re.sub(r"\\\\(?=[a-zA-Z{}])", r"\\", text)  # escaped twice, as inside JSON
    text = _ROW_GAP.sub(r"\\\\", text)
    text = _RAISED_RUN.sub(lambda found: "^{" + "".join(_RAISED[each] for each in found.group()) + "}", text)
    text = _LOWERED_RUN.sub(lambda found: "_{" + "".join(_LOWERED[each] for each in found.group()) + "}", text)
    text = re.sub(r"\\\$|\$|\\\(|\\\)|\\\[|\\\]|[€£¥₹₩]", " ", text).replace(r"\%", "%").replace("`", "")
    text = _ORDINAL.sub(r"\1", _SIZES.sub("", text))
    text = _without_thousands(text)
    text = _MODULUS.sub(" ", _SPACES.sub(" ", text))
    text = _FONTS.sub(r"\1", text)
    return _TEXT.sub("\ue000\\1\ue001", text)


def tokens(text: str) -> list[Token]:
    """Tokens of a text. Raises Unreadable where it is too long or has a sign nobody knows."""
    if len(text) > MAX_CHARS:
        raise Unreadable(f"longer than {MAX_CHARS} characters")
    found: list[Token] = []
    for each in _TOKEN.finditer(plain(text)):
        kind = each.lastgroup or "other"
        if kind == "space":
            continue
        found += _made(kind, each.group())
    return found


def _made(kind: str, text: str) -> list[Token]:
    if kind in ("repeating", "number", "open", "close", "separator"):
        return [Token(kind, text)]
    if kind == "relation":
        return [Token(kind, _RELATIONS.get(text, text))]
    if kind == "op":
        return [Token(kind, "^" if text == "**" else text)]
    if kind == "dots":
        return [Token("mark", "...")]
    if kind == "text":
        inside = text[1:-1].strip().strip(".").strip()
        separating = _SEPARATING.get(inside.lower())
        return [Token("separator", separating)] if separating else _words(inside)
    if kind == "command":
        return _command(text[1:])
    if kind == "letters":
        return _letters(text)
    if kind == "script" and not CHANGES_ABROAD.search(text):
        return [Token("words", text)]
    raise Unreadable(f"the sign {text!r}")


def _words(text: str) -> list[Token]:
    if re.fullmatch(r"-?\d+(?:\.\d+)?", text):
        return [Token("number", text)] if text[0] != "-" else [Token("op", "-"), Token("number", text[1:])]
    return [Token("words", text)] if text else []


def _command(name: str) -> list[Token]:
    if name in _RELATIONS:
        return [Token("relation", _RELATIONS[name])]
    if name in _COMMANDS:
        return [Token("op", _COMMANDS[name])]
    if name in _CONSTANTS:
        return [Token("symbol", _CONSTANTS[name])]
    if name in _GREEK:
        return [Token("symbol", name)]
    if name in FUNCTIONS:
        return [Token("function", name)]
    if name in ("{", "}"):
        return [Token("open" if name == "{" else "close", "\\" + name)]
    if name in ("ldots", "dots", "cdots", "dotsc"):
        return [Token("mark", "...")]
    return [Token("command", _SIZED.get(name, name))]


def _letters(text: str) -> list[Token]:
    lower = text.lower()
    if lower in _SEPARATING:
        return [Token("separator", _SEPARATING[lower])]
    if lower in ("percent", "pct", "percentage"):
        return [Token("op", "%")]
    if lower in _CONSTANTS:
        return [Token("symbol", _CONSTANTS[lower])]
    if lower in FUNCTIONS:
        return [Token("function", lower)]
    if len(text) == 1:
        return [Token("symbol", text)]
    if len(text) <= 3 and text not in _SHORT_WORDS and not (text[0].isupper() and text[1:].islower()):
        return [Token("symbol", letter) for letter in text]
    return [Token("words", text)]


def _without_thousands(text: str) -> str:
    """`1,000` is a thousand where it stands alone, and so is `1 000`; between brackets a comma separates members."""
    text = _PARTED.sub(lambda found: found[1] + found[2].replace(" ", ""), text)
    deep, parts, last = 0, [], 0
    for found in _THOUSANDS.finditer(text):
        before = text[last : found.start()]
        deep += len(re.findall(r"[(\[]|\\\{|^\{", before)) - len(re.findall(r"[)\]]|\\\}", before))
        digits = found.group()
        certain = "{,}" in digits or "\\" in digits
        parts += [before, re.sub(r"\D", "", digits) if deep <= 0 or certain else digits]
        last = found.end()
    return "".join([*parts, text[last:]])
