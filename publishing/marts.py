"""Marts: the dbt models that readers see, as dbt's manifest declares them and as a night published them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

MARTS_SCHEMA = "marts"
PUBLISHED_TAG = "published"

# By month (None: of no month): how many rows, and a number over them that does not depend on their order.
Partitions = dict[date | None, tuple[int, int]]


@dataclass(frozen=True)
class Mart:
    """A dbt model that readers see. Its rows stand in the order of the months of the date column that it is
    `partitioned_by`, if any, and then of its grain; without a grain, of every column from left to right.
    """

    name: str
    schema: str
    grain: tuple[str, ...] = ()
    description: str = ""
    partitioned_by: str | None = None


@dataclass(frozen=True)
class ExportedMart:
    """A mart as published: file (relative to the run's folder), rows, and the SHA-256 of the file."""

    name: str
    file: str
    rows: int
    sha256: str
    grain: tuple[str, ...] = ()
    partitioned_by: str | None = None
    carried_from: str | None = None


@dataclass(frozen=True)
class ExportedDatabase:
    """The database file as published: file (relative to the run's folder), the SHA-256 of the file, and what
    it held of each mart.
    """

    file: str
    sha256: str
    held: Mapping[str, Partitions]


@dataclass(frozen=True)
class ExportedNight:
    """A night as it was published: its run, its folder, its marts by name, and its database file, of which an
    earlier release told nothing.
    """

    run_id: str
    folder: Path
    marts: Mapping[str, ExportedMart]
    database: ExportedDatabase | None = None


def published_marts(dbt_manifest: Mapping[str, Any]) -> list[Mart]:
    """The marts that a dbt manifest declares: models in schema `marts`, or tagged `published`; by name."""
    marts = [
        _mart(node)
        for node in dbt_manifest["nodes"].values()
        if node["resource_type"] == "model"
        and node["config"].get("enabled", True)
        and node["config"].get("materialized") != "ephemeral"
        and (node["schema"] == MARTS_SCHEMA or PUBLISHED_TAG in node.get("tags", []))
    ]
    return sorted(marts, key=lambda mart: mart.name)


def _mart(node: Mapping[str, Any]) -> Mart:
    meta = node["config"].get("meta") or {}
    return Mart(
        node["alias"],
        node["schema"],
        tuple(meta.get("grain", ())),
        node.get("description", ""),
        meta.get("partitioned_by"),
    )
