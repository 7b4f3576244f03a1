"""Reduction never changes what a formula says, nor does it depend on how a file is laid out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from small_library import METRICS, SEMANTIC, SHARE, SmallLibrary
from sqlglot import exp

from metric_library.expressions import parse_expression
from metric_library.fingerprint import fingerprint, wording_hash
from metric_library.library import Library
from metric_library.normal_form import NormalForm, reduce_metric

INPUTS = (
    "revenue",
    "orders_cancelled",
    "orders_received",
    "average_fte",
    "cancellation_rate",
    "kept_rate",
    "hold_hours",
)
NAMES = st.sampled_from(INPUTS)
NUMBERS = st.integers(1, 9).map(str)


def combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """A formula made of two, in parentheses."""
    return st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda parts: "({} {} {})".format(*parts))


FORMULAS = st.recursive(st.one_of(NAMES, NUMBERS), combined, max_leaves=6).filter(
    lambda text: "_" in text or "revenue" in text
)
AMOUNTS = st.fixed_dictionaries(
    {m: st.integers(1, 10_000) for m in
     ("order_amount", "orders_cancelled", "orders_received", "fte_days", "calendar_days", "hold_hours")}
)  # fmt: skip


@given(formula=FORMULAS, amounts=AMOUNTS)
@settings(max_examples=150, deadline=None)
def test_normal_form_has_the_value_of_the_formula(formula: str, amounts: dict[str, int]) -> None:
    tree = parse_expression(formula)
    used = sorted({column.name for column in tree.find_all(exp.Column)})
    with TemporaryDirectory() as folder:
        small = SmallLibrary(Path(folder))
        listed = "".join(f"        - {name}\n" for name in used)
        text = f"    type: derived\n    type_params:\n      expr: {formula}\n      metrics:\n{listed}"
        small.add("formula", text, unit=SHARE)
        library = small.load()
        assert not library.problems
        form = reduce_metric(library, "formula")
    if not isinstance(form, NormalForm):
        return
    expected = evaluated(tree, lambda name: value_of(library, name, amounts))
    if expected is not None:
        assert of_form(form, amounts) == expected


def value_of(library: Library, name: str, amounts: Mapping[str, int]) -> Fraction | None:
    """A metric by its definition, step by step, from amounts per measure."""
    spec = library.definitions[name].spec
    if spec.type == "simple":
        return Fraction(amounts[spec.type_params.measure.name])
    if spec.type == "ratio":
        above, below = (value_of(library, i.name, amounts) for i in spec.inputs)
        return None if None in (above, below) or not below else above / below
    names = {i.alias or i.name: i.name for i in spec.inputs}
    tree = parse_expression(str(spec.type_params.expr))
    return evaluated(tree, lambda alias: value_of(library, names[alias], amounts))


def evaluated(tree: exp.Expression, value: Callable[[str], Fraction | None]) -> Fraction | None:
    """The value of a formula; None where it divides by nothing."""
    if isinstance(tree, exp.Column):
        return value(tree.name)
    if isinstance(tree, exp.Literal):
        return Fraction(tree.name)
    if isinstance(tree, exp.Paren):
        return evaluated(tree.this, value)
    left, right = evaluated(tree.left, value), evaluated(tree.right, value)
    if left is None or right is None or (isinstance(tree, exp.Div) and not right):
        return None
    operations: dict[type, Callable[[Fraction, Fraction], Fraction]] = {
        exp.Add: lambda a, b: a + b,
        exp.Sub: lambda a, b: a - b,
        exp.Mul: lambda a, b: a * b,
        exp.Div: lambda a, b: a / b,
    }
    return operations[type(tree)](left, right)


def of_form(form: NormalForm, amounts: Mapping[str, int]) -> Fraction:
    """The value of a normal form, as the engine computes it."""

    def total(side: tuple) -> Fraction:
        return sum(
            t.coefficient * amounts[t.component.measure] / (amounts[t.per.measure] if t.per else 1)
            for t in side
        )

    return total(form.numerator) / (total(form.denominator) if form.denominator else 1)


@given(seed=st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_order_of_keys_and_files_changes_nothing(seed: int) -> None:
    random = Random(seed)
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        plain, mixed = SmallLibrary(Path(one)), SmallLibrary(Path(other))
        for folder, files in (("models/semantic", SEMANTIC), ("models/metrics", METRICS)):
            for name, text in files.items():
                data = shuffled(yaml.safe_load(text), random)
                mixed.write(f"{folder}/{name}", yaml.safe_dump(data, sort_keys=False, allow_unicode=True))
        left, right = plain.load(), mixed.load()
        for name in left.metrics:
            assert reduce_metric(left, name) == reduce_metric(right, name)
            assert fingerprint(left, name) == fingerprint(right, name)
            assert wording_hash(left, name) == wording_hash(right, name)


def shuffled(data: Any, random: Random) -> Any:
    """The same content with its keys, and its lists of measures, in another order."""
    if isinstance(data, dict):
        keys = random.sample(list(data), len(data))
        return {key: shuffled(data[key], random) for key in keys}
    if isinstance(data, list) and all(isinstance(item, dict) for item in data):
        return [shuffled(item, random) for item in random.sample(data, len(data))]
    return data
