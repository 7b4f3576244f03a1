"""Rows that stay out: why, and how the row looked.

A quarantined row keeps the source's columns as the text they came as, with the reason, a detail that a
person can act on, the file and the row number. Reasons are a fixed list, so that they can be counted and
translated.
"""

from __future__ import annotations

import polars as pl

ROW = "_row"  # number of a row within one load; a file's row may give several (unpivot, explode)

# reason: what it means, in English and Chinese
REASONS: dict[str, tuple[str, str]] = {
    "ragged_row": ("the row has too few or too many fields", "该行字段数与表头不符"),
    "unreadable_row": ("the row cannot be taken apart", "该行无法解析"),
    "null_key": ("a column of the key is empty", "主键列为空"),
    "missing_value": ("a required column is empty", "必填列为空"),
    "unparsable_date": ("not a date in the format given", "不是所述格式的日期"),
    "unparsable_timestamp": ("not a time in the format given", "不是所述格式的时间"),
    "ambiguous_date": ("several of the formats given read it differently", "可按多种格式读成不同日期"),
    "ambiguous_time": (
        "this wall-clock time does not exist, or exists twice, where clocks change",
        "夏令时切换，该时刻不存在或出现两次",
    ),
    "unparsable_number": ("not a number in the style given", "不是所述写法的数字"),
    "too_many_decimals": ("more decimal places than the column keeps", "小数位超过该列精度"),
    "overflow": ("the number is too large for the column", "数值超出该列范围"),
    "unparsable_boolean": ("not true or false", "不是真假值"),
    "unmapped_value": ("the map or lookup does not know this word", "映射表中没有该取值"),
    "not_allowed": ("not one of the values allowed", "不在允许取值之内"),
    "out_of_range": ("below the minimum or above the maximum", "超出上下限"),
    "unknown_reference": ("refers to a record that is not known (yet)", "引用的记录（尚）不存在"),
    "repeated_key": (
        "the file holds this key more than once with different content and nothing orders them",
        "同一文件中主键重复且内容不同，无法判断先后",
    ),
}

_PROBLEM_SCHEMA = {ROW: pl.Int64, "reason": pl.String, "detail": pl.String}


_NO_BAD_ROWS = pl.DataFrame(schema={ROW: pl.Int64, "_reason": pl.String, "_detail": pl.String})
_NO_PROBLEMS = pl.DataFrame(schema=_PROBLEM_SCHEMA)


def no_problems() -> pl.DataFrame:
    """The empty table of problems."""
    return _NO_PROBLEMS


def value_problems(rows: pl.Series, column: str, reasons: pl.Series, texts: pl.Series) -> pl.DataFrame:
    """The problems of one column: a row for each reason given, its detail naming the column and the text."""
    if reasons.null_count() == reasons.len():
        return no_problems()
    bad = reasons.is_not_null()
    frame = pl.DataFrame({ROW: rows.filter(bad), "reason": reasons.filter(bad), "text": texts.filter(bad)})
    words = {reason: words for reason, (words, _) in REASONS.items()}
    # concat_str, as polars 2.1's format fails on a column whose first chunk is empty
    quoted = pl.concat_str(pl.lit("'"), pl.col("text").str.head(80), pl.lit("': ")).fill_null("")
    detail = pl.concat_str(pl.lit(f"{column}: "), quoted, pl.col("reason").replace_strict(words))
    return frame.select(ROW, "reason", detail=detail)


def by_row(problems: list[pl.DataFrame]) -> pl.DataFrame:
    """One row per bad row: the reason found first, and the details of all."""
    found = pl.concat([no_problems(), *problems])
    if not found.height:
        return _NO_BAD_ROWS
    return (
        found.group_by(ROW, maintain_order=True)
        .agg(pl.col("reason").first().alias("_reason"), pl.col("detail").str.join("; ").alias("_detail"))
        .sort(ROW)
    )
