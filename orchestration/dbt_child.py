"""dbt as a child of the night: the same program, which ends when its parent does."""

from __future__ import annotations

import os
import sys

from orchestration.child import end_with_parent


def main() -> None:
    """Run dbt with this process's arguments."""
    end_with_parent()
    if os.environ.get("DBT_LOG_FORMAT") == "json":
        sys.exit(_run_telling_events(sys.argv[1:]))
    from dbt.cli.main import cli

    cli(prog_name="dbt")


def _run_telling_events(arguments: list[str]) -> int:
    """dbt, with a line of JSON for each of its events that are told; the exit code.

    dbt's own writer of JSON does the same, but words every event before it drops those for debugging: six
    seconds of a small night.
    """
    from dbt.cli.main import dbtRunner

    from orchestration.dbt_events import leave_out_debugging, write_line

    leave_out_debugging()
    result = dbtRunner(callbacks=[write_line]).invoke(["--log-level", "none", *arguments])
    if result.exception is not None:
        print(result.exception, file=sys.stderr)
        return 2
    return 0 if result.success else 1


if __name__ == "__main__":
    main()
