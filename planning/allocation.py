"""Dividing an amount into parts that sum to it exactly.

Amounts are counted in whole quanta (pieces, yuan, hundredths), so that nothing is ever lost in a
decimal place. Every part first gets its exact share rounded down; what is left goes, one quantum
each, to the largest remainders, and among equal ones to the first in order. Where the same parts are
served period after period, what rounding took from one is carried on to its next share, so that
nobody is rounded down for twelve months running.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import cycle

SCALE = 10**9  # a quantum in the unit of what is carried


class PlanningError(Exception):
    """A plan that cannot be made: what is wrong and the way out, in English and in Chinese."""

    def __init__(self, english: str, chinese: str) -> None:
        super().__init__(f"{english} · {chinese}")


@dataclass(frozen=True)
class AllocationRun:
    """One amount divided once: by which method, over which weights, into which parts.

    `residual` is what nobody could take, because nobody weighs anything: parts and residual sum to
    the amount.
    """

    method: str
    amount: Decimal
    quantum: Decimal
    inputs: dict[str, Decimal]
    parts: dict[str, Decimal]
    residual: Decimal


def allocate(
    amount: Decimal, weights: Mapping[str, Decimal], quantum: Decimal = Decimal(1), method: str = "manual"
) -> AllocationRun:
    """Divide an amount over weights by largest remainders, in whole quanta.

    The order of the weights does not matter: equal remainders go to the first by name. Raises
    PlanningError for a negative weight, and for an amount that is no multiple of the quantum.
    """
    for name, weight in weights.items():
        if weight < 0:
            raise PlanningError(
                f"{name} has the weight {weight}: a weight is never negative.",
                f"{name} 的权重为 {weight}，权重不能为负。",
            )
    names = sorted(weights)
    total = in_quanta(amount, quantum)
    parts = share_out(total, as_integers([weights[name] for name in names]))
    return AllocationRun(
        method,
        amount,
        quantum,
        {name: weights[name] for name in names},
        {name: part * quantum for name, part in zip(names, parts, strict=True)},
        (total - sum(parts)) * quantum,
    )


def in_quanta(amount: Decimal, quantum: Decimal) -> int:
    """How many quanta an amount is; raises PlanningError where it is not a whole number of them."""
    if quantum <= 0:
        raise PlanningError(f"The quantum {quantum} must be above 0.", f"最小单位 {quantum} 必须大于 0。")
    count = amount / quantum
    if count != count.to_integral_value():
        raise PlanningError(
            f"{amount} is not a multiple of {quantum}: name a smaller quantum or round the amount.",
            f"{amount} 不是 {quantum} 的整数倍：请减小最小单位或取整。",
        )
    return int(count)


def as_integers(weights: Sequence[Decimal]) -> list[int]:
    """Decimal weights as whole numbers in the same proportion."""
    places = max((-weight.as_tuple().exponent for weight in weights), default=0)
    return [int(weight.scaleb(max(places, 0))) for weight in weights]


def share_out(total: int, weights: Sequence[int], carried: list[int] | None = None) -> list[int]:
    """Whole parts of a total in proportion to weights; all 0 where nothing weighs anything.

    `carried` is what earlier rounds owe each part, in billionths of a quantum, and is brought up to
    date in place. A part of weight 0 gets nothing, and none is below 0 unless the total is.
    """
    whole = sum(weights)
    if whole <= 0:
        return [0] * len(weights)
    if total < 0:
        return [-part for part in share_out(-total, weights)]
    owed = carried if carried is not None else [0] * len(weights)
    wanted = [
        total * SCALE * weight // whole + debt if weight else 0
        for weight, debt in zip(weights, owed, strict=True)
    ]
    parts = [max(0, amount // SCALE) for amount in wanted]
    _even_out(parts, total - sum(parts), wanted, weights)
    for place, weight in enumerate(weights):
        if weight:
            owed[place] = wanted[place] - parts[place] * SCALE
    return parts


def _even_out(parts: list[int], missing: int, wanted: Sequence[int], weights: Sequence[int]) -> None:
    """Give what is missing to the largest remainders, one each; take what is too much from the
    smallest.
    """
    if not missing:
        return
    order = sorted(
        (place for place, weight in enumerate(weights) if weight),
        key=lambda place: (parts[place] * SCALE - wanted[place], place),
    )
    step = 1 if missing > 0 else -1
    for place in cycle(order if step > 0 else reversed(order)):
        if parts[place] + step >= 0:
            parts[place] += step
            missing -= step
        if not missing:
            return
