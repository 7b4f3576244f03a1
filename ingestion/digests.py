"""Digests of files, rows and keys, the same on every machine: SHA-256, of rows and keys the first digits."""

from __future__ import annotations

import hashlib
from pathlib import Path

import polars as pl
from polars_hash import CryptographicHashingNameSpace


def digest(text: pl.Expr, digits: int) -> pl.Expr:
    """The first hexadecimal `digits` of the SHA-256 of a text in UTF-8; NULL of NULL."""
    return CryptographicHashingNameSpace(text).sha2_256().str.slice(0, digits)


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal. Raises OSError where it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
