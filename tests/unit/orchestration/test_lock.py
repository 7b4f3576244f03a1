"""The night lock, between real processes."""

import os
import signal
import subprocess
import sys

import pytest

from orchestration.home import PROJECT_ROOT
from orchestration.lock import NightIsRunningError, night_lock

HOLDER = """
import sys, time
from pathlib import Path
from orchestration.lock import night_lock
with night_lock(Path(sys.argv[1]), "20260630T023000-aaaa"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / "night.lock")],
        stdout=subprocess.PIPE,
        cwd=PROJECT_ROOT,
    )
    assert process.stdout.readline() == b"held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_the_second_is_refused_and_told_who_holds_it(holder, tmp_path):
    with pytest.raises(NightIsRunningError) as refused, night_lock(tmp_path / "night.lock", "second"):
        pass
    assert refused.value.holder["pid"] == holder.pid
    assert refused.value.holder["run_id"] == "20260630T023000-aaaa"
    assert str(holder.pid) in str(refused.value)
    assert "20260630T023000-aaaa" in str(refused.value)


def test_a_killed_holder_frees_it(holder, tmp_path):
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    with night_lock(tmp_path / "night.lock", "second"):
        pass


def test_it_can_be_taken_again_after_the_block(tmp_path):
    for run_id in ("first", "second"):
        with (
            night_lock(tmp_path / "night.lock", run_id),
            pytest.raises(NightIsRunningError, match=run_id),
            night_lock(tmp_path / "night.lock", "another"),
        ):
            pass
