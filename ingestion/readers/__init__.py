"""Readers: each turns one kind of file into batches of rows as text, one module per kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from ingestion.profile import Format
from ingestion.readers.batch import Batch, Piece, RefusedFileError
from ingestion.readers.delimited import read_delimited
from ingestion.readers.parquet import read_parquet
from ingestion.readers.records import read_json, read_jsonl, read_yaml
from ingestion.readers.text import BLOCK_BYTES
from ingestion.readers.xlsx import read_xlsx

_READERS: dict[str, Callable[..., Iterator[Piece]]] = {
    "csv": read_delimited,
    "tsv": partial(read_delimited, delimiter="\t"),
    "json": read_json,
    "jsonl": read_jsonl,
    "parquet": read_parquet,
    "xlsx": read_xlsx,
    "yaml": read_yaml,
}
_ENDINGS = {"yml": "yaml", "ndjson": "jsonl", "txt": "csv", "tab": "tsv"} | {name: name for name in _READERS}


def read_file(path: Path, fmt: Format, block_bytes: int = BLOCK_BYTES) -> Iterator[Batch]:
    """The rows of a file in batches of about `block_bytes`. Raises RefusedFileError when it cannot be read
    as a whole.
    """
    return (piece() for piece in read_pieces(path, fmt, block_bytes))


def read_pieces(path: Path, fmt: Format, block_bytes: int = BLOCK_BYTES) -> Iterator[Piece]:
    """The same batches, each still to be taken apart. Either step raises RefusedFileError."""
    kind = fmt.type or _ENDINGS.get(path.suffix.lower().lstrip("."))
    if kind is None:
        raise RefusedFileError(
            "format", f"say what kind of file it is, format: {{type: …}}: {', '.join(_READERS)}"
        )
    return _READERS[kind](path, fmt, block_bytes)
