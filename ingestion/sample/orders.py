"""Orders with their lines, deliveries, invoices and payments.

An order follows from an opportunity that was won, or is a repeat order of consumables, parts and service.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl

from ingestion.sample.calendar import days_of, sales_season
from ingestion.sample.draws import key
from ingestion.sample.frames import (
    DAY,
    HOUR,
    NEVER,
    as_of,
    code,
    date_text,
    day_of,
    delayed,
    ident,
    latest,
    moment,
    named,
    on_workday,
    running_numbers,
    stamp,
    versions,
    with_duplicates,
    with_spoiled,
    working_moment,
)
from ingestion.sample.sales import REGIONS, Rows, Sales
from ingestion.sample.world import World

# Category, product, list price (CNY), cost as a share of the price, usual quantity, days to deliver.
PRODUCTS = [
    ("Instruments", "QM-3100 Spectrometer", 68_000, 0.62, 1, 28),
    ("Instruments", "QM-2200 Flow Meter", 31_000, 0.60, 1, 21),
    ("Instruments", "QM-5400 Microscope", 98_000, 0.64, 1, 35),
    ("Instruments", "QM-1050 Photometer", 19_500, 0.59, 1, 18),
    ("Modules", "Autosampler", 14_500, 0.60, 1, 16),
    ("Modules", "Detector Head", 8_800, 0.57, 1, 14),
    ("Modules", "Pump Module", 6_900, 0.58, 1, 14),
    ("Consumables", "Cuvette Set", 420, 0.55, 8, 5),
    ("Consumables", "Filter Cartridge", 260, 0.54, 14, 5),
    ("Consumables", "Reference Solution", 680, 0.52, 6, 6),
    ("Consumables", "Lamp", 1_150, 0.57, 3, 6),
    ("Spare parts", "Circuit Board", 3_400, 0.56, 1, 9),
    ("Spare parts", "Seal Kit", 390, 0.50, 5, 7),
    ("Spare parts", "Stepper Motor", 1_650, 0.56, 2, 9),
    ("Services", "Calibration Service", 2_600, 0.60, 1, 8),
    ("Services", "Maintenance Contract", 9_800, 0.61, 1, 10),
]
CAPITAL_GOODS = 7
PRICE = np.array([row[2] for row in PRODUCTS], dtype=np.float64)
COST_SHARE = np.array([row[3] for row in PRODUCTS])
QUANTITY = np.array([row[4] for row in PRODUCTS])
LEAD_DAYS = np.array([row[5] for row in PRODUCTS])
PRODUCT_CODES = [f"P{number:03d}" for number in range(1, len(PRODUCTS) + 1)]
CATEGORIES = [row[0] for row in PRODUCTS]
STATUS_WORDS = ["在途", "已交付", "已取消"]
ORDER_MONTHS = 8


@dataclass
class Orders:
    """Orders received in one month with their lines; `line_order` is the order's index of each line."""

    ids: pl.Series
    keys: np.ndarray
    account: np.ndarray
    region: np.ndarray
    seller: np.ndarray
    opportunity: pl.Series
    ordered: np.ndarray
    committed: np.ndarray
    accepted: np.ndarray
    cancelled: np.ndarray
    hold_hours: np.ndarray
    line_order: np.ndarray
    line_number: np.ndarray
    product: np.ndarray
    quantity: np.ndarray
    price: np.ndarray
    amount: np.ndarray
    cost: np.ndarray


class Ordering:
    """The order process, month by month."""

    def __init__(self, world: World, sales: Sales) -> None:
        self.world = world
        self.sales = sales
        self.orders = lru_cache(maxsize=3)(self._orders)

    def _repeat_orders(self, first: int) -> dict[str, np.ndarray]:
        days = days_of(first)
        counts = self.world.births("order", days, 0.56 * self.world.workload.orders, REGIONS, sales_season)
        day = np.repeat(days, counts)
        keys = key(day, running_numbers(counts))
        account = self.sales.accounts.pick("order/account", keys, day)
        region = self.sales.accounts.region(account)
        return {
            "day": day,
            "keys": keys,
            "account": account,
            "region": region,
            "seller": self.sales.sellers("order/seller", keys, region, day),
            "value": np.zeros(len(day)),
        }

    def _won_orders(self, first: int) -> tuple[dict[str, np.ndarray], pl.Series]:
        parts = self.sales.won_in(first)
        columns = {
            "day": np.concatenate([day_of(found.closed[won]) for found, won in parts]),
            "keys": np.concatenate([found.keys[won] for found, won in parts]),
            "account": np.concatenate([found.account[won] for found, won in parts]),
            "region": np.concatenate([found.region[won] for found, won in parts]),
            "seller": np.concatenate([found.seller[won] for found, won in parts]),
            "value": np.concatenate([found.amount[won] for found, won in parts]),
        }
        return columns, pl.concat([found.ids.gather(won) for found, won in parts])

    def _orders(self, first: int) -> Orders:
        """The orders received in the month that starts on `first`."""
        draws = self.world.draws
        repeat, (won, opportunities) = self._repeat_orders(first), self._won_orders(first)
        merged = {name: np.concatenate([repeat[name], won[name]]) for name in repeat}
        order = np.argsort(merged["day"], kind="stable")
        day, keys, value = merged["day"][order], merged["keys"][order], merged["value"][order]
        opportunity = pl.concat(
            [pl.repeat(None, len(repeat["day"]), dtype=pl.String, eager=True), opportunities]
        )
        number = running_numbers(np.unique(day, return_counts=True)[1])
        lines = self._lines(keys, value)
        lead = np.zeros(len(keys), dtype=np.int64)
        np.maximum.at(lead, lines["line_order"], LEAD_DAYS[lines["product"]])
        ordered = working_moment(draws, "order/at", keys, day)
        committed = on_workday(
            day + np.maximum(3, (lead * (0.85 + 0.4 * draws.uniform("order/lead", keys))).astype(int))
        )
        held = draws.chance("order/held", keys, 0.06)
        hold = np.where(held, np.round(draws.lognormal("order/hold", keys, 60, 0.6), 1), 0.0)
        pace = np.exp(-0.36 + 0.275 * draws.normal("order/pace", keys))
        arrives = day + np.ceil((committed - day) * pace + hold / 24 * 0.35).astype(np.int64)
        accepted = working_moment(draws, "order/accepted", keys, on_workday(np.maximum(arrives, day + 1)))
        cancels = draws.chance("order/cancels", keys, 0.025)
        cancelled = np.where(cancels, ordered + 2 * HOUR + (accepted - ordered) // 3, NEVER)
        return Orders(
            ids=ident("SO", day, number),
            keys=keys,
            account=merged["account"][order],
            region=merged["region"][order],
            seller=merged["seller"][order],
            opportunity=opportunity.gather(order),
            ordered=ordered,
            committed=committed,
            accepted=np.where(cancels, NEVER, accepted),
            cancelled=cancelled,
            hold_hours=hold,
            **lines,
        )

    def _lines(self, keys: np.ndarray, value: np.ndarray) -> dict[str, np.ndarray]:
        """Lines of orders: one worth `value` begins with an instrument of that size, others are repeats."""
        draws = self.world.draws
        more = self.world.workload.order_lines
        counts = 1 + np.minimum(draws.counts("line", keys, np.full(len(keys), 3.0 * more)), int(11 * more))
        who, number = np.repeat(np.arange(len(keys)), counts), running_numbers(counts)
        line = key(keys[who], number)
        lead_line = (value[who] > 0) & (number == 0)
        small = CAPITAL_GOODS + draws.integers("line/small", line, 0, len(PRODUCTS) - CAPITAL_GOODS)
        large = draws.integers("line/large", line, 0, CAPITAL_GOODS)
        product = np.where(lead_line | draws.chance("line/large?", line, 0.13), large, small)
        usual = QUANTITY[product] * draws.lognormal("line/quantity", line, 1.0, 0.5)
        sized = value[who] * 0.85 / PRICE[product]
        quantity = np.maximum(1, np.rint(np.where(lead_line, sized, usual)))
        discount = np.clip(0.03 + 0.035 * draws.normal("line/discount", line), 0, 0.2)
        price = np.round(PRICE[product] * (1 - discount), 2)
        returned = (number > 0) & draws.chance("line/returned", line, 0.006)
        quantity = np.where(returned, -np.minimum(quantity, 2), quantity)
        cost_share = COST_SHARE[product] * (1 + 0.03 * draws.normal("line/cost", line))
        cost = np.round(PRICE[product] * quantity * cost_share, 2)
        unknown = draws.chance("line/cost?", line, 0.015)
        return {
            "line_order": who,
            "line_number": number,
            "product": product,
            "quantity": quantity.astype(np.int64),
            "price": price,
            "amount": np.round(price * quantity, 2),
            "cost": np.where(unknown, np.nan, cost),
        }

    def month(self, first: int) -> Rows:
        """Every ERP and bank row that follows from the orders of one month."""
        orders = self.orders(first)
        return [
            ("orders", self._order_rows(orders)),
            ("order_lines", self._line_rows(orders)),
            ("deliveries", self._delivery_rows(orders)),
            *self._money_rows(orders),
        ]

    def _order_rows(self, orders: Orders) -> pl.DataFrame:
        draws, roster = self.world.draws, self.world.roster
        index, day = versions(orders.ordered, orders.accepted, orders.cancelled)
        accepted, cancelled = as_of(orders.accepted, index, day), as_of(orders.cancelled, index, day)
        status = np.where(cancelled < NEVER, 2, (accepted < NEVER).astype(int))
        unnamed = draws.chance("order/unnamed", orders.keys, 0.012)
        seller = np.where(unnamed, -1, orders.seller)
        units = ["OU-DEP-SALES-EAST", "OU-DEP-SALES-SOUTH", "OU-DEP-SALES-NORTH", "OU-DEP-SALES-KEY"]
        frame = pl.DataFrame(
            {
                "_day": delayed(draws, "order/export", orders.keys[index], day, 0.005),
                "订单号": orders.ids.gather(index),
                "客户": code("AC", orders.account[index], 6),
                "商机": orders.opportunity.gather(index),
                "销售工号": named(seller[index], roster.ids),
                "销售部门": named(np.where(seller < 0, orders.region, -1)[index], units),
                "区域": named(orders.region[index], list(REGIONS)),
                "下单时间": stamp(orders.ordered[index]),
                "承诺交期": date_text(orders.committed[index], "%d.%m.%Y"),
                "状态": named(status, STATUS_WORDS),
                "客户要求等待(小时)": orders.hold_hours[index],
                "修改时间": stamp(latest(orders.ordered[index], accepted, cancelled)),
            }
        )
        frame = with_duplicates(frame, draws, "order", key(orders.keys[index], day), 0.002)
        return with_spoiled(
            frame,
            draws,
            "order",
            0.05,
            {"订单号": "SO-BAD-DATE", "承诺交期": "31.02.2026"},
            {"订单号": None},
            {"订单号": "SO-BAD-STATUS", "状态": "待定?"},
        )

    def _line_rows(self, orders: Orders) -> pl.DataFrame:
        draws = self.world.draws
        day = day_of(orders.ordered)[orders.line_order]
        keys = key(orders.keys[orders.line_order], orders.line_number)
        ids = pl.select(
            pl.format("{}-{}", orders.ids.gather(orders.line_order), pl.Series(orders.line_number + 1))
        ).to_series()
        changed = orders.ordered[orders.line_order]
        frame = pl.DataFrame(
            {
                "_day": delayed(draws, "line/export", keys, day, 0.004),
                "行号": ids,
                "订单号": orders.ids.gather(orders.line_order),
                "物料": named(orders.product, PRODUCT_CODES),
                "品类": named(orders.product, CATEGORIES),
                "数量": orders.quantity.astype(str).astype(object),
                "单价": orders.price,
                "金额": pl.Series(orders.amount).round(2).cast(pl.Decimal(18, 2)).cast(pl.String),
                "成本": pl.Series(orders.cost).fill_nan(None),
                "修改时间": stamp(changed),
            },
            schema_overrides={"数量": pl.String},
        )
        corrected = draws.chance("line/corrected", keys, 0.004)
        again = draws.integers("line/corrected_on", keys, 5, 30)
        correction = frame.with_columns(
            pl.Series("_day", day + again),
            pl.Series("单价", np.round(orders.price * 0.95, 2)),
            pl.Series(np.round(np.round(orders.price * 0.95, 2) * orders.quantity, 2))
            .cast(pl.Decimal(18, 2))
            .cast(pl.String)
            .alias("金额"),
            stamp(changed + again * DAY).alias("修改时间"),
        ).filter(pl.Series(corrected))
        frame = pl.concat([with_duplicates(frame, draws, "line", keys, 0.0015), correction])
        return with_spoiled(
            frame,
            draws,
            "line",
            0.06,
            {"行号": "LINE-BAD-1", "金额": "-99999999999999999999.00"},
            {"行号": None},
            {"行号": "LINE-BAD-2", "订单号": "SO000000-00000"},
            {"行号": "LINE-BAD-3", "数量": "一箱"},
        )

    def _delivery_rows(self, orders: Orders) -> pl.DataFrame:
        """One or two deliveries per order; the row is exported when shipped and again when accepted."""
        draws = self.world.draws
        delivered = np.flatnonzero(orders.accepted < NEVER)
        split = draws.chance("delivery/split", orders.keys[delivered], 0.06)
        who = np.concatenate([delivered, delivered[split]])
        part = np.concatenate([np.where(split, 2, 1), np.ones(split.sum(), dtype=np.int64)])
        first_part = np.concatenate([np.zeros(len(delivered), bool), np.ones(split.sum(), bool)])
        keys = key(orders.keys[who], part)
        ordered, accepted = orders.ordered[who], orders.accepted[who]
        accepted = np.where(first_part, ordered + ((accepted - ordered) * 0.7).astype(np.int64), accepted)
        arrived = np.maximum(
            accepted - (draws.exponential("delivery/signing", keys, 9) * HOUR).astype(np.int64),
            ordered + 1800,
        )
        shipped = np.maximum(
            arrived - ((20 + 30 * draws.uniform("delivery/transit", keys)) * HOUR).astype(np.int64),
            ordered + 900,
        )
        promised = day_of(shipped) + draws.pick("delivery/promised", keys, [2, 34, 46, 18])
        index, day = versions(shipped, accepted)
        shipped_then, done = shipped[index], as_of(accepted, index, day)
        known = done < NEVER
        yes_no = ["N", "Y"]
        complete = np.where(known, 1 - first_part[index].astype(int), -1)
        undamaged = np.where(known, draws.chance("delivery/whole", keys, 0.985)[index].astype(int), -1)
        papers = np.where(known, draws.chance("delivery/papers", keys, 0.98)[index].astype(int), -1)
        ids = pl.select(
            pl.format("DN{}-{}", orders.ids.gather(who).str.slice(2), pl.Series(part))
        ).to_series()
        return pl.DataFrame(
            {
                "_day": delayed(draws, "delivery/export", keys[index], day, 0.004),
                "delivery_no": ids.gather(index),
                "sales_order": orders.ids.gather(who[index]),
                "promised": date_text(promised[index], "%d/%m/%Y"),
                "shipped": stamp(shipped_then),
                "delivered": stamp(np.where(known, arrived[index], NEVER)),
                "accepted": stamp(done),
                "complete": named(complete, yes_no),
                "undamaged": named(undamaged, yes_no),
                "documents_ok": named(papers, yes_no),
                "changed": stamp(latest(shipped_then, done)),
            }
        )

    def _money_rows(self, orders: Orders) -> Rows:
        """Invoices of accepted orders, and the receipts that the bank reports without a header."""
        draws = self.world.draws
        total = np.zeros(len(orders.keys))
        np.add.at(total, orders.line_order, orders.amount)
        billed = np.flatnonzero((orders.accepted < NEVER) & (total > 0))
        keys, amount = orders.keys[billed], np.round(total[billed], 2)
        invoiced = on_workday(day_of(orders.accepted[billed]) + draws.integers("invoice/after", keys, 0, 4))
        due = invoiced + np.where(draws.chance("invoice/short", keys, 0.4), 30, 60)
        ids = pl.select(pl.format("INV{}", orders.ids.gather(billed).str.slice(2))).to_series()
        invoices = pl.DataFrame(
            {
                "_day": invoiced,
                "Invoice": ids,
                "Order": orders.ids.gather(billed),
                "Date": date_text(invoiced, "%d-%b-%Y"),
                "Due": date_text(due, "%d-%b-%Y"),
                "Amount": pl.Series([f"CNY {value:,.2f}" for value in amount], dtype=pl.String),
            }
        )
        paid = on_workday(due + np.rint(-6 + 11 * draws.normal("payment/late", keys)).astype(np.int64))
        paid = np.maximum(paid, invoiced + 1)
        pays = ~draws.chance("payment/never", keys, 0.035)
        receipts = pl.DataFrame(
            {
                "_day": paid,
                "receipt": pl.select(pl.format("BK{}", ids.str.slice(3))).to_series(),
                "date": date_text(paid, "%Y%m%d"),
                "invoice": ids,
                "amount": pl.Series(amount).cast(pl.Decimal(18, 2)),
            }
        ).filter(pl.Series(pays))
        return [("invoices", invoices), ("receipts", receipts)]

    def ledger(self, first: int) -> pl.DataFrame:
        """Revenue and cost of goods of a month per selling unit, as finance books them at its close."""
        orders = self.orders(first)
        kept = ~(orders.cancelled < moment(np.int64(days_of(first)[-1] + 1), 0))
        lines = kept[orders.line_order]
        unit = ["OU-DEP-SALES-EAST", "OU-DEP-SALES-SOUTH", "OU-DEP-SALES-NORTH", "OU-DEP-SALES-KEY"]
        cost = np.where(np.isnan(orders.cost), orders.amount * 0.6, orders.cost)
        return (
            pl.DataFrame(
                {
                    "unit": named(orders.region[orders.line_order], unit),
                    "revenue": orders.amount,
                    "cost_of_goods": cost,
                }
            )
            .filter(pl.Series(lines))
            .group_by("unit")
            .agg(pl.sum("revenue", "cost_of_goods"))
            .sort("unit")
        )
