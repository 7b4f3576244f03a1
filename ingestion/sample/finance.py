"""The general ledger.

Revenue and cost of goods from the orders, workforce cost from payroll, the rest in proportion.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from ingestion.sample.draws import key
from ingestion.sample.hr import PeopleRecords
from ingestion.sample.orders import Ordering
from ingestion.sample.world import World

ACCOUNTS = {
    "revenue": "主营业务收入",
    "cost_of_goods": "主营业务成本",
    "workforce_cost": "人工成本",
    "operating_expense": "期间费用",
    "finance_cost": "财务费用",
    "tax": "所得税",
}
# Other operating expense as a share of the unit's workforce cost, by kind of unit.
EXPENSE_SHARE = {"front": 0.42, "middle": 0.55, "back": 0.5, "corporate": 0.6}
INTEREST_SHARE = 0.006
TAX_SHARE = 0.15
FINANCE_UNIT = "OU-DEP-FINANCE"


class Ledger:
    """The books, month by month, per cost centre and account."""

    def __init__(self, world: World, people: PeopleRecords, ordering: Ordering) -> None:
        self.world = world
        self.people = people
        self.ordering = ordering

    def month(self, first: int) -> pl.DataFrame:
        """Amounts of one closed month: unit, account and amount."""
        sold = self.ordering.ledger(first)
        timing = 1 + 0.002 * self.world.draws.normal("ledger/timing", key(np.arange(sold.height), first))
        sold = sold.with_columns(
            pl.col("revenue") * pl.Series(timing), pl.col("cost_of_goods") * pl.Series(timing)
        )
        pay = (
            self.people.pay(first)
            .with_columns(amount=pl.sum_horizontal("base", "overtime", "bonus", "benefits", "employer"))
            .group_by("unit")
            .agg(pl.sum("amount"))
            .sort("unit")
        )
        shares = np.array([EXPENSE_SHARE[self.world.org.units[unit].type] for unit in pay["unit"]])
        noise = self.world.draws.lognormal("ledger/expense", key(np.arange(pay.height), first), 1.0, 0.12)
        parts = [
            sold.select("unit", account=pl.lit("revenue"), amount="revenue"),
            sold.select("unit", account=pl.lit("cost_of_goods"), amount="cost_of_goods"),
            pay.select("unit", account=pl.lit("workforce_cost"), amount="amount"),
            pay.select(
                "unit",
                account=pl.lit("operating_expense"),
                amount=pl.col("amount") * pl.Series(shares * noise),
            ),
        ]
        revenue = sold["revenue"].sum()
        interest = revenue * INTEREST_SHARE
        profit = revenue - sum(part["amount"].sum() for part in parts[1:]) - interest
        central = pl.DataFrame(
            {
                "unit": [FINANCE_UNIT, FINANCE_UNIT],
                "account": ["finance_cost", "tax"],
                "amount": [interest, max(profit, 0.0) * TAX_SHARE],
            }
        )
        return pl.concat([*parts, central]).with_columns(pl.col("amount").round(2))

    def year(self, months: dict[int, pl.DataFrame]) -> pl.DataFrame:
        """The export of one year: a row per cost centre and account, a column per month."""
        year = date.fromordinal(min(months)).year
        units = self.world.org.units
        wide: dict[tuple[str, str], dict[str, str]] = {}
        for first, frame in sorted(months.items()):
            column = date.fromordinal(first).strftime("%Y-%m")
            for unit, account, amount in frame.iter_rows():
                wide.setdefault((units[unit].cost_centre, account), {})[column] = f"{amount:,.2f}"
        columns = [f"{year}-{month:02d}" for month in range(1, 13)]
        rows = [
            {"成本中心": centre, "科目": ACCOUNTS[account], **{name: amounts.get(name) for name in columns}}
            for (centre, account), amounts in sorted(wide.items())
        ]
        schema = dict.fromkeys(["成本中心", "科目", *columns], pl.String)
        return pl.DataFrame(rows, schema=schema)

    def restatements(self, months: dict[int, pl.DataFrame]) -> pl.DataFrame:
        """Operating expenses of the December before that the auditors restated; booked on 20 January."""
        rows = []
        for first, frame in sorted(months.items()):
            if date.fromordinal(first).month != 12:
                continue
            booked = date(date.fromordinal(first).year + 1, 1, 20)
            expenses = frame.filter(pl.col("account") == "operating_expense").head(3)
            rows += [
                {
                    "_day": booked.toordinal(),
                    "cost_centre": self.world.org.units[unit].cost_centre,
                    "month": f"12/{booked.year - 1}",
                    "account": "operating expense",
                    "amount": f"{amount * 1.015:.2f}".replace(".", ","),
                    "booked_at": f"{booked.isoformat()} 16:00:00",
                }
                for unit, account, amount in expenses.iter_rows()
            ]
        schema = {"_day": pl.Int64} | dict.fromkeys(
            ["cost_centre", "month", "account", "amount", "booked_at"], pl.String
        )
        return pl.DataFrame(rows, schema=schema)
