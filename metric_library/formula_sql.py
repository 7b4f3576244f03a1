"""A formula over x1, x2, ... as SQL that never fails: a division by nothing and the root of a negative number
have no value.
"""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from metric_library.expressions import DIALECT, parse_expression


def formula_sql(expression: str, zero_when_nothing_is_below: bool = False) -> str:
    """The SQL of a `Formula`'s expression, over columns of type double without NULL."""
    return _guarded(parse_expression(expression), zero_when_nothing_is_below).sql(dialect=DIALECT)


def _guarded(tree: exp.Expression, zero: bool) -> exp.Expression:
    if isinstance(tree, exp.Nullif):  # a division guards itself
        return _guarded(tree.this, zero)
    if isinstance(tree, exp.Div):
        above, below = (exp.paren(_guarded(side, zero)) for side in (tree.left, tree.right))
        nothing_below = exp.EQ(this=below, expression=exp.Literal.number(0))
        return exp.paren(_when(nothing_below, "0" if zero else "null", exp.Div(this=above, expression=below)))
    if isinstance(tree, exp.Sqrt):
        inner = exp.paren(_guarded(tree.this, zero))
        return _when(exp.LT(this=inner, expression=exp.Literal.number(0)), "null", exp.Sqrt(this=inner))
    if isinstance(tree, exp.Greatest | exp.Least):  # these pass over NULL
        sides = [exp.paren(_guarded(side, zero)) for side in (tree.this, *tree.expressions)]
        missing = exp.or_(*(exp.Is(this=side, expression=exp.null()) for side in sides))
        return _when(missing, "null", type(tree)(this=sides[0], expressions=sides[1:]))
    return type(tree)(**{key: _argument(value, zero) for key, value in tree.args.items()})


def _argument(value: Any, zero: bool) -> Any:
    return _guarded(value, zero) if isinstance(value, exp.Expression) else value


def _when(condition: exp.Expression, then: str, otherwise: exp.Expression) -> exp.Expression:
    return exp.Case().when(condition, then).else_(otherwise)
