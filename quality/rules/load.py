"""RSP: is the load shared out fairly? `mart_assignment_load` has the same figures by the same thresholds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import quantiles

from quality.company import Row
from quality.findings import Finding
from quality.people import People
from quality.rules.rule import CARRYING_ROLES, Rule, Subject, listed

MOST_METRICS = 12
USUAL_METRICS = 7
MOST_EFFORT_PCT = 80
FEWEST_IN_UNIT = 5
UNEVEN_GINI = Decimal("0.6")
HALF = Decimal("0.5")


@dataclass
class Load:
    """What one person carries: metrics, how many of them as owner, percent of weight and of working time."""

    employee_id: str
    unit_id: str | None
    fte: Decimal
    owned: set[str]
    shared: set[str]
    rows: list[Row]
    weight: Decimal = Decimal(0)
    effort_pct: Decimal = Decimal(0)

    @property
    def metrics(self) -> int:
        """Metrics carried, each once."""
        return len(self.owned | self.shared)

    @property
    def is_something(self) -> bool:
        """Whether the person answers for anything: owns a metric, or is scored by one."""
        return bool(self.owned or self.weight)

    @property
    def index(self) -> Decimal:
        """Metrics owned plus half of those shared, per full-time job."""
        carried = len(self.owned) + HALF * len(self.shared - self.owned)
        return carried / self.fte if self.fte else carried


class NobodyIsOverloaded(Rule):
    """People whose metrics are too many, take too much time, or are far more than others of the unit have."""

    rule_id = "RSP-08"
    severity = "warning"
    title = "overload: metrics > max, or load index > unit p75 + 1.5 IQR, or effort > capacity (80 %)"
    title_zh = "超负荷：指标过多、负荷明显高于本单元，或工时超过容量"

    def check(self, subject: Subject) -> Iterator[Finding]:
        loads = loads_of(subject)
        bounds = {unit: bound([load.index for load in people]) for unit, people in units_of(loads).items()}
        for load in loads:
            reasons = list(_reasons(load, bounds.get(load.unit_id)))
            if reasons:
                yield self.row(
                    load.rows[-1],
                    "employee",
                    load.employee_id,
                    f"{load.employee_id} is overloaded: {'; '.join(en for en, _ in reasons)}; give metrics "
                    "to others or end some",
                    f"{load.employee_id} 超负荷：{'；'.join(zh for _, zh in reasons)}；请转交或停用部分指标",
                )


class EverybodyCarriesSomething(Rule):
    """Units in which most people answer for metrics and some for none, or few carry nearly all."""

    rule_id = "RSP-09"
    severity = "warning"
    title = "free-ride: active person with zero owned weight; unit Gini > g"
    title_zh = "搭便车：在岗人员没有任何权重，或单元内负荷过于集中"

    def check(self, subject: Subject) -> Iterator[Finding]:
        for unit, people in units_of(loads_of(subject)).items():
            if subject.people is None or unit not in subject.people.units:
                continue
            place = subject.people.units[unit]
            without = [load.employee_id for load in people if not load.is_something]
            if without and 2 * len(without) < len(people):
                yield self.row(
                    place,
                    "org_unit",
                    unit,
                    f"{len(without)} of {len(people)} people of {unit} own no metric and are scored by none, "
                    f"unlike most: {listed(without)}; assign them a metric or say why not",
                    f"{unit} 的 {len(people)} 人中有 {len(without)} 人不负责任何指标，而多数人负责："
                    f"{listed(without)}；请分配指标或说明理由",
                )
            uneven = gini([load.index for load in people])
            if uneven is not None and uneven > UNEVEN_GINI:
                yield self.row(
                    place,
                    "org_unit",
                    unit,
                    f"few people of {unit} carry nearly all of its metrics (Gini {uneven:.2f}, more than "
                    f"{UNEVEN_GINI}); share them out",
                    f"{unit} 的指标几乎都由少数人承担（基尼系数 {uneven:.2f}，高于 {UNEVEN_GINI}）；请均衡",
                )


def loads_of(subject: Subject) -> list[Load]:
    """The load of everybody who holds a position on the as-of day; nobody before people have landed."""
    people = subject.people
    if people is None or not people.holdings:
        return []
    fte: dict[str, Decimal] = {}
    for held in people.holdings:
        fte[held.employee_id] = fte.get(held.employee_id, Decimal(0)) + held.fte
    loads = {
        person: Load(person, people.unit_of("employee", person), share, set(), set(), [])
        for person, share in sorted(fte.items())
    }
    for row in subject.rows_in_force("library.metric_assignments"):
        if row["role"] in CARRYING_ROLES:
            for person, share in _shares(people, row, fte):
                _carry(loads[person], row, share)
    return list(loads.values())


def units_of(loads: Sequence[Load]) -> dict[str, list[Load]]:
    """The people of every unit that is large enough to compare them."""
    found: dict[str, list[Load]] = {}
    for load in loads:
        if load.unit_id is not None:
            found.setdefault(load.unit_id, []).append(load)
    return {unit: people for unit, people in sorted(found.items()) if len(people) >= FEWEST_IN_UNIT}


def gini(values: Sequence[Decimal]) -> Decimal | None:
    """How unevenly values are shared out: 0 if all are the same, near 1 if one has all; None without any."""
    total = sum(values, Decimal(0))
    if not total:
        return None
    n = len(values)
    ranked = sum((rank * value for rank, value in enumerate(sorted(values), start=1)), Decimal(0))
    return 2 * ranked / (n * total) - Decimal(n + 1) / n


def bound(values: Sequence[Decimal]) -> Decimal:
    """What only an outlier exceeds: the third quartile plus 1.5 interquartile ranges; two values or more."""
    low, _, high = quantiles(values, n=4, method="inclusive")
    return high + Decimal("1.5") * (high - low)


def _shares(people: People, row: Row, fte: dict[str, Decimal]) -> Iterator[tuple[str, Decimal]]:
    """Who carries a row, and with which part of his time: of somebody in two positions each takes its own."""
    if row["subject_type"] == "employee" and row["subject_id"] in fte:
        yield row["subject_id"], Decimal(1)
    if row["subject_type"] == "position":
        for held in people.holders.get(row["subject_id"], []):
            total = fte[held.employee_id]
            yield held.employee_id, held.fte / total if total else Decimal(1)


def _carry(load: Load, row: Row, share: Decimal) -> None:
    (load.owned if row["role"] == "owner" else load.shared).add(row["metric_id"])
    load.weight += (row["weight"] or 0) * share
    load.effort_pct += (row["effort_pct"] or 0) * share
    load.rows.append(row)


def _reasons(load: Load, limit: Decimal | None) -> Iterator[tuple[str, str]]:
    if load.metrics > MOST_METRICS:
        yield (
            f"{load.metrics} metrics, more than {MOST_METRICS}",
            f"承担 {load.metrics} 项指标，超过 {MOST_METRICS} 项",
        )
    if load.effort_pct > MOST_EFFORT_PCT:
        yield (
            f"they take {load.effort_pct:.0f} % of the time, more than {MOST_EFFORT_PCT} %",
            f"占用工时 {load.effort_pct:.0f}%，超过 {MOST_EFFORT_PCT}%",
        )
    if limit is not None and load.index > limit and load.metrics > USUAL_METRICS:
        yield (
            f"load {load.index:.1f}, beyond {limit:.1f}, the bound of the unit",
            f"负荷 {load.index:.1f}，超出本单元上限 {limit:.1f}",
        )
