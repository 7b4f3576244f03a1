"""One file into one table: read, map, check, judge. Nothing is visible until the landing commits it.

First every batch is mapped and checked by itself, several at once. Then repeated keys and duplicates of what
has landed are judged on a narrow index (key, version, hash), in parts in which equal keys meet; what each row
is said to be takes a bit. At last references are judged, batch by batch again. So a file never has to be in
memory as a whole, however large it is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from ingestion.batches import (
    JudgedBatch,
    below_each_other,
    judge_again,
    refuse_wrong_header,
    with_problems,
)
from ingestion.load import Load
from ingestion.mapping import DELETED, unused_columns
from ingestion.quarantine import ROW, by_row
from ingestion.readers.batch import SOURCE_ROW
from ingestion.readers.parquet import parquet_slices
from ingestion.references import awaited_tables, check_references
from ingestion.spool import RowSet, Spool
from ingestion.task import Task
from ingestion.versions import (
    ROW_HASH,
    bare_markers,
    row_hashes,
    verdicts,
    version_columns,
    with_versions_of_deletions,
)
from ingestion.writing import add_tombstones, write_landed, write_quarantine

# The most ids that the manifest of a load lists. Where rows wait for more, any new load lets them try again.
AWAITED_LISTED = 1000


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
    unknown_references: Counter[str] = field(default_factory=Counter)


class FileLoader:
    """Loads the `batches` of one file, or rows that are tried again, into `workspace`. Raises
    RefusedFileError when nothing of it can be loaded.
    """

    def __init__(self, task: Task, batches: Iterable[JudgedBatch] = ()) -> None:
        self.task = task
        self.batches = batches
        self.contract = task.contract
        self.plan = task.file.plan
        self.mapping = self.plan.mapping
        self.limits = task.landing.limits
        self.workspace = task.landing.workspace(task.contract.table)
        # Frame by frame these belong together: the rows of one batch of the file.
        self.good, self.texts, self.bad = self._spool("good"), self._spool("text"), self._spool("bad")
        self.bad_keys, self.out = self._spool("bad_keys"), self._spool("out")
        self.counts = _Counts()
        self.awaited: defaultdict[str, set[str]] = defaultdict(set)
        self.columns: dict[str, None] = {}
        self.event_range: tuple[Any, Any] = (None, None)
        self._only_new_versions = True

    def run(self) -> Load | None:
        """The load, ready to be committed; None when rows tried again have to wait on."""
        if self.task.retry_of:
            self._take_again(self.task.retry_of)
        else:
            self._take_file()
        self.new, self.repeated, self.landed = (RowSet(self.counts.read) for _ in range(3))
        self._judge_keys()
        self._judge_references()
        if self.task.retry_of and not self.counts.landed and not self.counts.duplicate:
            return None
        write_landed(self.task, self.workspace, self.good.scan().filter(self.landed.condition))
        present = pl.concat([self.good.scan().select(self.contract.key), self.bad_keys.scan()])
        self.counts.deleted = add_tombstones(self.task, self.workspace, present)
        write_quarantine(self.task, self.workspace, self.out)
        return self._load()

    def commit(self, load: Load) -> None:
        """Make what `run` prepared a load."""
        landing = self.task.landing
        landing.commit(load, self.workspace)
        if self._only_new_versions and not load.rows_deleted and not self.task.retry_of:
            place = {"_load_id": pl.lit(load.load_id), "_sequence": pl.lit(load.sequence, dtype=pl.Int64)}
            rows = self.good.scan().filter(self.landed.condition).with_columns(**place)
            landing.remember(load, self.contract, rows)

    def _spool(self, name: str) -> Spool:
        return Spool(self.workspace / "spool", name, self.limits.spooled_bytes)

    # Batch by batch

    def _take_file(self) -> None:
        for batch in self.batches:
            self._take(batch)
        if self.columns:
            # Records may each hold other columns: what is missing is known at the end. No record, no column.
            refuse_wrong_header(self.columns, self.plan.columns[0], self.plan)

    def _take_again(self, load: Load) -> None:
        """The rows of an earlier load that waited for a record, from its quarantine."""
        for part in parquet_slices(self.task.landing.quarantine_path(load), self.limits.block_bytes):
            rows = part.filter(pl.col("_reason") == "unknown_reference")
            rows = rows.drop("_reason", "_detail", "_source_file", "_source_text")
            self._take(judge_again(rows, load.columns, self.plan))

    def _take(self, batch: JudgedBatch) -> None:
        """Add a batch to those before it: its rows are numbered on from theirs."""
        self.columns.update(dict.fromkeys(batch.columns))
        number = pl.col(ROW) + self.counts.read
        self.counts.in_file += batch.in_file
        self.counts.filtered += batch.filtered
        self.counts.read += batch.read
        self.good.add(self._with_versions(batch.good.with_columns(number)))
        self.texts.add(batch.texts.with_columns(number))
        self.bad.add(batch.bad)
        self.bad_keys.add(batch.bad_keys)

    def _with_versions(self, good: pl.DataFrame) -> pl.DataFrame:
        """Delete markers may need the versions of what has landed and of earlier batches."""
        if DELETED not in (self.mapping.columns or {}):
            return good
        keys = bare_markers(good, self.contract)
        if not keys.height:
            return good
        names = version_columns(self.contract)
        landed = self.task.landing.known_rows(self.contract, keys).by_version.lazy()
        before = [self.good.scan()] if self.good.height else []
        seen = pl.concat([rows.select(names) for rows in (landed, *before)])
        seen = seen.join(keys.lazy(), on=self.contract.key, how="semi", nulls_equal=True)
        dated = with_versions_of_deletions(good, seen, self.contract)
        return dated.with_columns(row_hashes(dated, self.contract))

    # Over the whole file

    def _judge_keys(self) -> None:
        """Which rows are new and which repeat a key. Counts duplicates."""
        key = self.contract.key
        index = [ROW, *version_columns(self.contract), ROW_HASH]
        count: Counter[str] = Counter()
        for part in self.good.parts(index, key, self.limits.rows_at_once):
            known = self.task.landing.known_rows(self.contract, part.select(key))
            judged = verdicts(part, self._as_answered(known.by_version), self.contract)
            count.update(dict(judged["verdict"].value_counts().iter_rows()))
            self._only_new_versions &= not judged["is_known"].any()
            self.new.add(judged.filter(pl.col("verdict") == "new")[ROW])
            self.repeated.add(judged.filter(pl.col("verdict") == "repeated_key")[ROW])
        self.counts.duplicate = count["duplicate"]
        if self.mapping.distinct:
            self.counts.collapsed = count["same_file"]
        else:
            self.counts.duplicate += count["same_file"]

    def _judge_references(self) -> None:
        """The rows that land, and in `out` those that stay out, batch by batch in the order of the file."""
        connected = self.task.profile.connected_tables()
        file = self.good.scan().filter(self.new.condition)
        event = [self.contract.event_time] if self.contract.event_time else []
        columns = list(dict.fromkeys([ROW, "_is_deleted", *self.contract.references, *event]))
        for batches in self.good.groups(self.limits.rows_at_once):
            index = self.good.scan(batches).select(columns).collect()
            new = index.filter(self.new.holds(index[ROW]))
            references = check_references(new, file, self.contract, self.task.landing, connected)
            self.counts.unknown_references.update(references.unknown)
            for name, ids in references.awaited.items():
                if len(self.awaited[name]) <= AWAITED_LISTED:  # one more than are listed says that it is many
                    self.awaited[name].update(ids.head(AWAITED_LISTED + 1))
            repeated = self._repeated(index.filter(self.repeated.holds(index[ROW])))
            rejected = by_row([repeated, references.problems])
            self._note_landed(new.filter(~pl.col(ROW).is_in(rejected[ROW].implode())))
            for batch in batches:
                self._put_aside(batch, rejected)

    def _note_landed(self, rows: pl.DataFrame) -> None:
        self.landed.add(rows[ROW])
        self.counts.landed += rows.height
        if self.contract.event_time:
            event = rows[self.contract.event_time]
            times = [time for time in (*self.event_range, event.min(), event.max()) if time is not None]
            self.event_range = (min(times, default=None), max(times, default=None))

    def _put_aside(self, batch: int, rejected: pl.DataFrame) -> None:
        """The rows of a batch that stay out, in the order of the file: those found bad before, and these."""
        if not rejected.height and not self.bad.heights[batch]:
            return
        this = range(batch, batch + 1)
        late = with_problems(self.texts.scan(this), rejected)
        out = below_each_other([self.bad.scan(this).collect(), *late])
        if out.height:
            self.counts.reasons.update(out["_reason"].to_list())
            self.out.add(out.sort(SOURCE_ROW, maintain_order=True))

    def _as_answered(self, landed: pl.DataFrame) -> pl.DataFrame:
        """Landed rows with no hash where an equal row is no duplicate of them.

        In a snapshot a row that another file landed lands again: whoever holds it last answers for it.
        """
        if self.task.answers_for is None:
            return landed
        is_own = pl.col("_load_id").is_in(sorted(self.task.answers_for))
        return landed.with_columns(pl.when(is_own).then(ROW_HASH).otherwise(pl.lit("")).alias(ROW_HASH))

    def _repeated(self, rows: pl.DataFrame) -> pl.DataFrame:
        by = self.contract.version_by
        order = f"with the same {by}" if by else "and the table has no column that orders versions"
        detail = f"{', '.join(self.contract.key)}: the file holds this key with different content {order}"
        return rows.select(ROW, reason=pl.lit("repeated_key"), detail=pl.lit(detail))

    def _awaited(self) -> dict[str, list[str]] | None:
        """The ids that rows wait for, as far as a manifest can list them."""
        if sum(map(len, self.awaited.values())) > AWAITED_LISTED:
            return None
        return {name: sorted(ids) for name, ids in sorted(self.awaited.items())}

    def _load(self) -> Load:
        task, counts = self.task, self.counts
        columns = list(self.columns)
        awaited = awaited_tables(self.contract, task.profile.connected_tables())
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
            rows_landed=counts.landed,
            rows_quarantined=counts.reasons.total(),
            rows_duplicate=counts.duplicate,
            rows_deleted=counts.deleted,
            reasons=dict(sorted(counts.reasons.items())),
            unknown_references={
                name: counts.unknown_references[name]
                for name in self.contract.references
                if name in counts.unknown_references
            },
            parents={table: task.landing.last_sequence(table) for table in awaited},
            awaited=self._awaited(),
            columns=columns,
            extra_columns=unused_columns(columns, self.mapping, self.contract),
            event_min=_iso(self.event_range[0]),
            event_max=_iso(self.event_range[1]),
            loaded_at=task.loaded_at,
            run_id=task.run_id,
            code_version=task.landing.code_version,
        )


def _iso(moment: object) -> str | None:
    return None if moment is None else moment.isoformat()
