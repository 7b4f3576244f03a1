"""The chained manifest and the switch: readers see a whole night or the one before."""

import dataclasses

import duckdb
import pytest

from publishing.export import export_marts
from publishing.manifest import (
    Manifest,
    ManifestError,
    database_entry,
    exported_night,
    manifest_sha256,
    mart_entries,
    read_manifest,
    verify,
    write_manifest,
)
from publishing.marts import Mart
from publishing.switch import apply_retention, current_run, published_runs, remove_unfinished, switch_to


@pytest.fixture
def published(tmp_path):
    return tmp_path / "published"


def night(published, run_id, previous=None, **content):
    folder = published / run_id
    folder.mkdir(parents=True)
    manifest = Manifest(
        run_id=run_id,
        as_of="2026-06-30",
        started="2026-07-01T02:30:00Z",
        finished="2026-07-01T02:31:00Z",
        code_version="0.1.0",
        profile="sample",
        previous_run_id=previous,
        previous_manifest_sha256=manifest_sha256(published / previous) if previous else None,
        **content,
    )
    write_manifest(folder, manifest)
    return manifest


def test_a_manifest_is_read_as_it_was_written(published):
    written = night(
        published, "r1", held_domains={"ticketing": "文件被拒绝"}, metric_states={"revenue": "ok"}
    )
    assert read_manifest(published / "r1") == written


def test_a_missing_or_broken_manifest_is_named(published):
    with pytest.raises(ManifestError, match="never finished"):
        read_manifest(published / "r0")
    night(published, "r1")
    (published / "r1" / "manifest.json").write_text("{", "utf-8")
    with pytest.raises(ManifestError, match="not a manifest"):
        read_manifest(published / "r1")


def test_a_changed_file_and_a_changed_predecessor_are_seen(published, tmp_path):
    with duckdb.connect(str(tmp_path / "w.duckdb")) as connection:
        connection.execute("CREATE SCHEMA marts; CREATE TABLE marts.m AS SELECT 1 AS id")
    night(published, "r1")
    night(published, "r2", previous="r1")
    exported = export_marts(tmp_path / "w.duckdb", [Mart("m", "marts", ("id",))], published / "r2", limits={})
    marts, database = mart_entries(exported.marts.values()), database_entry(exported.database)
    manifest = dataclasses.replace(read_manifest(published / "r2"), marts=marts, database=database)
    write_manifest(published / "r2", manifest)
    assert exported_night(published / "r2", read_manifest(published / "r2")) == exported
    assert verify(published, "r2") == []
    with duckdb.connect(str(published / "r2" / "goldthread.duckdb")) as connection:
        connection.execute("UPDATE marts.m SET id = 2")
    assert [difference.split(":")[0] for difference in verify(published, "r2")] == ["database"]
    with (published / "r1" / "manifest.json").open("a") as stream:
        stream.write("\n")
    (published / "r2" / "marts" / "m.parquet").write_bytes(b"")
    assert [difference.split(":")[0] for difference in verify(published, "r2")] == ["m", "database", "r2"]


def test_nothing_is_current_before_the_first_night_and_only_a_whole_night_can_be(published):
    assert current_run(published) is None
    (published / "half").mkdir(parents=True)
    with pytest.raises(FileNotFoundError, match="not a published night"):
        switch_to(published, "half")
    night(published, "r1")
    switch_to(published, "r1")
    assert current_run(published) == "r1"
    assert (published / "current").read_text() == "r1\n"


def test_what_a_crash_left_behind_is_removed_and_whole_nights_are_not(published):
    night(published, "r1")
    switch_to(published, "r1")
    (published / "r2" / "marts").mkdir(parents=True)
    (published / "r2" / "marts" / "m.parquet").write_bytes(b"half")
    (published / ".current.4711").write_text("r2")
    assert remove_unfinished(published) == ["r2"]
    assert sorted(path.name for path in published.iterdir()) == ["current", "r1"]


def test_retention_keeps_the_newest_nights_and_the_current_one(published):
    for number in range(1, 7):
        night(published, f"r{number}")
    switch_to(published, "r2")
    assert apply_retention(published, keep=2) == ["r1", "r3", "r4"]
    assert published_runs(published) == ["r2", "r5", "r6"]
    assert apply_retention(published, keep=14) == []
