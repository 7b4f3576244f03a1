"""Text into typed values. What cannot be read becomes NULL with a reason; nothing is guessed.

Each function takes trimmed text without empty strings, as an expression, and gives an expression for the
value, and expressions for why a text has none: those are asked only of the texts that turn out to have none.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from ingestion.contract import Column
from ingestion.profile import DecimalStyle

_ISO_DATE = "%Y-%m-%d"
_SQL_SECOND = "%Y-%m-%d %H:%M:%S"
_SQL_TIME = "%Y-%m-%d %H:%M:%S%.f"
_SQL_MINUTE = "%Y-%m-%d %H:%M"
_SQL_ZONED = "%Y-%m-%d %H:%M:%S%.f%#z"
_EPOCH_UNITS = {"epoch_s": 1000, "epoch_ms": 1}  # in milliseconds
_PLAIN = DecimalStyle()
_NEVER = pl.lit(False)

# A time in UTC, and where the clocks show it never or twice.
Moment = tuple[pl.Expr, pl.Expr]


@dataclass(frozen=True)
class Reading:
    """How a text is read: its value, and why it has none.

    `further` read, one after the other, the texts that are still without value: what is seldom written does
    not slow down what is common.
    `causes` are conditions by reason, in the order in which they apply; `otherwise` is the reason when none
    does.
    """

    value: pl.Expr
    otherwise: str = ""
    further: tuple[pl.Expr, ...] = ()
    causes: dict[str, pl.Expr] = field(default_factory=dict)

    @property
    def reason(self) -> pl.Expr:
        """Why a text without value has none."""
        chosen = pl.when(_NEVER).then(pl.lit(None, dtype=pl.String))
        for reason, condition in self.causes.items():
            chosen = chosen.when(condition).then(pl.lit(reason))
        return chosen.otherwise(pl.lit(self.otherwise))


def reading(
    text: pl.Expr, column: Column, *, formats: tuple[str, ...], decimal: DecimalStyle | None, time_zone: str
) -> Reading:
    """How a contract column is read. `time_zone` is of times that name none; timestamps come out as UTC."""
    if column.type == "string":
        return Reading(text)
    if column.type == "boolean":
        return _read_boolean(text)
    if column.type == "date":
        return _read_date(text, formats)
    if column.type == "timestamp":
        return _read_timestamp(text, formats, time_zone)
    if column.type == "integer":
        return _read_integer(text, decimal or _PLAIN)
    precision, scale = column.decimal
    return _read_decimal(text, decimal or _PLAIN, precision, scale)


def _read_boolean(text: pl.Expr) -> Reading:
    known = {"true": True, "1": True, "false": False, "0": False}
    value = text.str.to_lowercase().replace_strict(known, default=None, return_dtype=pl.Boolean)
    return Reading(value, "unparsable_boolean")


def _agreed(readings: list[pl.Expr]) -> tuple[pl.Expr, pl.Expr]:
    """The one value that all formats agree on; and where two formats read the text differently."""
    if len(readings) == 1:
        return readings[0], _NEVER
    lowest, highest = pl.min_horizontal(readings), pl.max_horizontal(readings)
    ambiguous = (lowest != highest).fill_null(False)
    return pl.when(~ambiguous).then(lowest), ambiguous


def _since_year_1000(value: pl.Expr) -> pl.Expr:
    """A two-digit year that is read as four digits is a date of the first century."""
    return pl.when(value.dt.year() >= 1000).then(value)


def _read_date(text: pl.Expr, formats: tuple[str, ...]) -> Reading:
    if not formats:
        # Spreadsheets and databases write a date as midnight of that day.
        midnight = text.str.replace(r"[T ]00:00(:00(\.0+)?)?$", "")
        first, second = (day.str.to_date(_ISO_DATE, strict=False) for day in (text, midnight))
        return Reading(first, "unparsable_date", (second,))
    value, ambiguous = _agreed([_date_in(text, pattern) for pattern in formats])
    return Reading(_since_year_1000(value), "unparsable_date", causes={"ambiguous_date": ambiguous})


def _names_time(pattern: str) -> bool:
    return any(part in pattern for part in ("%H", "%I", "%T", "%R"))


def _names_zone(pattern: str) -> bool:
    return any(part in pattern for part in ("%z", "%:z", "%#z"))


def _date_in(text: pl.Expr, pattern: str) -> pl.Expr:
    if pattern in _EPOCH_UNITS or _names_time(pattern):
        return _moment_in(text, pattern, "UTC")[0].dt.date()
    return text.str.to_date(pattern, strict=False)


def _read_timestamp(text: pl.Expr, formats: tuple[str, ...], time_zone: str) -> Reading:
    if not formats:
        return _read_iso_timestamp(text, time_zone)
    pairs = [_moment_in(text, pattern, time_zone) for pattern in formats]
    value, ambiguous = _agreed([moment for moment, _ in pairs])
    unclear = pl.any_horizontal([unclear for _, unclear in pairs])
    causes = {"ambiguous_date": ambiguous, "ambiguous_time": unclear}
    return Reading(_since_year_1000(value), "unparsable_timestamp", causes=causes)


def _read_iso_timestamp(text: pl.Expr, time_zone: str) -> Reading:
    """ISO 8601 with or without offset; the blank of SQL and spreadsheets is allowed for the T."""
    blank = text.str.replace("T", " ", literal=True)
    is_universal = text.str.ends_with("Z")
    # Whole seconds are read three times as fast, and hardly anything else is written.
    whole, exact = (_parsed(blank.str.strip_suffix("Z"), pattern) for pattern in (_SQL_SECOND, _SQL_TIME))
    _, unclear = _to_utc(exact, time_zone)
    value, fraction = (
        pl.when(is_universal).then(wall).otherwise(_to_utc(wall, time_zone)[0]) for wall in (whole, exact)
    )
    short, unclear_short = _to_utc(_parsed(blank, _SQL_MINUTE), time_zone)
    offset = text.str.replace(r" *(UTC|Z|z)$", "+00:00").str.replace(r" +([+-])", "$1")
    zoned = _parsed(offset.str.replace("T", " ", literal=True), _SQL_ZONED).dt.replace_time_zone(None)
    causes = {"ambiguous_time": ~is_universal & unclear | unclear_short}
    return Reading(value, "unparsable_timestamp", (fraction, pl.coalesce(short, zoned)), causes)


def _parsed(text: pl.Expr, pattern: str) -> pl.Expr:
    return text.str.to_datetime(pattern, strict=False, time_unit="us")


def _moment_in(text: pl.Expr, pattern: str, time_zone: str) -> Moment:
    """UTC times of one format, and where the wall-clock time does not exist exactly once."""
    if pattern in _EPOCH_UNITS:
        milliseconds = text.cast(pl.Int64, strict=False) * _EPOCH_UNITS[pattern]
        return milliseconds.cast(pl.Datetime("ms")).cast(pl.Datetime("us")), _NEVER
    if _names_zone(pattern):
        return _parsed(text, pattern).dt.replace_time_zone(None), _NEVER
    if _names_time(pattern):
        return _to_utc(_parsed(text, pattern), time_zone)
    return _to_utc(text.str.to_date(pattern, strict=False).cast(pl.Datetime("us")), time_zone)


def _to_utc(wall: pl.Expr, time_zone: str) -> Moment:
    """The moment at which the clocks of a zone show a time, and where they never or twice show it."""
    if time_zone == "UTC":
        return wall, _NEVER
    local = wall.dt.replace_time_zone(time_zone, ambiguous="null", non_existent="null")
    utc = local.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return utc, wall.is_not_null() & utc.is_null()


def _number(text: pl.Expr, style: DecimalStyle) -> tuple[pl.Expr, pl.Expr]:
    """The text with a dot for the mark and a sign in front; and where its separators are misplaced."""
    if style.strip:
        text = text.str.replace_all(f"[{_regex_set(style.strip)}]", "")
    if style.negative == "parentheses":
        text = text.str.replace(r"^\((.*)\)$", "-$1")
    elif style.negative == "trailing":
        text = text.str.replace(r"^(.*)-$", "-$1")
    misplaced = _NEVER
    if style.thousands:
        mark, sign = _regex_set(style.mark), _regex_set(style.thousands)
        # `1,23` with thousands `,` is a decimal comma in disguise, not a hundred and twenty-three.
        pattern = f"(^|[{mark}].*)[{sign}]|[{sign}]([0-9]{{0,2}}|[0-9]{{4,}})([{mark}{sign}]|$)"
        misplaced = text.str.contains(pattern)
        text = text.str.replace_all(style.thousands, "", literal=True)
    if style.mark != ".":
        misplaced = misplaced | text.str.contains(".", literal=True)
        text = text.str.replace(style.mark, ".", literal=True)
    return text, misplaced


def _regex_set(characters: str) -> str:
    return "".join("\\" + char if not char.isalnum() and char.isascii() else char for char in characters)


def _read_integer(text: pl.Expr, style: DecimalStyle) -> Reading:
    number, misplaced = _number(text, style)
    # Systems that keep every number as a float write 12 as 12.0.
    whole = number.str.contains(r"^[+-]?[0-9]+(\.0*)?$") & ~misplaced
    value = pl.when(whole).then(number.str.replace(r"\.0*$", "")).cast(pl.Int64, strict=False)
    return Reading(value, "overflow", causes={"unparsable_number": ~whole})


def _read_decimal(text: pl.Expr, style: DecimalStyle, precision: int, scale: int) -> Reading:
    number, misplaced = _number(text, style)
    is_number = number.str.contains(r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)$") & ~misplaced
    places = "[0-9]*" if style.round else f"[0-9]{{0,{scale}}}0*"
    exact = number.str.contains(rf"^[+-]?([0-9]+(\.{places})?|\.{places})$") & ~misplaced
    value = pl.when(exact).then(number).cast(pl.Decimal(precision, scale), strict=False)
    causes = {"unparsable_number": ~is_number, "too_many_decimals": ~exact}
    return Reading(value, "overflow", causes=causes)
