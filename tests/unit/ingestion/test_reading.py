"""While a file is landed the next one is already being read, if it is sure to be loaded."""

import pytest

from ingestion.contract import load_contracts
from ingestion.files import source_files
from ingestion.landing import Landing
from ingestion.plan import table_plans
from ingestion.profile import load_profile
from ingestion.reading import FileReader

SLA = "ticketing.sla_policies"
HEADER = "policy_id,priority,first_response_minutes\n"


@pytest.fixture
def two_files(new_company):
    company = new_company()
    company.map(SLA, {"path": "sla*.csv"})
    company.write("sla1.csv", HEADER + "P1,high,30\n")
    return company


def reader_of(company):
    [plan] = table_plans(load_profile(company.folder), load_contracts()[SLA])
    files, _ = source_files(plan)
    return FileReader(Landing(company.landing.home), files), files


def read(reader, file) -> list[str]:
    return [name for batch in reader.batches(file) for name in batch.good["policy_id"]]


def test_the_next_file_is_read_before_it_is_asked_for(two_files):
    two_files.night()
    two_files.write("sla1.csv", HEADER + "P1,high,31\n")
    two_files.write("sla2.csv", HEADER + "P2,low,60\n")
    reader, (first, second) = reader_of(two_files)
    assert read(reader, first) == ["P1"]
    two_files.write("sla2.csv", HEADER + "P3,low,60\n")
    assert read(reader, second) == ["P2"]


def test_a_file_whose_content_has_landed_is_read_when_it_is_asked_for(two_files):
    two_files.write("sla2.csv", HEADER + "P2,low,60\n")
    two_files.night()
    reader, (first, second) = reader_of(two_files)
    assert read(reader, first) == ["P1"]
    two_files.write("sla2.csv", HEADER + "P3,low,60\n")
    assert read(reader, second) == ["P3"]


def test_what_is_wrong_with_the_next_file_is_said_of_that_one_alone(new_company):
    company = new_company()
    company.map(SLA, {"path": "sla*"})
    company.write("sla1.csv", HEADER + "P1,high,30\n")
    company.write("sla2.unheard", HEADER + "P2,low,60\n")
    result = company.night()[SLA]
    assert [load.file for load in result.loads_new] == ["sla1.csv"]
    [problem] = result.problems
    assert problem.file == "sla2.unheard"
    assert problem.kind == "format"
