"""What dbt tells of a run: the events that a reader is told, and those for debugging left out."""

from __future__ import annotations

import sys
import threading
from typing import Any

from dbt_common.events.base_types import BaseEvent, EventLevel, EventMsg
from dbt_common.events.event_manager import EventManager
from dbt_common.events.event_manager_client import ctx_set_event_manager
from dbt_common.events.functions import env_scrubber, msg_to_json

TOLD = {EventLevel.INFO, EventLevel.WARN, EventLevel.ERROR}
_writing = threading.Lock()


class _EventsTold(EventManager):
    """dbt fires three events for debugging of each statement, and words each before it asks who listens: that
    takes longer than many a statement.
    """

    def fire_event(
        self,
        e: BaseEvent,
        level: EventLevel | None = None,
        node: Any = None,
        force_warn_or_error_handling: bool = False,
    ) -> None:
        if (level or e.level_tag()) in TOLD:
            super().fire_event(e, level, node, force_warn_or_error_handling)


def leave_out_debugging() -> None:
    """From now on dbt's events for debugging reach nobody in this process."""
    ctx_set_event_manager(_EventsTold())


def write_line(event: EventMsg) -> None:
    """Write an event to standard output, as a line of JSON. Secrets that dbt knows of are made unreadable."""
    line = env_scrubber(msg_to_json(event)) + "\n"
    with _writing:  # models are built in several threads
        sys.stdout.write(line)
        sys.stdout.flush()
