"""JSON, JSON Lines, YAML and rows written into the profile: records, flattened to columns of text.

A nested object becomes columns with dotted names, a list stays JSON text (a mapping can `explode` it).
Numbers keep the digits that the file has.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from ingestion.profile import Format
from ingestion.readers.batch import SOURCE_ROW, Batch, Piece, RefusedFileError, broken_rows
from ingestion.readers.text import BLOCK_BYTES, text_blocks, whole_text
from ingestion.readers.uniform import read_uniform

_YamlText = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def _plain(number: str) -> str:
    return f"{Decimal(number):f}" if "e" in number.lower() else number


# JSON whose numbers stay the text they are; only exponents are written out.
_DECODER = json.JSONDecoder(parse_float=_plain, parse_int=str, parse_constant=str)


_TEXTS = {str, type(None)}


def load_json(text: str) -> Any:
    """A JSON document whose numbers are text."""
    return _DECODER.decode(text)


def flat_record(record: dict[str, Any], prefix: str = "") -> dict[str, str | None]:
    """The texts of a record by column."""
    if not prefix and set(map(type, record.values())) <= _TEXTS:
        return record
    flat: dict[str, str | None] = {}
    for key, value in record.items():
        if value is None or value.__class__ is str:
            flat[prefix + key] = value
        elif isinstance(value, dict):
            flat |= flat_record(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = as_text(value)
    return flat


def as_text(value: Any) -> str | None:
    """A value of a JSON or YAML record as text; lists and objects as JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def frame_of(records: Iterable[dict[str, Any]], numbers: Iterable[int]) -> pl.DataFrame:
    """A frame of text columns; a key that a record lacks is NULL."""
    flat = [flat_record(record) for record in records]
    names: dict[str, None] = {}
    for record in flat:
        if not record.keys() <= names.keys():
            names.update(dict.fromkeys(record))
    columns = {name: pl.Series([record.get(name) for record in flat], dtype=pl.String) for name in names}
    return pl.DataFrame({**columns, SOURCE_ROW: pl.Series(list(numbers), dtype=pl.Int64)})


def read_json(path: Path, fmt: Format, block_bytes: int = BLOCK_BYTES) -> Iterator[Piece]:
    """The records of a JSON file, found at the format's path."""
    text = whole_text(path, fmt.encoding)
    if not text.strip():
        raise RefusedFileError("empty", "the file is empty")
    try:
        data = load_json(text)
    except json.JSONDecodeError as error:
        cut_off = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated")
        what = "the file looks cut off" if cut_off else "the file is not valid JSON"
        raise RefusedFileError(
            "truncated" if cut_off else "format",
            f"line {error.lineno}, column {error.colno}: {error.msg}: {what}",
        ) from None
    yield partial(_record_batch, _records_at(data, fmt.path))


def read_yaml(path: Path, fmt: Format, block_bytes: int = BLOCK_BYTES) -> Iterator[Piece]:
    """The records of a YAML file, found at the format's path."""
    text = whole_text(path, fmt.encoding)
    try:
        data = yaml.load(text, Loader=_YamlText)  # noqa: S506 - the base loader: it makes nothing but text
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise RefusedFileError(
            "format", f"line {line}: not valid YAML: {error.problem or error.context}"
        ) from None
    if data is None or data == "":
        raise RefusedFileError("empty", "the file is empty")
    yield partial(_record_batch, _without_nulls(_records_at(data, fmt.path)))


def read_rows(rows: Iterable[dict[str, Any]]) -> Iterator[Piece]:
    """Rows written into the profile itself."""
    yield partial(_record_batch, list(rows))


def read_jsonl(path: Path, fmt: Format, block_bytes: int = BLOCK_BYTES) -> Iterator[Piece]:
    """One record per line. A line that is no record is a broken row, unless the file ends within it."""
    rest, line, any_text = "", 1, False
    for text, last in text_blocks(path, fmt.encoding, block_bytes):
        text = rest + text
        end = len(text) if last else text.rfind("\n") + 1
        text, rest = text[:end], text[end:]
        any_text = any_text or (text != "" and not text.isspace())
        yield partial(_line_batch, text, line)
        line += text.count("\n")
    if not any_text:
        raise RefusedFileError("empty", "the file is empty")


def _line_batch(text: str, first_line: int) -> Batch:
    """The records of whole lines; what follows the last line end is the last line of the file."""
    uniform = read_uniform(text, first_line)
    if uniform is not None:
        return Batch(uniform, complete_header=False)
    lines = text.split("\n")
    numbers = [number for number, line in enumerate(lines, start=first_line) if line.strip()]
    texts = [lines[number - first_line] for number in numbers]
    records = _all_records(texts)
    if records is not None:
        return Batch(frame_of(records, numbers), complete_header=False)
    records, numbers = [], []
    broken: list[tuple[int, str, str, str]] = []
    for number, line in enumerate(lines, start=first_line):
        if not line.strip():
            continue
        try:
            record = load_json(line)
            if not isinstance(record, dict):
                raise TypeError("not an object")
        except (json.JSONDecodeError, TypeError) as error:
            # Whole lines end before the last, empty piece: text in that piece is a line that was cut off.
            if isinstance(error, json.JSONDecodeError) and number == first_line + len(lines) - 1:
                raise RefusedFileError(
                    "truncated", f"line {number}, the last, is not a whole record: the file looks cut off"
                ) from None
            broken.append((number, "unreadable_row", f"not a JSON object: {error}", line))
            continue
        records.append(record)
        numbers.append(number)
    return Batch(frame_of(records, numbers), broken_rows(broken), complete_header=False)


def _all_records(lines: list[str]) -> list[dict[str, Any]] | None:
    """One record per line, read in one go; None when some line is not exactly one record."""
    try:
        records = load_json(f"[{','.join(lines)}]")
    except json.JSONDecodeError:
        return None
    return records if len(records) == len(lines) and all(isinstance(r, dict) for r in records) else None


def _record_batch(records: list[Any]) -> Batch:
    """Records are numbered from 1 in the order of the file."""
    good = [(number, record) for number, record in enumerate(records, 1) if isinstance(record, dict)]
    broken = [
        (number, "unreadable_row", "not an object with named values", as_text(record) or "")
        for number, record in enumerate(records, 1)
        if not isinstance(record, dict)
    ]
    frame = frame_of([record for _, record in good], [number for number, _ in good])
    return Batch(frame, broken_rows(broken), complete_header=False)


def _records_at(data: Any, path: str | None) -> list[Any]:
    """The list of records at a dotted path; without a path the document itself is the list."""
    for part in path.split(".") if path else []:
        if not isinstance(data, dict) or part not in data:
            found = ", ".join(data) if isinstance(data, dict) else type(data).__name__
            raise RefusedFileError("format", f"there is no {part!r} on the way to {path!r}; found: {found}")
        data = data[part]
    if isinstance(data, dict) and not path:
        raise RefusedFileError(
            "format",
            f"the document is an object, not a list; say format: {{path: …}}, one of: {', '.join(data)}",
        )
    if not isinstance(data, list):
        raise RefusedFileError("format", f"{path or 'the document'} is not a list of records")
    return data


def _without_nulls(value: Any) -> Any:
    """YAML's base loader leaves `null`, `~` and nothing as text."""
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return None if value in ("", "~", "null") else value
