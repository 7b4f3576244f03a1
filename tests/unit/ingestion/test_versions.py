"""Row hashes are the same on every machine and release, and tell rows apart."""

from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256

import polars as pl
import pytest

from ingestion.contract import load_contracts
from ingestion.versions import row_hashes

PAYROLL = load_contracts()["hr.payroll_monthly"]


def hashes(*rows, contract=PAYROLL):
    frame = pl.DataFrame(
        [{**dict.fromkeys(contract.columns), "_is_deleted": False, **row} for row in rows],
        schema={**contract.polars_schema(), "_is_deleted": pl.Boolean},
    )
    return row_hashes(frame, contract).to_list()


def test_the_hash_is_what_its_description_says():
    row = {
        "employee_id": "E1",
        "month_on": date(2024, 1, 1),
        "base_pay": Decimal("10.5"),
        "updated_at": datetime(2024, 2, 3, 4, 5, 6, 7),
    }
    scale = PAYROLL.columns["base_pay"].decimal[1]
    text = (
        f"base_pay={Decimal('10.5'):.{scale}f}\x1femployee_id=E1\x1fmonth_on=19723\x1f"
        "updated_at=1706933106000007\x1f"
    )
    assert hashes(row) == [sha256(text.encode()).hexdigest()[:32]]
    deleted = sha256(f"{text}_deleted=1\x1f".encode()).hexdigest()[:32]
    assert hashes({**row, "_is_deleted": True}) == [deleted]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"employee_id": "a\x1femployee_name=b"}, {"employee_id": "a"}),
        ({"employee_id": "a\x1f"}, {"employee_id": "a"}),
        ({"employee_id": "a\x1f\x1f"}, {"employee_id": "a\x1f"}),
        ({"base_pay": Decimal(1)}, {"bonus_pay": Decimal(1)}),
        ({"base_pay": Decimal(0)}, {"base_pay": None}),
    ],
)
def test_rows_that_differ_have_different_hashes(one, other):
    first, second = hashes(one, other)
    assert first != second


def test_a_column_added_to_a_contract_leaves_older_hashes_as_they_are():
    fewer = dict(PAYROLL.columns)
    fewer.pop("bonus_pay")
    older = PAYROLL.model_copy(update={"columns": fewer})
    row = {"employee_id": "E1", "base_pay": Decimal(1)}
    assert hashes(row) == hashes(row, contract=older)
