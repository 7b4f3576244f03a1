"""dbt as a child of the night: the same program, which ends when its parent does."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING

from orchestration.child import end_with_parent

if TYPE_CHECKING:
    from dbt_common.events.base_types import EventMsg

TOLD = ("info", "warn", "error")
_writing = threading.Lock()


def main() -> None:
    """Run dbt with this process's arguments."""
    end_with_parent()
    if os.environ.get("DBT_LOG_FORMAT") == "json":
        sys.exit(_run_telling_events(sys.argv[1:]))
    from dbt.cli.main import cli

    cli(prog_name="dbt")


def _run_telling_events(arguments: list[str]) -> int:
    """dbt, with a line of JSON for each of its events that are told; the exit code.

    dbt's own writer of JSON does the same, but formats every event before it drops those for debugging: three
    seconds of a small night.
    """
    from dbt.cli.main import dbtRunner

    result = dbtRunner(callbacks=[_tell]).invoke(["--log-level", "none", *arguments])
    if result.exception is not None:
        print(result.exception, file=sys.stderr)
        return 2
    return 0 if result.success else 1


def _tell(event: EventMsg) -> None:
    from dbt_common.events.functions import env_scrubber, msg_to_json

    if event.info.level in TOLD:
        line = env_scrubber(msg_to_json(event)) + "\n"
        with _writing:  # models are built in several threads
            sys.stdout.write(line)
            sys.stdout.flush()


if __name__ == "__main__":
    main()
