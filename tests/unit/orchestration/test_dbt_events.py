"""What dbt tells the night: whole lines, whatever thread they come from, and no more than is asked for."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from dbt.adapters.events.types import AdapterDeprecationWarning, AdapterEventDebug
from dbt_common.events.base_types import EventLevel
from dbt_common.events.event_manager_client import (
    add_callback_to_manager,
    ctx_set_event_manager,
    get_event_manager,
)
from dbt_common.events.functions import fire_event, warn_or_error
from dbt_common.events.types import Note

from orchestration.dbt_events import leave_out_debugging, write_line


@pytest.fixture(autouse=True)
def events_told():
    """The lines of JSON that the events of a test become; other tests have dbt as it was."""
    as_it_was = get_event_manager()
    leave_out_debugging()
    add_callback_to_manager(write_line)
    yield
    ctx_set_event_manager(as_it_was)


def told(capfd):
    return [json.loads(line)["info"] for line in capfd.readouterr().out.splitlines()]


def test_events_of_several_threads_are_lines_of_their_own(capfd):
    def fire(number: int) -> None:
        for level in (EventLevel.DEBUG, EventLevel.INFO):
            fire_event(Note(msg=f"{level} {number} " + "x" * 500), level=level)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(fire, range(400)))
    infos = told(capfd)
    assert {info["level"] for info in infos} == {"info"}
    assert sorted(int(info["msg"].split()[1]) for info in infos) == list(range(400))


def test_an_event_that_names_no_level_has_its_own(capfd):
    fire_event(AdapterEventDebug(base_msg="connection used"))
    fire_event(AdapterDeprecationWarning(old_name="before", new_name="now"))
    assert [(info["level"], info["name"]) for info in told(capfd)] == [("warn", "AdapterDeprecationWarning")]


def test_what_must_be_a_warning_or_an_error_is_told(capfd):
    warn_or_error(AdapterDeprecationWarning(old_name="before", new_name="now"))
    assert [info["name"] for info in told(capfd)] == ["AdapterDeprecationWarning"]
