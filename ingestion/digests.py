"""Digests of rows and keys, the same on every machine: the first digits of SHA-256 over UTF-8."""

from __future__ import annotations

import polars as pl
from polars_hash import CryptographicHashingNameSpace


def digest(text: pl.Expr, digits: int) -> pl.Expr:
    """The first hexadecimal `digits` of a text's SHA-256; NULL of NULL."""
    return CryptographicHashingNameSpace(text).sha2_256().str.slice(0, digits)
