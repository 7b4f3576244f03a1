"""Text files in blocks: decoding that can say where a file is not in the encoding it is said to be in."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ingestion.readers.batch import RefusedFileError

BLOCK_BYTES = 4 * 1024 * 1024
_BYTES_AT_HAND = 1 << 16


def text_blocks(path: Path, encoding: str, block_bytes: int = BLOCK_BYTES) -> Iterator[tuple[str, bool]]:
    """The file's text piece by piece, each with whether it is the last. A byte order mark is dropped."""
    utf8 = codecs.lookup(encoding).name == "utf-8"
    decoder = codecs.getincrementaldecoder("utf-8-sig" if utf8 else encoding)()
    offset, line = 0, 1
    with path.open("rb") as file:
        while True:
            data = file.read(block_bytes)
            # One byte ahead, so that the last block is known to be the last.
            last = len(data) < block_bytes or not file.peek(1)
            waiting = len(decoder.getstate()[0])
            try:
                text = decoder.decode(data, last)
            except UnicodeDecodeError as error:
                at = offset - waiting + error.start
                line += error.object[: error.start].count(b"\n")
                raise RefusedFileError("encoding", _not_in(encoding, error, at, line)) from None
            if "\x00" in text:
                line += text[: text.index("\x00")].count("\n")
                raise RefusedFileError(
                    "encoding",
                    f"line {line} holds a zero byte, so this is not {encoding} text; if a program for "
                    f"Windows wrote it, try format: {{encoding: utf-16}}",
                )
            offset += len(data)
            line += text.count("\n")
            yield text, last
            if last:
                return


def _not_in(encoding: str, error: UnicodeDecodeError, at: int, line: int) -> str:
    byte = error.object[error.start] if error.start < len(error.object) else 0
    return (
        f"byte {at} (0x{byte:02X}, line {line}) is not {encoding}; say how the file is written, for example "
        f"format: {{encoding: gb18030}} or {{encoding: cp1252}}"
    )


def whole_text(path: Path, encoding: str) -> str:
    """A file's text at once; raises RefusedFileError where it is not in that encoding."""
    return "".join(text for text, _ in text_blocks(path, encoding))


def parts_at_hand(text: bytes, beyond: int = 0) -> Iterator[np.ndarray]:
    """The bytes of a text in parts that a processor keeps at hand, each with some bytes of the next one."""
    written = np.frombuffer(text, dtype=np.uint8)
    return (written[start : start + _BYTES_AT_HAND + beyond] for start in range(0, len(text), _BYTES_AT_HAND))


def count_of(text: bytes, character: str) -> int:
    """How often an ASCII character stands in a text."""
    return sum(np.count_nonzero(part == ord(character)) for part in parts_at_hand(text))
