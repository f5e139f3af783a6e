"""What a call used and what that cost. One meaning for every vendor; the vendor's own words are kept beside it."""

from __future__ import annotations

import msgspec
from msgspec import structs

from lanewise.core.money import cost_of, round_up

CHARS_PER_TOKEN = 4
"""The usual ratio for English text: only for what a vendor does not tell, and always marked as an estimate."""

MOST_TOKENS = 100_000_000
"""More than any call can use, ten times the largest context there is: a vendor that tells more has miscounted."""

_MOST_USES = 1_000_000  # of a vendor's own tool in one call, for the same reason
_USUAL = 1_000  # thousandths of the usual prices
_DEAREST = 6_000  # about what the dearest rates in wide use are: fast modes of frontier models
_PRICES = ("input", "output", "cached", "cache_write", "cache_write_1h", "reasoning")


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens of one call.

    `cached_tokens` and `cache_write_tokens` are parts of `input_tokens`, `cache_write_1h_tokens` of `cache_write_tokens`, and
    `reasoning_tokens` of `output_tokens`. A vendor that counts otherwise (Anthropic's input excludes what its cache served) is brought to
    this meaning in `wire`.

    `tool_uses` are uses of a vendor's own tools that it bills beside tokens, by kind (`web_search`, `file_search`); None where it does not
    tell. `rate` is what it says it served the call at, where that is not the usual one: `flex`, `batch`, `priority`.
    """

    input_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    cache_write_1h_tokens: int = 0  # kept for an hour, which some vendors bill dearer than the usual minutes
    output_tokens: int = 0
    reasoning_tokens: int = 0
    tool_uses: dict[str, int] | None = None
    rate: str = ""
    estimated: bool = False  # the vendor reported nothing; counted from bytes and characters
    raw: bytes = b""  # the vendor's own usage JSON

    @property
    def possible(self) -> bool:
        """Whether one call can have used so much. The parts are never more than their wholes."""
        if self.input_tokens > MOST_TOKENS or self.output_tokens > MOST_TOKENS:
            return False
        return not self.tool_uses or max(self.tool_uses.values()) <= _MOST_USES


class RateCard(msgspec.Struct, frozen=True, kw_only=True):
    """Prices of one model, in nano-dollars per million tokens. `reasoning` is None where a vendor bills it as output.

    `tool_fees` are nano-dollars of one use of a vendor's own tool, by kind; `rates` are in thousandths of the usual prices of tokens:
    500 is half of them. Of `fees_per_call` one fee is billed for a call, however often it used the tool; `fees_always` are of tools that
    every call uses, whatever it tells.
    """

    input: int
    output: int
    cached: int | None = None  # None: cached input is billed as input
    cache_write: int | None = None  # None: writing a cache is billed as input
    cache_write_1h: int | None = None  # None: an hour is billed as any other write
    reasoning: int | None = None
    above_tokens: int | None = None  # from this many input tokens on, `above` holds for the whole call
    above: RateCard | None = None
    tool_fees: tuple[tuple[str, int], ...] = ()
    fees_per_call: tuple[str, ...] = ()
    fees_always: tuple[str, ...] = ()
    rates: tuple[tuple[str, int], ...] = ()
    source: str = "operator"  # who says so: operator, genai-prices, simulator, local

    def cost(self, usage: Usage) -> Cost:
        """The cost of a call, rounded up once, in parts that sum to it. Uses of a tool of unknown fee are left out: see `unpriced_uses`."""
        cost = self.at(usage.rate)._of_tokens(usage)
        if not usage.tool_uses and not self.fees_always:
            return cost
        fees = dict(self.tool_fees)
        tools = sum(uses * fees.get(kind, 0) for kind, uses in self._billed_uses(usage).items())
        return structs.replace(cost, tools=tools)

    def at(self, rate: str) -> RateCard:
        """The prices at a rate; the usual ones where it has no name, or nobody knows it."""
        thousandths = self.thousandths(rate) if rate else None
        return self if thousandths is None else self._times(thousandths)

    def thousandths(self, rate: str) -> int | None:
        """What a rate is of the usual prices; None where nobody knows it."""
        return dict(self.rates).get(rate) if rate else _USUAL

    def unpriced_uses(self, tool_uses: dict[str, int]) -> int:
        """How many of these have no known fee."""
        known = dict(self.tool_fees)
        return sum(max(0, uses) for kind, uses in tool_uses.items() if kind not in known)

    @property
    def untold_fees(self) -> int:
        """What every call is billed for tools, in nano-dollars, whatever it tells of them."""
        return sum(fee for kind, fee in self.tool_fees if kind in self.fees_always) if self.fees_always else 0

    def _billed_uses(self, usage: Usage) -> dict[str, int]:
        uses = {kind: max(0, count) for kind, count in (usage.tool_uses or {}).items()}
        if usage.input_tokens or usage.output_tokens:
            uses |= {kind: max(1, uses.get(kind, 0)) for kind in self.fees_always}
        return {kind: min(1, count) if kind in self.fees_per_call else count for kind, count in uses.items()}

    def _times(self, thousandths: int) -> RateCard:
        prices = {name: getattr(self, name) for name in _PRICES}
        at_rate = {name: None if price is None else -(-price * thousandths // _USUAL) for name, price in prices.items()}
        above = None if self.above is None else self.above._times(thousandths)
        return structs.replace(self, above=above, **at_rate)

    def _of_tokens(self, usage: Usage) -> Cost:
        if self.above is not None and self._is_above(usage.input_tokens):
            return self.above._of_tokens(usage)
        if not (usage.cached_tokens or usage.cache_write_tokens or usage.reasoning_tokens):  # as most calls
            asked, said = cost_of(((usage.input_tokens, self.input), (usage.output_tokens, self.output)))
            return Cost(input=asked, output=said)
        plain = max(0, usage.input_tokens - usage.cached_tokens - usage.cache_write_tokens)
        answer = max(0, usage.output_tokens - usage.reasoning_tokens)
        written = self.input if self.cache_write is None else self.cache_write
        written_1h = written if self.cache_write_1h is None else self.cache_write_1h
        parts = cost_of(
            (
                (plain, self.input),
                (usage.cached_tokens, self.input if self.cached is None else self.cached),
                (max(0, usage.cache_write_tokens - usage.cache_write_1h_tokens), written),
                (usage.cache_write_1h_tokens, written_1h),
                (usage.reasoning_tokens, self.output if self.reasoning is None else self.reasoning),
                (answer, self.output),
            )
        )
        return Cost(
            input=parts[0], cached=parts[1], cache_write=parts[2] + parts[3], reasoning=parts[4], output=parts[5]
        )

    def cache_saved(self, usage: Usage) -> int:
        """What the vendor's prompt cache spared of a call's cost, in nano-dollars: less than nothing where writing to it cost more."""
        if not usage.cached_tokens and not usage.cache_write_tokens:
            return 0
        without = structs.replace(usage, cached_tokens=0, cache_write_tokens=0, cache_write_1h_tokens=0)
        return self.cost(without).total_nanousd - self.cost(usage).total_nanousd

    def worst_case(self, *, input_tokens: int, output_tokens: int, rate: str = "") -> int:
        """The most that a call of this size can cost, in nano-dollars: every token at the dearest rate it may be billed at.

        A rate that is asked for may be given or not; one that nobody knows is taken for the dearest in wide use.
        """
        if rate:
            known = self.thousandths(rate)
            dearer = self._times(_DEAREST if known is None else max(known, _USUAL))
            return dearer.worst_case(input_tokens=input_tokens, output_tokens=output_tokens)
        dearest_input = max(self.input, self.cached or 0, self.cache_write or 0, self.cache_write_1h or 0)
        dearest_output = max(self.output, self.reasoning or 0)
        worst_nanousd = round_up(input_tokens * dearest_input + output_tokens * dearest_output)
        if self.above is None or not self._is_above(input_tokens):
            return worst_nanousd
        return max(worst_nanousd, self.above.worst_case(input_tokens=input_tokens, output_tokens=output_tokens))

    def _is_above(self, input_tokens: int) -> bool:
        return self.above_tokens is not None and input_tokens > self.above_tokens


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """Nano-dollars of one call or run, by part."""

    input: int = 0
    cached: int = 0
    cache_write: int = 0
    reasoning: int = 0
    output: int = 0
    tools: int = 0  # fees of a vendor's own tools

    @property
    def total_nanousd(self) -> int:
        """The sum of the parts."""
        return self.input + self.cached + self.cache_write + self.reasoning + self.output + self.tools

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            input=self.input + other.input,
            cached=self.cached + other.cached,
            cache_write=self.cache_write + other.cache_write,
            reasoning=self.reasoning + other.reasoning,
            output=self.output + other.output,
            tools=self.tools + other.tools,
        )


NO_COST = Cost()
