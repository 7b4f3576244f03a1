"""dbt as a child of the night: the same program, which ends when its parent does.

A dbt that outlives a killed night would go on writing to the warehouse file that the next night builds.
"""

from __future__ import annotations

import os
import threading
import time

SECONDS_BETWEEN_LOOKS = 0.5


def main() -> None:
    """Run dbt with this process's arguments."""
    watch = threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True)
    watch.start()
    from dbt.cli.main import cli

    cli(prog_name="dbt")


def _end_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(SECONDS_BETWEEN_LOOKS)
    os._exit(1)


if __name__ == "__main__":
    main()
