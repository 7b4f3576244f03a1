"""What lands does not depend on how much of it is in memory, and what is in memory keeps to its limits."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.contract import load_contracts
from ingestion.known import RowCache
from ingestion.limits import Limits
from ingestion.quarantine import ROW
from ingestion.spool import RowSet, Spool

TABLES = EMPLOYEES, PAYROLL, SLA = "hr.employees", "hr.payroll_monthly", "ticketing.sla_policies"
# Of what is known nothing is kept, and every row is a part of its own.
NOTHING = 1000

IDS = st.sampled_from([f"E{number}" for number in range(6)])
STAMPS = st.sampled_from(["", "2024-01-01 00:00:00", "2024-02-01 00:00:00", "2024-03-01 00:00:00"])


def lines(*values):
    return st.lists(st.tuples(*values).map(",".join), max_size=9).map(lambda rows: "\n".join([*rows, ""]))


# Changes of people with delete markers, some of them bare, who name each other as managers.
staff = lines(
    st.one_of(IDS, st.just("")),
    st.one_of(st.just(""), IDS),
    st.sampled_from(["Li", "Wu"]),
    STAMPS,
    st.sampled_from(["", "", "true"]),
).map("no,boss,name,at,gone\n".__add__)
# Pay, several rows of it in a line, that waits for its people.
pay = lines(IDS, st.sampled_from(["10", "11", "x", ""]), st.sampled_from(["20", "21", "-"]), STAMPS).map(
    "no,M01,M02,at\n".__add__
)
# Policies as a whole, without anything that orders versions of them.
policies = lines(st.sampled_from("ABCDE"), st.sampled_from(["high", "low", ""]), st.sampled_from("12x")).map(
    "policy_id,priority,first_response_minutes\n".__add__
)
nights = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "staff1.csv": staff,
            "staff2.csv": staff,
            "pay1.csv": pay,
            "pay2.csv": pay,
            "sla1.csv": policies,
            "sla2.csv": policies,
        },
    ),
    min_size=1,
    max_size=4,
)


def a_company(new_company, snapshot, *, is_register, **options):
    company = new_company(**options)
    columns = {
        "employee_id": "no",
        "manager_id": "boss",
        "full_name": "name",
        "updated_at": "at",
        "_deleted": "gone",
    }
    company.map(EMPLOYEES, {"path": "staff*.csv", "columns": columns, "snapshot": is_register})
    pay_columns = {
        "employee_id": "no",
        "month_on": {"sql": "'2024-' || SUBSTR(month, 2, 2) || '-01'"},
        "base_pay": "pay",
        "updated_at": "at",
    }
    unpivot = {"columns": "M*", "name": "month", "value": "pay"}
    company.map(PAYROLL, {"path": "pay*.csv", "unpivot": unpivot, "columns": pay_columns})
    company.map(SLA, {"path": "sla*.csv", "snapshot": snapshot})
    return company


def outcome(company):
    """What landed, load by load; records that were only deleted stand in no order."""
    for table in TABLES:
        for load in company.landing.loads(table):
            rows = pl.read_parquet(company.landing.rows_path(load)).drop("_loaded_at")
            deleted = pl.col("_source_row") == 0
            path = company.landing.quarantine_path(load)
            yield (
                load.model_dump(exclude={"loaded_at"}),
                rows.filter(~deleted).to_dicts(),
                rows.filter(deleted).sort(load_contracts()[table].key).to_dicts(),
                pl.read_parquet(path).to_dicts() if path.exists() else [],
            )


@settings(max_examples=30, deadline=None)
@given(
    nights=nights,
    snapshot=st.sampled_from([False, True, "series"]),
    is_register=st.booleans(),
    memory_bytes=st.sampled_from([NOTHING, 5_000, 20_000, 60_000]),
)
def test_the_same_lands_however_little_memory_there_is(
    new_company, nights, snapshot, is_register, memory_bytes
):
    ample = a_company(new_company, snapshot, is_register=is_register)
    bounded = a_company(new_company, snapshot, is_register=is_register, memory_bytes=memory_bytes)
    for files in nights:
        refused = []
        for company in (ample, bounded):
            # Files that are not written again are gone, with their records where they are whole registers.
            for gone in company.folder.glob("*1.csv"):
                gone.unlink()
            for name, content in files.items():
                company.write(name, content)
            landed = company.night().values()
            refused.append([(problem.file, problem.kind) for one in landed for problem in one.problems])
        assert refused[0] == refused[1]
        assert bounded.landing.cache.rows <= bounded.landing.limits.cached_rows
    assert list(outcome(bounded)) == list(outcome(ample))


SLA_HEADER = "policy_id,priority,first_response_minutes\n"


def policies_file(first, count):
    return SLA_HEADER + "".join(f"P{number:05},high,{number + 1}\n" for number in range(first, first + count))


def test_a_table_beyond_its_share_is_not_kept(company):
    company.landing_options["memory_bytes"] = 60_000
    company.map(SLA, {"path": "sla*.csv"})
    limits = Limits(60_000)
    company.write("sla1.csv", policies_file(0, limits.cached_table))
    company.land(SLA)
    assert company.landing.cache.rows == limits.cached_table
    company.write("sla2.csv", policies_file(limits.cached_table - 1, 3))
    load = company.land(SLA)
    assert (load.rows_landed, load.rows_duplicate) == (2, 1)
    company.write("sla3.csv", policies_file(limits.cached_table, 3))
    load = company.land(SLA)
    assert (load.rows_landed, load.rows_duplicate) == (1, 2)
    assert company.landing.cache.rows == 0


def test_only_the_records_asked_for_are_looked_up(company):
    company.landing_options["memory_bytes"] = NOTHING * 600
    company.map(SLA, {"path": "sla*.csv"})
    company.write("sla1.csv", policies_file(0, 1000))
    company.land(SLA)
    contract = load_contracts()[SLA]
    wanted = pl.DataFrame({"policy_id": ["P00007", "P00500", "P01000", "P01000"]})
    known = company.landing.known_rows(contract, wanted)
    assert known.by_key["policy_id"].sort().to_list() == ["P00007", "P00500"]
    assert company.landing.known_ids(contract, "policy_id", wanted["policy_id"]).len() == 2
    alive = list(company.landing.alive_rows(contract, {company.landing.loads(SLA)[0].load_id}))
    assert max(rows.height for rows in alive) <= company.landing.limits.rows_at_once
    assert sorted(pl.concat(alive)["policy_id"]) == [f"P{number:05}" for number in range(1000)]


def test_a_cache_drops_what_nobody_asked_for_longest():
    cache = RowCache(10)
    cache.put("a", "A", 4)
    cache.put("b", "B", 4)
    assert cache.get("a") == "A"
    cache.put("c", "C", 5)
    assert [cache.get(name) for name in "abc"] == ["A", None, "C"]
    cache.put("a", "A again", 11)
    assert (cache.get("a"), cache.rows) == (None, 0)


@given(
    frames=st.lists(
        st.lists(st.tuples(st.sampled_from([None, "", "a", "b", "c"]), st.integers(0, 2)), max_size=9),
        min_size=1,
        max_size=6,
    ),
    rows=st.integers(1, 20),
    memory_bytes=st.sampled_from([0, 300, 10_000]),
)
def test_the_parts_of_a_spool_hold_all_rows_in_order_and_each_key_once(
    tmp_path_factory, frames, rows, memory_bytes
):
    spool = Spool(tmp_path_factory.mktemp("spool"), "rows", memory_bytes)
    expected = []
    for pairs in frames:
        numbered = [(*pair, number) for number, pair in enumerate(pairs, start=len(expected))]
        schema = {"name": pl.String, "version": pl.Int64, ROW: pl.Int64}
        spool.add(pl.DataFrame(numbered, schema=schema, orient="row"))
        expected += numbered
    assert spool.scan().collect().rows() == expected
    assert [row for group in spool.groups(rows) for row in spool.scan(group).collect().rows()] == expected
    parts = [part.rows() for part in spool.parts(["name", "version", ROW], ["name", "version"], rows)]
    assert sorted(row[2] for part in parts for row in part) == list(range(len(expected)))
    assert all([row[2] for row in part] == sorted(row[2] for row in part) for part in parts)
    keys = [{row[:2] for row in part} for part in parts]
    assert sum(map(len, keys)) == len(set().union(*keys))


@given(rows=st.sets(st.integers(0, 40)), more=st.lists(st.integers(0, 40)))
def test_a_set_of_rows_holds_what_was_added(rows, more):
    kept = RowSet(41)
    kept.add(pl.Series(sorted(rows), dtype=pl.Int64))
    kept.add(pl.Series(more, dtype=pl.Int64))
    numbers = pl.DataFrame({ROW: range(41)}, schema={ROW: pl.Int64})
    assert set(numbers.lazy().filter(kept.condition).collect()[ROW]) == rows | set(more)
