"""Landing a table: every file of every mapping, each once, and rows that waited for another table again.

A file is known when its content has been loaded with the same mapping and contract. Two exceptions: a file
that went back to what it held before is news, and so is any file of a snapshot that has not been seen under
its name. When a mapping or a contract changes, files are read again, and records that the old reading made
up go away.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from ingestion.contract import Contract
from ingestion.files import SourceFile, source_files
from ingestion.load import FileProblem, Load
from ingestion.loader import FileLoader
from ingestion.plan import table_plans
from ingestion.profile import Profile
from ingestion.readers import RefusedFileError
from ingestion.reading import FileReader
from ingestion.references import awaited_tables, loads_to_try_again
from ingestion.store import Landing
from ingestion.task import Task

__all__ = ["FileProblem", "Landing", "Load", "TableLanding", "land_table", "landing_order"]


@dataclass
class TableLanding:
    """What one night did for one table."""

    table: str
    loads_new: list[Load] = field(default_factory=list)
    loads_known: list[Load] = field(default_factory=list)
    problems: list[FileProblem] = field(default_factory=list)


def landing_order(profile: Profile, contracts: dict[str, Contract]) -> list[str]:
    """The connected tables, those referred to before those that refer to them."""
    connected = set(profile.connected_tables()) & set(contracts)

    def graph(kinds: set[str]) -> dict[str, set[str]]:
        return {
            table: {
                reference.table
                for reference in contracts[table].references.values()
                if reference.unknown in kinds and reference.table in connected - {table}
            }
            for table in sorted(connected)
        }

    try:
        return list(TopologicalSorter(graph({"quarantine", "report"})).static_order())
    except CycleError:
        # References that are only counted may go round in circles; those that hold a row back may not.
        return list(TopologicalSorter(graph({"quarantine"})).static_order())


def land_table(profile: Profile, contract: Contract, landing: Landing, *, run_id: str) -> TableLanding:
    """Load what is new for a table. A file that cannot be loaded is a problem, never an exception."""
    return _TableLander(profile, contract, landing, run_id).run()


class _TableLander:
    def __init__(self, profile: Profile, contract: Contract, landing: Landing, run_id: str) -> None:
        self.profile, self.contract, self.landing, self.run_id = profile, contract, landing, run_id
        self.result = TableLanding(contract.table)
        self.plans = list(table_plans(profile, contract))
        self.files = list(self._find_files())
        self.reader = FileReader(landing, self.files)

    def run(self) -> TableLanding:
        for file in self.files:
            try:
                self._land(file)
            except RefusedFileError as refused:
                self._problem(file.source, file.name, refused)
        for load in self._waiting_loads():
            try:
                self._retry(load)
            except RefusedFileError as refused:
                self._problem(load.source, load.file, refused)
        return self.result

    def _find_files(self) -> Iterator[SourceFile]:
        for plan in self.plans:
            found, missing = source_files(plan)
            yield from found
            for path in missing:
                what = f"there is no file {path} in {plan.root}; check the export or the profile's path"
                self._problem(plan.source, path, RefusedFileError("missing", what))

    def _problem(self, source: str, file: str, refused: RefusedFileError) -> None:
        message = f"{file} ({self.contract.table}): {refused.message}"
        problem = FileProblem(
            table=self.contract.table, source=source, file=file, message=message, kind=refused.kind
        )
        self.result.problems.append(problem)

    def _land(self, file: SourceFile) -> None:
        loads = self.landing.loads(self.contract.table)
        here = [load for load in loads if load.slot == file.slot]
        same = [load for load in loads if load.content_id == file.content_id and load.retry_of is None]
        is_snapshot = file.plan.is_snapshot
        gone = self._of_gone_files(file, loads) if is_snapshot else []
        if not gone:
            if here and here[-1].content_id == file.content_id:
                self.result.loads_known.append(here[-1])
                return
            if same and not here and not is_snapshot:
                self.result.loads_known.append(same[-1])
                return
        answers_for: list[Load] | None = None
        if is_snapshot:
            is_series = file.plan.mapping.snapshot == "series"
            before = [load for load in loads if load.slot[:2] == file.slot[:2]] if is_series else here
            answers_for = [*before, *gone]
        elif here and here[-1].file_sha256 == file.sha256:
            answers_for = here  # the same file read in a new way: what the old way made up goes
        self._load(
            Task(
                profile=self.profile,
                contract=self.contract,
                landing=self.landing,
                file=file,
                content_id=file.content_id,
                load_id=_load_id(file.content_id, f"again:{len(same)}" if same else ""),
                sequence=len(loads) + 1,
                run_id=self.run_id,
                answers_for=None if answers_for is None else frozenset(load.load_id for load in answers_for),
            )
        )

    def _of_gone_files(self, file: SourceFile, loads: list[Load]) -> list[Load]:
        """Loads of files that the snapshot's source no longer has, if records of theirs are still alive.

        A path written out in the profile is never gone: it is missing, which is a problem of its own.
        """
        names = {other.name for other in self.files if other.source == file.source}
        names |= {path for plan in self.plans for path in plan.mapping.path}
        gone = [load for load in loads if load.source == file.source and load.file not in names]
        if not gone or file.plan.mapping.snapshot == "series":
            return []
        alive = self.landing.alive_rows(self.contract, {load.load_id for load in gone})
        return gone if any(rows.height for rows in alive) else []

    def _load(self, task: Task) -> None:
        loader = FileLoader(task, self.reader.batches(task.file))
        try:
            load = loader.run()
            if load is not None:
                loader.commit(load)
                self.result.loads_new.append(load)
        finally:
            self.landing.discard(loader.workspace)

    # Rows that waited for another table

    def _waiting_loads(self) -> list[Load]:
        """The last loads of their files that hold rows waiting for records which may have come."""
        connected = self.profile.connected_tables()
        state = {
            table: self.landing.last_sequence(table) for table in awaited_tables(self.contract, connected)
        }
        last: dict[tuple[str, int, str], Load] = {}
        for load in self.landing.loads(self.contract.table):
            last[load.slot] = load
        waiting = [
            load
            for load in sorted(last.values(), key=lambda load: load.sequence)
            if load.reasons.get("unknown_reference")
            and any(sequence > load.parents.get(table, 0) for table, sequence in state.items())
        ]
        return loads_to_try_again(waiting, self.contract, self.landing)

    def _retry(self, load: Load) -> None:
        plan = next((plan for plan in self.plans if (plan.source, plan.position) == load.slot[:2]), None)
        if plan is None:
            return
        connected = self.profile.connected_tables()
        state = [f"{t}:{self.landing.last_sequence(t)}" for t in awaited_tables(self.contract, connected)]
        self._load(
            Task(
                profile=self.profile,
                contract=self.contract,
                landing=self.landing,
                file=SourceFile(plan, load.file, None),
                content_id=load.content_id,
                load_id=_load_id(load.content_id, f"retry:{load.load_id}:{','.join(state)}"),
                sequence=self.landing.last_sequence(self.contract.table) + 1,
                run_id=self.run_id,
                retry_of=load,
            )
        )


def _load_id(content_id: str, salt: str) -> str:
    return hashlib.sha256(f"{content_id}|{salt}".encode()).hexdigest()[:16]
