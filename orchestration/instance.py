"""Dagster's own state: an instance in GOLDTHREAD_HOME/dagster, without telemetry or captured logs."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from orchestration.home import Home

if TYPE_CHECKING:
    from dagster import DagsterInstance

# The in-process run prints what it has to say itself; capturing its output would cost a process per step.
INSTANCE_CONFIG = """\
telemetry:
  enabled: false
compute_logs:
  module: dagster.core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
event_log_storage:
  module: orchestration.event_log
  class: PooledSqliteEventLogStorage
  config:
    base_dir: {event_log}
freshness:
  enabled: true
run_coordinator:
  module: dagster.core.run_coordinator
  class: QueuedRunCoordinator
concurrency:
  runs:
    max_concurrent_runs: 1
"""


def prepare_instance(home: Home) -> None:
    """Make GOLDTHREAD_HOME/dagster the Dagster home of this process and of those it starts."""
    home.dagster.mkdir(parents=True, exist_ok=True)
    config = home.dagster / "dagster.yaml"
    text = INSTANCE_CONFIG.format(event_log=json.dumps(str(home.dagster / "history" / "runs")))
    if not config.exists() or config.read_text("utf-8") != text:
        config.write_text(text, "utf-8")
    os.environ["DAGSTER_HOME"] = str(home.dagster)
    os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", "200")


def open_instance(home: Home) -> DagsterInstance:
    """The instance that this command and Dagster's web page share."""
    prepare_instance(home)
    from dagster import DagsterInstance

    return DagsterInstance.get()
