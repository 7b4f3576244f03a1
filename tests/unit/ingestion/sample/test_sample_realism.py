"""The company is plausible: sizes, ratios, seasons, people, and the flaws that its records are to have."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from sample_exports import csv_rows

from ingestion.sample import SampleSummary
from ingestion.sample.organisation import organisation

TIME = "%Y-%m-%dT%H:%M:%SZ"


@pytest.fixture(scope="module")
def tickets(folder: Path) -> pl.DataFrame:
    """Tickets as they stand at the end, bad rows left out."""
    rows = csv_rows(folder, "desk/tickets_*.csv").filter(pl.col("Ticket").str.starts_with("TK2"))
    return rows.sort("Changed").unique("Ticket", keep="last", maintain_order=True)


@pytest.fixture(scope="module")
def lines(folder: Path) -> pl.DataFrame:
    rows = csv_rows(folder, "erp/order_lines_*.csv").filter(pl.col("行号").str.starts_with("SO2"))
    return rows.sort("修改时间").unique("行号", keep="last", maintain_order=True)


@pytest.fixture(scope="module")
def ledger(folder: Path) -> pl.DataFrame:
    """Yearly totals per account."""
    frames = [
        pl.read_csv(file, separator=";", infer_schema=False).unpivot(index=["成本中心", "科目"])
        for file in sorted(folder.glob("ledger/ledger_*.csv"))
    ]
    amounts = pl.concat(frames).drop_nulls("value")
    return amounts.with_columns(pl.col("value").str.replace_all(",", "").cast(pl.Decimal(18, 2)))


@pytest.fixture(scope="module")
def staff(folder: Path) -> pl.DataFrame:
    return csv_rows(folder, "hris/staff_register.csv", separator=";", encoding="gb18030")


def test_sizes(company: SampleSummary, tickets: pl.DataFrame, lines: pl.DataFrame) -> None:
    assert 36_000 < tickets.height < 44_000
    assert 180_000 < company.rows["ticket_events"] < 260_000
    assert 72_000 < lines.height < 92_000
    assert 18_000 < lines["订单号"].n_unique() < 23_000
    assert 190_000 < company.rows["working_time"] < 235_000


def test_service_ratios(folder: Path, tickets: pl.DataFrame) -> None:
    solved = tickets.drop_nulls("Solved")
    first_contact = ((solved["Contacts"] == "1") & (solved["Reopened"] == "0")).mean()
    assert first_contact == pytest.approx(0.65, abs=0.03)
    assert (solved["Solved"] <= solved["Solution due"]).mean() == pytest.approx(0.92, abs=0.04)
    ratings = csv_rows(folder, "desk/ratings_*.csv").filter(survey="CSAT").drop_nulls("score")
    scores = ratings["score"].cast(pl.Int64, strict=False).drop_nulls()
    assert (scores.filter(scores <= 5) >= 4).mean() == pytest.approx(0.86, abs=0.03)


def test_orders_are_mostly_delivered_on_time(folder: Path) -> None:
    orders = csv_rows(folder, "erp/orders_*.csv").filter(pl.col("订单号").str.starts_with("SO2"))
    orders = orders.unique("订单号").select("订单号", due=pl.col("承诺交期").str.to_date("%d.%m.%Y"))
    done = csv_rows(folder, "erp/deliveries_*.csv", separator="|").drop_nulls("accepted")
    done = done.group_by("sales_order").agg(pl.max("accepted").str.slice(0, 10).str.to_date())
    both = orders.join(done, left_on="订单号", right_on="sales_order")
    assert (both["accepted"] <= both["due"]).mean() == pytest.approx(0.9, abs=0.03)


def test_ledger_agrees_with_its_sources(folder: Path, ledger: pl.DataFrame, lines: pl.DataFrame) -> None:
    totals = {
        account: float(amount) for account, amount in ledger.group_by("科目").agg(pl.sum("value")).iter_rows()
    }
    revenue = totals["主营业务收入"]
    ordered = float(lines["金额"].cast(pl.Decimal(18, 2)).sum())
    # Cancelled orders are no revenue.
    assert 0.94 < revenue / ordered < 1.0
    paid = csv_rows(folder, "payroll/payroll_*.csv").filter(pl.col("员工编号").str.starts_with("E00"))
    money = [
        pl.col(name).str.replace_all("[¥,]", "").cast(pl.Float64, strict=False)
        for name in ("基本工资", "加班工资", "奖金", "福利", "单位社保公积金")
    ]
    latest = paid.sort("更新时间").unique(["员工编号", "月份"], keep="first")
    cost = latest.select(pl.sum_horizontal(money)).filter(pl.first() > 0).sum().item()
    assert cost == pytest.approx(totals["人工成本"], rel=0.005)
    assert 0.35 < 1 - totals["主营业务成本"] / revenue < 0.45
    assert 0.15 < totals["人工成本"] / revenue < 0.25
    expenses = sum(totals[name] for name in ("主营业务成本", "人工成本", "期间费用", "财务费用"))
    assert 0.2 < (revenue - expenses) / totals["人工成本"] < 1.2


def test_turnover_is_about_twelve_percent_a_year(staff: pl.DataFrame) -> None:
    people = staff.unique("工号").filter(pl.col("工号").str.starts_with("E00"))
    left = people.filter(pl.col("离职日期") != "-")
    assert 0.08 < left.height / 3 / 280 < 0.16
    assert left["离职原因"].n_unique() == 5
    assert people["用工类型"].n_unique() == 4


def test_sales_follow_the_seasons(lines: pl.DataFrame) -> None:
    month = pl.col("行号").str.slice(2, 4)
    by_month = dict(
        lines.group_by(month.alias("month")).agg(pl.col("金额").cast(pl.Float64).sum()).iter_rows()
    )
    assert by_month["2512"] > 1.2 * by_month["2510"]
    assert by_month["2502"] < by_month["2503"]


def test_people_are_uneven(tickets: pl.DataFrame) -> None:
    solved = tickets.drop_nulls("Solved").group_by("Handled by").len().filter(pl.col("len") > 200)
    assert solved["len"].max() > 2 * solved["len"].median()


def test_the_tree_is_ragged_and_was_reorganised(folder: Path) -> None:
    units = organisation(300).units
    with_children = {unit.parent for unit in units.values()}
    assert units["OU-DEP-STRATEGY"].parent == "OU-CO"
    assert units["OU-TEAM-SALES-OPS"].parent == "OU-DIV-SALES"
    assert units["OU-TEAM-SUPPORT-OPTICS-LAB"].parent == "OU-TEAM-SUPPORT-OPTICS"
    assert any(unit.level == "department" and unit.id not in with_children for unit in units.values())
    sheet = pl.read_excel(folder / "hris/organisation.xlsx", sheet_name="Units", infer_schema_length=0)
    field = sheet.filter(pl.col("Unit") == "OU-DEP-FIELD").sort("From", nulls_last=False)
    moved = field.filter(pl.col("Belongs to") == "OU-DIV-SERVICE")
    assert field["Belongs to"][0] == "OU-DIV-OPS"
    assert moved["From"].min() == "2025-04-16"


def test_transfers_happen_in_mid_month_and_some_share_their_time(folder: Path) -> None:
    held = csv_rows(folder, "hris/assignments.csv", separator=";").unique()
    main = held.filter(main="X").with_columns(nxt=pl.col("from").shift(-1).over("staff_no", order_by="from"))
    transfers = main.filter(pl.col("to") == pl.col("nxt"))
    assert transfers.height > 15
    assert transfers.filter(~pl.col("to").str.ends_with("-01")).height > 10
    shares = held.filter(pl.col("main").is_null())
    assert shares.height >= 8
    assert set(shares["share_percent"]) == {"40%"}


def test_late_and_corrected_records(folder: Path) -> None:
    orders = csv_rows(folder, "erp/orders_*.csv").filter(pl.col("订单号").str.starts_with("SO2"))
    late = orders.filter(
        (pl.col("状态") == "在途")
        & (pl.col("下单时间").str.slice(0, 7).str.replace("-", "") != pl.col("_file"))
    )
    assert late.height > 20
    lines = csv_rows(folder, "erp/order_lines_*.csv").filter(pl.col("行号").str.starts_with("SO2"))
    corrected = lines.unique(["行号", "金额"]).group_by("行号").len().filter(pl.col("len") > 1)
    assert corrected.height > 100
    hours = pl.concat(pl.read_parquet(file) for file in sorted(folder.glob("timesheets/*.parquet")))
    changed = hours.group_by("staff_no", "work_date").agg(pl.col("changed_at").n_unique())
    assert changed.filter(pl.col("changed_at") > 1).height > 200


def test_flaws_that_are_not_errors(folder: Path, tickets: pl.DataFrame, lines: pl.DataFrame) -> None:
    assert tickets["Handled by"].str.starts_with("EXT-").sum() > 100
    assert tickets["Handled by"].is_null().sum() > 50
    assert tickets.filter(pl.col("Solved").is_null() & (pl.col("Opened") < "2025-01-01")).height > 100
    assert lines["成本"].is_null().sum() > 300
    assert lines.filter(pl.col("数量").str.starts_with("-")).height > 100
    removed = sum(
        json.loads(line)["IsDeleted"]
        for file in folder.glob("crm/opportunities_*.jsonl")
        for line in file.read_text(encoding="utf-8").splitlines()
    )
    assert removed > 20
    events = set()
    for file in folder.glob("desk/ticket_events_*.jsonl"):
        events |= {json.loads(line)["ticket"] for line in file.read_text(encoding="utf-8").splitlines()}
    assert len(events - set(tickets["Ticket"])) > 300


def test_positions_keep_their_identifiers_at_every_size() -> None:
    small, large = organisation(100), organisation(5000)
    assert small.positions.keys() <= large.positions.keys()
    assert small.units.keys() <= large.units.keys()
    assert sum(position.seats for position in organisation(300).positions.values()) == 300
    assert sum(position.seats for position in large.positions.values()) == 5000


def test_texts_stand_in_both_languages() -> None:
    org = organisation(300)
    for role in org.roles.values():
        assert role["title"].isascii()
        assert not role["zh"].isascii()
        assert sum(effort for _, effort, _, _ in role["duties"]) == 100
    assert all(unit.name and unit.name_zh for unit in org.units.values())


def test_the_history_ends_on_its_last_day(company: SampleSummary, folder: Path) -> None:
    hours = pl.read_parquet(folder / "timesheets/working_time_202606.parquet")
    assert hours["work_date"].max() == date(2026, 6, 30) == company.until
    assert company.start == date(2023, 7, 1)
