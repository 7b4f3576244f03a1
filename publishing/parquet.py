"""Parquet files put together from pieces of others, byte by byte.

A row group stands by itself; where its columns lie is said by the file's footer alone. A file of many months
in which one differs is therefore written by taking over the bytes of the others, for the price of a copy.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from thrift.protocol.TCompactProtocol import TCompactProtocol
from thrift.Thrift import TType
from thrift.transport.TTransport import TMemoryBuffer

MAGIC = b"PAR1"
TAIL = 4 + len(MAGIC)  # the length of the footer, and the magic number once more
BYTES_AT_ONCE = 1 << 20

# A structure of the footer: by the number of a field, its type and its value. Of a list: its type, its items.
Structure = dict[int, tuple[int, Any]]

# Fields as the Parquet format numbers them (parquet.thrift).
FILE_ROWS, FILE_ROW_GROUPS = 3, 4
GROUP_COLUMNS, GROUP_ROWS, GROUP_OFFSET = 1, 3, 5
COLUMN_OFFSET, COLUMN_METADATA = 2, 3
DATA_PAGE, INDEX_PAGE, DICTIONARY_PAGE, BLOOM_FILTER = 9, 10, 11, 14

SIMPLE_TYPES = {
    TType.BOOL: "Bool",
    TType.BYTE: "Byte",
    TType.I16: "I16",
    TType.I32: "I32",
    TType.I64: "I64",
    TType.DOUBLE: "Double",
    TType.STRING: "Binary",
}


@dataclass(frozen=True)
class Piece:
    """Row groups that follow each other in a file: the bytes they take, and their share of its footer."""

    file: Path
    begin: int
    end: int
    head: Structure
    row_groups: list[Structure]

    @property
    def rows(self) -> int:
        return sum(group[GROUP_ROWS][1] for group in self.row_groups)


def whole(file: Path) -> Piece:
    """All of a file. Raises ValueError where it is no Parquet file."""
    size = file.stat().st_size
    with file.open("rb") as stream:
        tail = _read(stream, size - TAIL, TAIL) if size > TAIL else b""
        if not tail.endswith(MAGIC):
            raise ValueError(f"{file} is no Parquet file")
        end = size - TAIL - int.from_bytes(tail[:4], "little")
        footer = _structure(_read(stream, end, size - TAIL - end))
    _, row_groups = footer[FILE_ROW_GROUPS][1]
    return Piece(file, len(MAGIC), end, _without_rows(footer), row_groups)


def pieces(file: Path, rows: Iterable[int]) -> list[Piece]:
    """A file cut into pieces of so many rows each. Raises ValueError where no row group begins there."""
    uncut = whole(file)
    cut, first = [], 0
    for count in rows:
        last = first
        while count > 0 and last < len(uncut.row_groups):
            count -= uncut.row_groups[last][GROUP_ROWS][1]
            last += 1
        if count:
            raise ValueError(f"{file} has no row group that ends where a piece does")
        begin, end = (_begin(uncut, group) for group in (first, last))
        cut.append(Piece(file, begin, end, uncut.head, uncut.row_groups[first:last]))
        first = last
    return cut


def join(parts: Sequence[Piece], target: Path) -> str:
    """Write a file of these pieces, one after the other; the SHA-256 of the file. Raises ValueError where
    they are not of one kind, such as pieces that two versions of a program wrote.
    """
    head = parts[0].head
    if any(part.head != head for part in parts):
        raise ValueError(f"the pieces of {target} are not of one kind")
    digest = hashlib.sha256()
    with target.open("wb") as stream:
        for data in _file_of(head, parts):
            stream.write(data)
            digest.update(data)
    return digest.hexdigest()


def _file_of(head: Structure, parts: Sequence[Piece]) -> Iterator[bytes]:
    yield MAGIC
    row_groups, position = [], len(MAGIC)
    for part in parts:
        yield from _bytes(part)
        row_groups += [_moved_group(group, position - part.begin) for group in part.row_groups]
        position += part.end - part.begin
    rows = sum(part.rows for part in parts)
    body = {FILE_ROWS: (TType.I64, rows), FILE_ROW_GROUPS: (TType.LIST, (TType.STRUCT, row_groups))}
    footer = _written(dict(sorted({**head, **body}.items())))
    yield footer
    yield len(footer).to_bytes(4, "little")
    yield MAGIC


def _bytes(part: Piece) -> Iterator[bytes]:
    left = part.end - part.begin
    with part.file.open("rb") as stream:
        stream.seek(part.begin)
        while left:
            data = stream.read(min(left, BYTES_AT_ONCE))
            if not data:
                raise ValueError(f"{part.file} is shorter than its footer says")
            left -= len(data)
            yield data


def _begin(piece: Piece, group: int) -> int:
    """Where a row group of a file begins: at the first page of its columns."""
    if group == len(piece.row_groups):
        return piece.end
    columns = [column[COLUMN_METADATA][1] for column in piece.row_groups[group][GROUP_COLUMNS][1][1]]
    return min(
        column[page][1] for column in columns for page in (DATA_PAGE, DICTIONARY_PAGE) if page in column
    )


def _moved_group(group: Structure, by: int) -> Structure:
    kind, (item, columns) = group[GROUP_COLUMNS]
    moved = [
        _moved(column, by, COLUMN_OFFSET)
        | {
            COLUMN_METADATA: (
                TType.STRUCT,
                _moved(column[COLUMN_METADATA][1], by, DATA_PAGE, INDEX_PAGE, DICTIONARY_PAGE, BLOOM_FILTER),
            )
        }
        for column in columns
    ]
    return _moved(group, by, GROUP_OFFSET) | {GROUP_COLUMNS: (kind, (item, moved))}


def _moved(structure: Structure, by: int, *offsets: int) -> Structure:
    """The structure with its offsets moved; one that is absent or zero says nothing."""
    changed = {
        field: (structure[field][0], structure[field][1] + by)
        for field in offsets
        if field in structure and structure[field][1]
    }
    return {**structure, **changed}


def _without_rows(footer: Structure) -> Structure:
    return {field: value for field, value in footer.items() if field not in (FILE_ROWS, FILE_ROW_GROUPS)}


def _read(stream: BinaryIO, begin: int, size: int) -> bytes:
    stream.seek(begin)
    return stream.read(size)


def _structure(data: bytes) -> Structure:
    return _value(TCompactProtocol(TMemoryBuffer(data)), TType.STRUCT)


def _written(structure: Structure) -> bytes:
    buffer = TMemoryBuffer()
    _write(TCompactProtocol(buffer), TType.STRUCT, structure)
    return buffer.getvalue()


def _value(protocol: TCompactProtocol, kind: int) -> Any:
    if kind == TType.STRUCT:
        protocol.readStructBegin()
        structure: Structure = {}
        while (field := protocol.readFieldBegin())[1] != TType.STOP:
            structure[field[2]] = (field[1], _value(protocol, field[1]))
            protocol.readFieldEnd()
        protocol.readStructEnd()
        return structure
    if kind == TType.LIST:
        item, count = protocol.readListBegin()
        items = [_value(protocol, item) for _ in range(count)]
        protocol.readListEnd()
        return item, items
    return getattr(protocol, f"read{SIMPLE_TYPES[kind]}")()


def _write(protocol: TCompactProtocol, kind: int, value: Any) -> None:
    if kind == TType.STRUCT:
        protocol.writeStructBegin("")
        for field, (field_kind, field_value) in value.items():
            protocol.writeFieldBegin("", field_kind, field)
            _write(protocol, field_kind, field_value)
            protocol.writeFieldEnd()
        protocol.writeFieldStop()
        protocol.writeStructEnd()
    elif kind == TType.LIST:
        item, items = value
        protocol.writeListBegin(item, len(items))
        for one in items:
            _write(protocol, item, one)
        protocol.writeListEnd()
    else:
        getattr(protocol, f"write{SIMPLE_TYPES[kind]}")(value)
