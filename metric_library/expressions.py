"""SQL expressions in one canonical text, so that two ways of writing the same thing compare equal.

Only what leaves the meaning untouched for every value, NULL included, is changed: letter case, spaces,
redundant parentheses, the order of AND and OR, `x = true`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from metric_library.problems import DefinitionError

DIALECT = "duckdb"


def parse_expression(text: str) -> exp.Expression:
    """One SQL expression as a tree; an unreadable one raises DefinitionError."""
    try:
        tree = sqlglot.parse_one(text, dialect=DIALECT)
    except SqlglotError as error:
        detail = str(error).splitlines()[0]
        raise DefinitionError(
            "formula",
            f"the expression `{text}` cannot be read as SQL ({detail}); correct it",
            f"表达式 `{text}` 不是可解析的 SQL（{detail}），请更正",
        ) from error
    if isinstance(tree, exp.Query | exp.DDL | exp.DML | exp.Command):
        raise DefinitionError(
            "formula", f"`{text}` is a statement; write an expression", f"`{text}` 是语句，请改写为表达式"
        )
    return tree


@lru_cache(maxsize=4096)
def canonical(text: str) -> str:
    """The canonical text of one expression."""
    return _canonical_tree(parse_expression(text)).sql(dialect=DIALECT)


def conjunction(conditions: Iterable[str]) -> str | None:
    """All conditions joined by AND, canonical, each once; None when there is none."""
    parts: set[str] = set()
    for condition in conditions:
        for part in _flatten(_canonical_tree(parse_expression(condition)), exp.And):
            text = part.sql(dialect=DIALECT)
            parts.add(f"({text})" if isinstance(part, exp.Or) else text)
    return " AND ".join(sorted(parts)) or None


@lru_cache(maxsize=4096)
def columns_of(text: str) -> tuple[str, ...]:
    """Names of the columns that an expression reads, sorted."""
    return tuple(sorted({column.name.lower() for column in parse_expression(text).find_all(exp.Column)}))


def _canonical_tree(tree: exp.Expression) -> exp.Expression:
    return tree.transform(_canonical_node)


def _canonical_node(node: exp.Expression) -> exp.Expression:
    """One node made canonical; what replaces a node is canonical throughout, for it is not visited again."""
    if isinstance(node, exp.Identifier) and not node.args.get("quoted"):
        return exp.to_identifier(node.name.lower())
    if isinstance(node, exp.Paren) and _stands_alone(node):
        return _canonical_tree(node.this)
    if isinstance(node, exp.EQ) and isinstance(node.right, exp.Boolean):
        condition = _canonical_tree(node.left)
        if isinstance(condition, exp.Column | exp.Predicate):
            return condition if node.right.this else exp.not_(condition)
    if isinstance(node, exp.Or):
        return _ordered_or(node)
    return node


def _stands_alone(node: exp.Paren) -> bool:
    """Parentheses around a name, literal, call or other parentheses, or around the whole, say nothing."""
    inner = node.this
    simple = isinstance(inner, exp.Column | exp.Literal | exp.Boolean | exp.Paren | exp.Func | exp.Null)
    return node.parent is None or (simple and not isinstance(inner, exp.Connector))


def _ordered_or(node: exp.Or) -> exp.Expression:
    parts = sorted({_canonical_tree(part).sql(dialect=DIALECT) for part in _flatten(node, exp.Or)})
    return sqlglot.parse_one(" OR ".join(parts), dialect=DIALECT)


def _flatten(tree: exp.Expression, connector: type[exp.Connector]) -> list[exp.Expression]:
    tree = tree.unnest()
    if isinstance(tree, connector):
        return [*_flatten(tree.left, connector), *_flatten(tree.right, connector)]
    return [tree]
