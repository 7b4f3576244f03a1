"""Work in a process of its own: its answer, its errors, and its end."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from orchestration.child import ChildLostError, in_child
from orchestration.home import PROJECT_ROOT

SECONDS_TO_END = 10


def test_the_answer_comes_from_another_process():
    assert in_child(os.getpid) != os.getpid()


def test_an_error_is_raised_as_if_it_had_happened_here():
    with pytest.raises(ValueError, match="invalid literal"):
        in_child(int, "no number")


def test_a_child_that_is_killed_is_told_by_the_name_of_its_work():
    with pytest.raises(ChildLostError, match="abort"):
        in_child(os.abort)


def test_a_child_ends_when_its_parent_is_killed():
    program = "import time; from orchestration.child import in_child; in_child(time.sleep, 600)"
    with subprocess.Popen([sys.executable, "-c", program], cwd=PROJECT_ROOT) as parent:
        try:
            children = _children_once_started(psutil.Process(parent.pid))
        finally:
            parent.send_signal(signal.SIGKILL)
    _, alive = psutil.wait_procs(children, timeout=SECONDS_TO_END)
    assert alive == []


def _children_once_started(parent):
    until = time.monotonic() + SECONDS_TO_END
    while time.monotonic() < until:
        children = parent.children()
        if any("--multiprocessing-fork" in child.cmdline() for child in children):
            time.sleep(1)  # it now watches its parent
            return children
        time.sleep(0.05)
    pytest.fail("no child was started")
