"""What holds for any file: every row is accounted for, however rows are cut into files or blocks."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.limits import PER_BLOCK_BYTE

EMPLOYEES = "hr.employees"
COLUMNS = {
    "employee_id": "no",
    "full_name": "name",
    "hired_on": {"from": "start", "parse": ["%d/%m/%Y", "%m/%d/%Y"], "nulls": ["-"]},
    "employment_type": "kind",
    "updated_at": "at",
    "_deleted": "gone",
}
HEADER = "no,name,start,kind,at,gone\n"

messy_rows = st.lists(
    st.one_of(
        st.builds(
            lambda *fields: ",".join(fields),
            st.sampled_from(["E1", "E2", "E3", "", " E1 "]),
            st.sampled_from(["Li", "Wu", "", '"a ""b"", c"', 'x"y', '"two\nlines"', "王"]),
            st.sampled_from(["31/12/2024", "-", "", "05/06/2024", "12/31/2024", "soon"]),
            st.sampled_from(["permanent", "intern", "boss", ""]),
            st.sampled_from(["2024-01-01 00:00:00", "2024-02-01T00:00:00Z", "", "yesterday"]),
            st.sampled_from(["", "", "true"]),
        ),
        st.sampled_from(["E1,Li", "E1,Li,-,permanent,,,,", ",,,,,"]),
    ),
    max_size=14,
)


def a_company(new_company, **options):
    company = new_company(**options)
    company.map(EMPLOYEES, {"path": "staff*.csv", "columns": COLUMNS})
    return company


def without_identity(rows):
    return [
        {name: value for name, value in row.items() if name not in ("_loaded_at", "_load_id")} for row in rows
    ]


@settings(max_examples=60, deadline=None)
@given(rows=messy_rows, block_bytes=st.integers(20, 400), nights=st.integers(1, 2))
def test_every_row_is_accounted_for_however_the_file_is_cut_into_blocks(
    new_company, rows, block_bytes, nights
):
    whole, blocks = a_company(new_company), a_company(new_company, memory_bytes=block_bytes * PER_BLOCK_BYTE)
    for company in (whole, blocks):
        for night in range(1, nights + 1):
            company.write(
                "staff.csv", HEADER + "".join(row + "\n" for row in rows[: len(rows) * night // nights])
            )
            company.night()
    for load in whole.landing.loads(EMPLOYEES):
        assert load.rows_read == load.rows_landed + load.rows_quarantined + load.rows_duplicate
        assert load.rows_quarantined == sum(load.reasons.values())
        assert load.rows_read == load.rows_in_file
        assert pl.read_parquet(whole.landing.rows_path(load)).height == load.rows_landed
    assert whole.landing.loads(EMPLOYEES)[-1].rows_read == len(rows)
    assert without_identity(whole.landed(EMPLOYEES)) == without_identity(blocks.landed(EMPLOYEES))
    assert whole.quarantined(EMPLOYEES) == blocks.quarantined(EMPLOYEES)


def record(key: int, version: int, gone: bool) -> str:
    """The one row that a system knows for a key and version."""
    return f"E{key},name {version},-,permanent,2024-01-{version:02} 00:00:00,{'true' if gone else ''}\n"


histories = st.dictionaries(
    st.tuples(st.integers(1, 4), st.integers(1, 4)), st.booleans(), min_size=1, max_size=12
)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), history=histories)
def test_rows_land_as_the_same_newest_records_however_they_are_cut_into_files(new_company, data, history):
    rows = [record(*identity, gone) for identity, gone in history.items()]
    rows = data.draw(st.permutations(rows + data.draw(st.lists(st.sampled_from(rows), max_size=4))))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=4)))
    whole, pieces = a_company(new_company), a_company(new_company)
    whole.write("staff.csv", HEADER + "".join(rows))
    whole.night()
    for number, (start, end) in enumerate(zip([0, *cuts], [*cuts, len(rows)], strict=True)):
        pieces.write(f"staff_{number}.csv", HEADER + "".join(rows[start:end]))
        if data.draw(st.booleans()):
            pieces.night()
    pieces.night()
    assert pieces.newest(EMPLOYEES) == whole.newest(EMPLOYEES)
    expected = {}
    for (key, version), gone in sorted(history.items()):
        expected.pop((f"E{key}", None), None)
        if not gone:
            expected[f"E{key}", None] = f"name {version}"
    assert {key: row["full_name"] for key, row in whole.newest(EMPLOYEES).items()} == expected
