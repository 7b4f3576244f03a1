"""What dbt tells the night: whole lines, whatever thread they come from, and no more than is asked for."""

import json
from concurrent.futures import ThreadPoolExecutor

from dbt_common.events.base_types import EventLevel, msg_from_base_event
from dbt_common.events.types import Note

from orchestration.dbt_child import _tell


def test_events_of_several_threads_are_lines_of_their_own(capfd):
    def tell(number: int) -> None:
        for level in (EventLevel.DEBUG, EventLevel.INFO):
            _tell(msg_from_base_event(Note(msg=f"{level} {number} " + "x" * 500), level=level))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(tell, range(400)))
    told = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert {one["info"]["level"] for one in told} == {"info"}
    assert sorted(int(one["info"]["msg"].split()[1]) for one in told) == list(range(400))
