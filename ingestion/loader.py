"""One file into one table: read, map, check, judge. Nothing is visible until the landing commits it.

First every batch is mapped and checked by itself; then, over the whole file, repeated keys, duplicates of
what has landed and references are judged on a narrow index (key, version, hash, references), so that a large
file never has to be in memory as a whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import polars as pl

from ingestion.checks import check_rows
from ingestion.load import Load
from ingestion.mapping import (
    DELETED,
    apply_filter,
    map_columns,
    unused_columns,
    with_null_tokens,
)
from ingestion.quarantine import ROW, by_row
from ingestion.readers import BLOCK_BYTES, Batch, RefusedFileError, read_file
from ingestion.readers.batch import SOURCE_ROW
from ingestion.readers.records import read_rows
from ingestion.references import awaited_tables, check_references
from ingestion.shaping import made_columns, shape
from ingestion.spool import Spool
from ingestion.task import Task
from ingestion.versions import ROW_HASH, row_hashes, verdicts, version_columns, with_versions_of_deletions
from ingestion.writing import add_tombstones, write_landed, write_quarantine

_RESERVED = {ROW, SOURCE_ROW, "_reason", "_detail", "_source_file", "_source_text"}


@dataclass
class _Counts:
    """Rows by what became of them; `reasons` counts the quarantined."""

    in_file: int = 0
    filtered: int = 0
    collapsed: int = 0
    read: int = 0
    landed: int = 0
    duplicate: int = 0
    deleted: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    unknown_references: dict[str, int] = field(default_factory=dict)


class FileLoader:
    """Loads one file into `workspace`. Raises RefusedFileError when nothing of it can be loaded."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.contract = task.contract
        self.plan = task.file.plan
        self.mapping = self.plan.mapping
        self.known = task.landing.known_rows(task.contract)
        self.workspace = task.landing.workspace(task.contract.table)
        size = task.file.path.stat().st_size if task.file.path else 0
        large = size > task.landing.large_file_bytes
        self.good = Spool(self.workspace / "spool", "good", on_disk=large)
        self.texts = Spool(self.workspace / "spool", "text", on_disk=large)
        self.bad = Spool(self.workspace / "spool", "bad", on_disk=large)
        self.index: list[pl.DataFrame] = []
        self.bad_keys: list[pl.DataFrame] = []
        self.counts = _Counts()
        self.columns: dict[str, None] = {}
        has_markers = DELETED in (self.mapping.columns or {})
        self._versions = self.known.by_key if has_markers else None
        self._only_new_versions = False

    def run(self) -> Load | None:
        """The load, ready to be committed; None when rows tried again have to wait on."""
        if self.task.retry_of:
            self._take_again(self.task.retry_of)
        else:
            self._take_file()
        index = pl.concat(self.index)
        keep = self._judge(index)
        if self.task.retry_of and not keep.len() and not self.counts.duplicate:
            return None
        write_landed(self.task, self.workspace, self.good, keep)
        present = pl.concat([index.select(self.contract.key), *self.bad_keys])
        self.counts.deleted = add_tombstones(self.task, self.workspace, present)
        write_quarantine(self.task, self.workspace, self.bad)
        self.landed = index.filter(pl.col(ROW).is_in(keep.implode()))
        return self._load(self.landed)

    def commit(self, load: Load) -> None:
        """Make what `run` prepared a load."""
        landing = self.task.landing
        landing.commit(load, self.workspace)
        if self._only_new_versions and not load.rows_deleted and not self.task.retry_of:
            place = {"_load_id": pl.lit(load.load_id), "_sequence": pl.lit(load.sequence, dtype=pl.Int64)}
            landing.remember(load, self.known, self.landed.with_columns(**place))

    # Batch by batch

    def _take_file(self) -> None:
        needed, optional = self.plan.columns
        for batch in self._batches():
            self.columns.update(dict.fromkeys(batch.columns))
            self.counts.in_file += batch.rows.height + batch.broken.height
            if batch.complete_header:
                self._refuse_wrong_header(needed)
            self._take_batch(batch, needed | optional)
        if self.columns:
            # Records may each hold other columns: what is missing is known at the end. No record, no column.
            self._refuse_wrong_header(needed)

    def _batches(self) -> Iterator[Batch]:
        file = self.task.file
        if file.path is None:
            return read_rows(self.mapping.rows)
        block_bytes = min(BLOCK_BYTES, self.task.landing.large_file_bytes)
        return read_file(file.path, self.mapping.format, block_bytes)

    def _refuse_wrong_header(self, needed: set[str]) -> None:
        clash = sorted(_RESERVED & set(self.columns))
        if clash:
            raise RefusedFileError("header", f"the column names {', '.join(clash)} are kept for the landing")
        missing = sorted(needed - set(self.columns))
        if missing:
            raise RefusedFileError(
                "columns",
                f"{self.contract.table} expects the columns {', '.join(sorted(needed))}; missing: "
                f"{', '.join(missing)}; found: {', '.join(self.columns)}. Correct the export, or the mapping "
                f"in the profile",
            )

    def _take_batch(self, batch: Batch, wanted: set[str]) -> None:
        absent = sorted(wanted - set(batch.columns) - made_columns(self.mapping))
        rows = batch.rows.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in absent)
        rows, unshaped = shape(rows, self.mapping)
        work = with_null_tokens(rows, self.mapping)
        kept = apply_filter(work, self.mapping)
        self.counts.filtered += int((~kept).sum())
        self._take_rows(rows.filter(kept), work.filter(kept))
        for broken in (batch.broken, unshaped):
            if broken.height:
                self.counts.read += broken.height
                self.counts.reasons.update(broken["_reason"].to_list())
                self.bad.add(broken)

    def _take_again(self, load: Load) -> None:
        """The rows of an earlier load that waited for a record, from its quarantine."""
        rows = pl.read_parquet(self.task.landing.quarantine_path(load))
        rows = rows.filter(pl.col("_reason") == "unknown_reference")
        rows = rows.drop("_reason", "_detail", "_source_file", "_source_text")
        self.columns.update(dict.fromkeys(load.columns))
        self.counts.in_file = rows.height
        self._take_rows(rows, with_null_tokens(rows, self.mapping))

    def _take_rows(self, texts: pl.DataFrame, work: pl.DataFrame) -> None:
        first = self.counts.read
        self.counts.read += work.height
        numbers = pl.int_range(first, self.counts.read, dtype=pl.Int64, eager=True).alias(ROW)
        texts, work = texts.with_columns(numbers), work.with_columns(numbers)
        mapped = map_columns(work, self.mapping, self.contract, self.plan.texts)
        checked = check_rows(work, mapped, self.contract, self.plan.checks)
        is_bad = pl.col(ROW).is_in(checked.problems[ROW].implode())
        good = self._with_versions(checked.rows.filter(~is_bad))
        good = good.with_columns(row_hashes(good, self.contract))
        self.good.add(good)
        self.texts.add(texts.filter(~is_bad))
        self.index.append(good.select(self._index_columns()))
        self.bad_keys.append(checked.rows.filter(is_bad).select(self.contract.key))
        self._put_aside(texts, checked.problems)

    def _with_versions(self, good: pl.DataFrame) -> pl.DataFrame:
        """Delete markers may need the versions of what has landed and of earlier batches."""
        if self._versions is None or self.contract.version_by is None:
            return good
        good = with_versions_of_deletions(good, self._versions, self.contract)
        names = version_columns(self.contract)
        known = pl.concat([self._versions.select(names), good.select(names)])
        self._versions = known.group_by(self.contract.key).agg(pl.all().max())
        return good

    def _index_columns(self) -> list[str]:
        event = [self.contract.event_time] if self.contract.event_time else []
        references = self.contract.references
        own = [
            reference.column for reference in references.values() if reference.table == self.contract.table
        ]
        names = [
            ROW,
            SOURCE_ROW,
            *version_columns(self.contract),
            ROW_HASH,
            "_is_deleted",
            *references,
            *own,
            *event,
        ]
        return list(dict.fromkeys(names))

    def _put_aside(self, texts: pl.DataFrame, problems: pl.DataFrame) -> None:
        if problems.height:
            rows = texts.join(problems, on=ROW, how="inner", maintain_order="left")
            self.counts.reasons.update(rows["_reason"].to_list())
            self.bad.add(rows.drop(ROW))

    # Over the whole file

    def _judge(self, index: pl.DataFrame) -> pl.Series:
        """The rows that land. Counts duplicates; puts aside repeated keys and rows that have to wait."""
        judged = verdicts(index, self._landed_for_comparison(), self.contract)
        count = Counter(dict(judged["verdict"].value_counts().iter_rows()))
        self._only_new_versions = not judged["is_known"].any()
        self.counts.duplicate = count["duplicate"]
        if self.mapping.distinct:
            self.counts.collapsed = count["same_file"]
        else:
            self.counts.duplicate += count["same_file"]
        new = index.filter(judged["verdict"] == "new")
        connected = self.task.profile.connected_tables()
        waiting, unknown = check_references(new, self.contract, self.task.landing, connected)
        self.counts.unknown_references = unknown
        repeated = judged.filter(pl.col("verdict") == "repeated_key")
        rejected = by_row([self._repeated(repeated), waiting])
        if rejected.height:
            texts = self.texts.scan().filter(pl.col(ROW).is_in(rejected[ROW].implode())).collect()
            self._put_aside(texts, rejected)
        return new.filter(~pl.col(ROW).is_in(rejected[ROW].implode()))[ROW]

    def _landed_for_comparison(self) -> pl.DataFrame:
        """The newest landed rows that make an equal row a duplicate.

        In a snapshot a row that another file landed lands again: whoever holds it last answers for it.
        """
        landed = self.known.by_version
        if self.task.answers_for is None:
            return landed
        return landed.filter(pl.col("_load_id").is_in(sorted(self.task.answers_for)))

    def _repeated(self, rows: pl.DataFrame) -> pl.DataFrame:
        by = self.contract.version_by
        order = f"with the same {by}" if by else "and the table has no column that orders versions"
        detail = f"{', '.join(self.contract.key)}: the file holds this key with different content {order}"
        return rows.select(ROW, reason=pl.lit("repeated_key"), detail=pl.lit(detail))

    def _load(self, landed: pl.DataFrame) -> Load:
        task, counts = self.task, self.counts
        columns = list(self.columns)
        awaited = awaited_tables(self.contract, task.profile.connected_tables())
        event = landed[self.contract.event_time] if self.contract.event_time else pl.Series([None])
        return Load(
            load_id=task.load_id,
            sequence=task.sequence,
            row_sequence=task.row_sequence if task.retry_of else None,
            table=self.contract.table,
            source=task.file.source,
            mapping=self.plan.position,
            file=task.file.name,
            file_sha256=task.file_sha256,
            content_id=task.content_id,
            retry_of=task.retry_of.load_id if task.retry_of else None,
            rows_in_file=counts.in_file,
            rows_filtered=counts.filtered,
            rows_collapsed=counts.collapsed,
            rows_read=counts.read - counts.collapsed,
            rows_landed=landed.height,
            rows_quarantined=counts.reasons.total(),
            rows_duplicate=counts.duplicate,
            rows_deleted=counts.deleted,
            reasons=dict(sorted(counts.reasons.items())),
            unknown_references=counts.unknown_references,
            parents={table: task.landing.last_sequence(table) for table in awaited},
            columns=columns,
            extra_columns=unused_columns(columns, self.mapping, self.contract),
            event_min=_iso(event.min()),
            event_max=_iso(event.max()),
            loaded_at=task.loaded_at,
            run_id=task.run_id,
            code_version=task.landing.code_version,
        )


def _iso(moment: object) -> str | None:
    return None if moment is None else moment.isoformat()
