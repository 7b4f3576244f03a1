"""Exact rational functions over symbols: sums of products, divided by sums of products.

Enough algebra to bring formulas to one form: fractions with proportional denominators are added over that
denominator, common factors are cancelled. Nothing is rounded; coefficients are fractions. Cancelling
assumes that what is cancelled is not zero.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

Monomial = frozenset[tuple[Hashable, int]]  # symbol → exponent other than 0
Polynomial = Mapping[Monomial, Fraction]
CONSTANT: Monomial = frozenset()
LARGEST = 400


class TooLargeError(Exception):
    """The product of sums has more terms than any formula that a person reads."""


@dataclass(frozen=True)
class Quotient:
    """numerator / denominator; the denominator is never the zero polynomial."""

    numerator: Polynomial
    denominator: Polynomial

    def __add__(self, other: Quotient) -> Quotient:
        factor = proportion(other.denominator, self.denominator)
        if factor is not None:
            return quotient(_sum(self.numerator, _scaled(other.numerator, 1 / factor)), self.denominator)
        return quotient(
            _sum(_product(self.numerator, other.denominator), _product(other.numerator, self.denominator)),
            _product(self.denominator, other.denominator),
        )

    def __neg__(self) -> Quotient:
        return Quotient(_scaled(self.numerator, Fraction(-1)), self.denominator)

    def __sub__(self, other: Quotient) -> Quotient:
        return self + -other

    def __mul__(self, other: Quotient) -> Quotient:
        left = _cancelled(self.numerator, other.denominator)
        right = _cancelled(other.numerator, self.denominator)
        return quotient(_product(left[0], right[0]), _product(left[1], right[1]))

    def __truediv__(self, other: Quotient) -> Quotient:
        if not other.numerator:
            raise ZeroDivisionError
        return self * Quotient(other.denominator, other.numerator)


def symbol(name: Hashable) -> Quotient:
    """One symbol."""
    return Quotient({frozenset({(name, 1)}): Fraction(1)}, {CONSTANT: Fraction(1)})


def constant(value: Fraction) -> Quotient:
    """One number."""
    return Quotient({CONSTANT: value} if value else {}, {CONSTANT: Fraction(1)})


def quotient(numerator: Polynomial, denominator: Polynomial) -> Quotient:
    """A quotient without the factors that all of its products share."""
    common = _common_factor([*numerator, *denominator]) if numerator else CONSTANT
    return Quotient(shifted(numerator, common, -1), shifted(denominator, common, -1))


def shifted(polynomial: Polynomial, factor: Monomial, power: int = 1) -> Polynomial:
    """Every product times a monomial raised to a power."""
    return {multiplied(monomial, factor, power): c for monomial, c in polynomial.items()}


def multiplied(monomial: Monomial, factor: Monomial, power: int = 1) -> Monomial:
    """The product of two monomials, the second raised to a power."""
    exponents = dict(monomial)
    for name, exponent in factor:
        exponents[name] = exponents.get(name, 0) + exponent * power
    return frozenset((name, exponent) for name, exponent in exponents.items() if exponent)


def proportion(left: Polynomial, right: Polynomial) -> Fraction | None:
    """The number k with left = k · right, or None."""
    if left.keys() != right.keys() or not left:
        return None
    factors = {left[monomial] / right[monomial] for monomial in left}
    return factors.pop() if len(factors) == 1 else None


def _sum(left: Polynomial, right: Polynomial) -> Polynomial:
    total = {m: left.get(m, Fraction(0)) + right.get(m, Fraction(0)) for m in {**left, **right}}
    return {monomial: c for monomial, c in total.items() if c}


def _scaled(polynomial: Polynomial, factor: Fraction) -> Polynomial:
    return {monomial: c * factor for monomial, c in polynomial.items()} if factor else {}


def _product(left: Polynomial, right: Polynomial) -> Polynomial:
    if len(left) * len(right) > LARGEST:
        raise TooLargeError
    total: dict[Monomial, Fraction] = {}
    for a, x in left.items():
        for b, y in right.items():
            key = multiplied(a, b)
            total[key] = total.get(key, Fraction(0)) + x * y
    return {monomial: c for monomial, c in total.items() if c}


def _cancelled(numerator: Polynomial, denominator: Polynomial) -> tuple[Polynomial, Polynomial]:
    factor = proportion(numerator, denominator)
    if factor is None:
        return numerator, denominator
    return {CONSTANT: factor}, {CONSTANT: Fraction(1)}


def _common_factor(monomials: Iterable[Monomial]) -> Monomial:
    exponents = [dict(monomial) for monomial in monomials]
    least = {name: min(e.get(name, 0) for e in exponents) for name in exponents[0]}
    return frozenset((name, exponent) for name, exponent in least.items() if exponent > 0)
