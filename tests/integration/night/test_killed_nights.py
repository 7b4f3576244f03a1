"""A night killed at any stage leaves readers what they had, and the next one ends as if nothing had been."""

import pytest

from ingestion.sample import append_day
from orchestration.console import STAGES
from publishing.manifest import verify
from publishing.reader import open_night

pytestmark = pytest.mark.slow

# In the middle of the landing and of the build, and at the start of every stage up to the switch; after it
# readers see the night.
MOMENTS = [
    {"event": "file_landed"},
    {"event": "node_finished", "finished": 60},
    *({"event": "stage_started", "stage": stage} for stage in STAGES if stage != "data_docs"),
]


def hashes(manifest):
    return {name: mart["sha256"] for name, mart in manifest.marts.items() if name != "run_info"}


def revenue(warehouse):
    with open_night(warehouse.home / "published") as night:
        return night.values("revenue", subject=None, period=None)


def test_killed_at_every_stage_readers_keep_the_last_night_and_the_next_one_converges(
    published, tmp_path, next_day
):
    undisturbed, disturbed = published.copy(tmp_path / "a"), published.copy(tmp_path / "b")
    for one in (undisturbed, disturbed):
        append_day(one.exports, next_day)
    code, _, errors = undisturbed.refresh("--as-of", str(next_day))
    assert code == 0, errors
    good, read_before = disturbed.current, revenue(disturbed)
    for moment in MOMENTS:
        disturbed.refresh_killed_at(moment, "--as-of", str(next_day))
        assert disturbed.current == good, f"killed at {moment}"
        assert verify(disturbed.home / "published", good) == []
        assert revenue(disturbed) == read_before
    for question in (["audit"], ["value", "revenue"]):
        assert disturbed.run(*question).returncode == 0
    code, _, errors = disturbed.refresh("--as-of", str(next_day))
    assert code == 0, errors
    assert hashes(disturbed.manifest) == hashes(undisturbed.manifest)
    folders = {path.name for path in (disturbed.home / "published").iterdir() if path.is_dir()}
    assert folders == {good, disturbed.current}
