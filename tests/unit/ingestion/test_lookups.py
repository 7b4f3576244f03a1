"""Lookups: several files, expressions over a key's rows, and one lookup that leads on to another."""

import pytest

from ingestion.lookups import lookup_digests, read_lookup
from ingestion.profile import Lookup
from ingestion.readers import RefusedFileError


@pytest.fixture
def root(tmp_path):
    (tmp_path / "log_1.csv").write_text("who,day\nAda,2024-02-01\nBen,2024-03-01\nAda,2024-01-05\n")
    (tmp_path / "log_2.csv").write_text("who,day\nBen,2024-02-11\nCai,\n")
    (tmp_path / "versions.csv").write_text("key,number\n7,N1\n8,N1\n9,N2\n")
    (tmp_path / "people.csv").write_text("number,id\nN1,p-1\n")
    return tmp_path


def lookup(**fields) -> Lookup:
    return Lookup.model_validate(fields)


def test_a_plain_column(root):
    assert read_lookup(lookup(file="versions.csv", key="key", value="number"), root) == {
        "7": "N1",
        "8": "N1",
        "9": "N2",
    }


def test_an_aggregate_ranges_over_all_files_of_the_pattern(root):
    first_day = lookup(file="log_*.csv", key="who", value={"sql": "MIN(day)"})
    assert read_lookup(first_day, root) == {"Ada": "2024-01-05", "Ben": "2024-02-11", "Cai": None}


def test_an_expression_that_a_keys_rows_agree_on(root):
    prefixed = lookup(file="people.csv", key="number", value={"sql": "'person-' || id"})
    assert read_lookup(prefixed, root) == {"N1": "person-p-1"}


def test_a_key_with_two_values_is_refused(root):
    with pytest.raises(RefusedFileError, match="'Ada' has several values"):
        read_lookup(lookup(file="log_*.csv", key="who", value="day"), root)
    with pytest.raises(RefusedFileError, match="has several values"):
        read_lookup(lookup(file="log_*.csv", key="who", value={"sql": "LEFT(day, 7)"}), root)


def test_then_leads_on_and_unknown_values_leave_their_key_unknown(root):
    person = lookup(file="people.csv", key="number", value="id")
    chained = lookup(file="versions.csv", key="key", value="number", then=person.model_dump())
    assert read_lookup(chained, root) == {"7": "p-1", "8": "p-1"}


def test_what_is_missing_is_named(root):
    with pytest.raises(RefusedFileError, match=r"nowhere\.csv does not exist"):
        read_lookup(lookup(file="nowhere.csv", key="a", value="b"), root)
    with pytest.raises(RefusedFileError, match=r"no column 'id'; found: key, number"):
        read_lookup(lookup(file="versions.csv", key="key", value="id"), root)
    with pytest.raises(RefusedFileError, match="cannot be computed"):
        read_lookup(lookup(file="log_*.csv", key="who", value={"sql": "SUM(day)"}), root)


def test_a_changed_file_anywhere_along_the_chain_is_news(root):
    person = lookup(file="people.csv", key="number", value="id")
    chained = lookup(file="versions.csv", key="key", value="number", then=person.model_dump())
    before = list(lookup_digests(chained, root))
    (root / "people.csv").write_text("number,id\nN1,p-2\n")
    after = list(lookup_digests(chained, root))
    assert before[0] == after[0]
    assert before[1] != after[1]
