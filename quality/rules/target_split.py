"""TGT: are targets handed down and over the year so that the parts are the whole, and fairly?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from metric_library.normal_form import Form, NormalForm, additivity, reduce_metric
from quality.company import Row
from quality.findings import Finding
from quality.rules.rule import Subject
from quality.rules.target import TargetRule, period_end, series

PARTS = (("year", "quarter", 4), ("year", "month", 12), ("quarter", "month", 3))
ROUNDING = Decimal("0.005")  # a part may be off by half of a hundredth
UNITS = ("company", "division", "department", "team")


class Targets:
    """The newest revision of every target, by what a target is set for."""

    def __init__(self, subject: Subject) -> None:
        newest: dict[tuple[object, ...], Row] = {}
        for row in sorted(subject.rows("library.targets"), key=lambda row: row["revision"]):
            newest[series(row)] = row
        self.rows = list(newest.values())
        names = {row["metric_id"] for row in self.rows} & set(subject.library.computable)
        self.additive = {name for name in names if additivity(subject.library, name) == "additive"}
        self.rates = {name for name in names if not gathers(reduce_metric(subject.library, name))}
        self._above = subject.company.parents if subject.company else {}

    def over_time(self, metrics: set[str]) -> Iterator[tuple[Row, list[Row]]]:
        """Each target of a longer period with those of all the shorter ones in it."""
        lines: dict[tuple[object, ...], list[Row]] = defaultdict(list)
        for row in self.rows:
            if row["metric_id"] in metrics:
                lines[series(row)[:3]].append(row)
        for rows in lines.values():
            for long, short, count in PARTS:
                for whole in (row for row in rows if row["period_grain"] == long):
                    parts = [row for row in rows if row["period_grain"] == short and _inside(row, whole)]
                    if len(parts) == count:
                        yield whole, parts

    def downward(self) -> Iterator[tuple[Row, list[Row]]]:
        """Each target of an amount with those below it."""
        for whole, parts in self.below():
            if whole["metric_id"] in self.additive:
                yield whole, parts

    def below(self) -> Iterator[tuple[Row, list[Row]]]:
        """Each target with those of its metric and period that name it as their parent, or stand below it in
        the organisation.
        """
        by_id = {row["target_id"]: row for row in self.rows}
        units = {_place(row): row for row in self.rows if row["subject_type"] in UNITS}
        children: dict[str, list[Row]] = defaultdict(list)
        for row in self.rows:
            parent = by_id.get(row["parent_target_id"] or "") or self._unit_above(row, units)
            if parent and parent["metric_id"] == row["metric_id"] and series(parent)[3:] == series(row)[3:]:
                children[parent["target_id"]].append(row)
        for name, rows in children.items():
            yield by_id[name], rows

    def _unit_above(self, row: Row, units: Mapping[tuple[object, ...], Row]) -> Row | None:
        """The target of the nearest unit above that has one."""
        unit, seen = row["subject_id"], set()
        while row["subject_type"] in UNITS and unit not in seen:
            seen.add(unit)
            unit = self._above.get(unit)
            found = units.get((unit, *_place(row)[1:]))
            if found:
                return found
        return None


class PartsMakeTheWhole(TargetRule):
    """Amounts whose months, quarters or parts below do not sum to the target above them."""

    rule_id = "TGT-03"
    severity = "error"
    title = "additive metric: sum(children or months) <> parent beyond rounding"
    title_zh = "可加指标：下级或各月之和与上级目标不一致"

    def check(self, subject: Subject) -> Iterator[Finding]:
        targets = Targets(subject)
        for whole, parts in (*targets.over_time(targets.additive), *targets.downward()):
            difference = _sum(parts) - whole["target"]
            if abs(difference) > ROUNDING * len(parts):
                yield self.target(
                    whole,
                    f"the {len(parts)} target(s) below {whole['target_id']} ({_named(parts)}) sum to "
                    f"{_sum(parts):f}, "
                    f"{_percent(difference, whole)} its {whole['target']:f}; correct the parts or the whole",
                    f"{whole['target_id']} 的 {len(parts)} 个下级目标（{_named(parts)}）合计 "
                    f"{_sum(parts):f}，与其 "
                    f"{whole['target']:f} 相差 {difference:+f}；请更正下级或上级",
                )


class VersionsAreComparable(TargetRule):
    """Targets that follow from one which was set for another major version of the metric. The figures of two
    major versions measure different things: neither target is a part of the other.
    """

    rule_id = "LIN-08"
    severity = "warning"
    title = "parent and child on incompatible metric major versions"
    title_zh = "上下级目标所依据的指标主版本不一致"

    def check(self, subject: Subject) -> Iterator[Finding]:
        for whole, parts in Targets(subject).below():
            for row in parts:
                above, below = whole["metric_version"], row["metric_version"]
                if above and below and _major(above) != _major(below):
                    yield self.target(
                        row,
                        f"{row['target_id']} is set for version {below} of `{row['metric_id']}`, and "
                        f"{whole['target_id']} above it for version {above}, whose figures are not "
                        "comparable; set the older one anew",
                        f"{row['target_id']} 依据 `{row['metric_id']}` 的 {below} 版，而其上级 "
                        f"{whole['target_id']} 依据 {above} 版，两者数值不可比；请按新版重新设定较旧者",
                    )


class RatesAreNotSplit(TargetRule):
    """Rates and stocks that were divided like an amount: a rate is handed down whole."""

    rule_id = "TGT-04"
    severity = "error"
    title = "rate or semi-additive target split by summing"
    title_zh = "比率或时点类目标被按求和拆分"

    def check(self, subject: Subject) -> Iterator[Finding]:
        targets = Targets(subject)
        for whole, parts in targets.over_time(targets.rates):
            if whole["target"] and abs(_sum(parts) - whole["target"]) <= ROUNDING * len(parts) * abs(
                whole["target"]
            ):
                yield self.target(
                    whole,
                    f"`{whole['metric_id']}` does not add up over time, but the {len(parts)} targets of "
                    f"shorter periods sum "
                    f"to the {whole['target']:f} of {whole['target_id']}; give each period the level "
                    f"that it is to reach",
                    f"`{whole['metric_id']}` 不可按时间相加，但 {len(parts)} 个较短周期的目标之和等于 "
                    f"{whole['target_id']} 的 "
                    f"{whole['target']:f}；请为每个周期填写应达到的水平",
                )
        for row in targets.rows:
            if row["metric_id"] in targets.rates and row["allocation_method"] in ("capacity", "equal"):
                yield self.target(
                    row,
                    f"`{row['metric_id']}` is no amount that can be divided by "
                    f"{row['allocation_method']}; hand it down "
                    "whole (handed_down)",
                    f"`{row['metric_id']}` 不是可按 {row['allocation_method']} 分配的数量；"
                    f"请整体下达（handed_down）",
                )


class EqualSplit(TargetRule):
    """Amounts divided equally among positions or people whose work or time is not the same."""

    rule_id = "TGT-05"
    severity = "warning"
    title = "`equal` split across positions with different duties or FTE"
    title_zh = "职责或工时不同的岗位之间平均分配目标"

    def check(self, subject: Subject) -> Iterator[Finding]:
        groups: dict[tuple[object, ...], list[Row]] = defaultdict(list)
        for row in Targets(subject).rows:
            if row["allocation_method"] == "equal" and row["subject_type"] in ("position", "employee"):
                groups[(row["parent_target_id"], row["metric_id"], *series(row)[3:])].append(row)
        holdings = _holdings(subject)
        for rows in groups.values():
            kinds = {row["subject_id"]: _work(row, holdings) for row in rows}
            if len(set(kinds.values())) > 1:
                yield self.target(
                    rows[0],
                    f"{len(rows)} carriers of different positions or working time have equal parts "
                    f"({_named(rows)}); "
                    "divide by capacity or history",
                    f"{len(rows)} 个岗位或工时不同的承担者平均分配（{_named(rows)}）；请按产能或历史分配",
                )


class PartsAreProrated(TargetRule):
    """People who hold their position for a part of the period, or part-time, with the same amount as
    somebody who holds it for more; and months of nothing beside months of something.
    """

    rule_id = "TGT-06"
    severity = "warning"
    title = "not prorated for joiner/leaver/transfer/part-time; or missing period treated as 0"
    title_zh = "未按入离职、调动或非全职折算；或将缺失周期视为 0"

    def check(self, subject: Subject) -> Iterator[Finding]:
        targets = Targets(subject)
        yield from self._not_prorated(subject, targets)
        for whole, parts in targets.over_time(targets.additive):
            for row in parts:
                if row["kind"] == "at_least" and row["target"] == 0 and whole["target"] > 0:
                    yield self.target(
                        row,
                        f"{row['target_id']} asks for 0 of the {whole['target']:f} of "
                        f"{whole['target_id']}; leave the row out "
                        "where nothing was planned, or plan it",
                        f"{row['target_id']} 在 {whole['target_id']} 的 {whole['target']:f} 中为 0；"
                        f"没有计划请删去该行，否则请填写",
                    )

    def _not_prorated(self, subject: Subject, targets: Targets) -> Iterator[Finding]:
        holdings = _holdings(subject)
        groups: dict[tuple[object, ...], list[tuple[Decimal, Row]]] = defaultdict(list)
        for row in targets.rows:
            if row["subject_type"] == "employee" and row["metric_id"] in targets.additive:
                shares = _shares(row, holdings)
                # Who holds two positions has one target for both: it is compared with neither.
                for position, share in shares.items() if len(shares) == 1 else ():
                    groups[(position, row["target"], row["metric_id"], *series(row)[3:])].append((share, row))
        for (position, *_), held in groups.items():
            most = max(share for share, _ in held)
            for share, row in held:
                if most - share > Decimal("0.02"):
                    yield self.target(
                        row,
                        f"{row['subject_id']} holds {position} for {share:.0%} of the period and has the "
                        f"same "
                        f"{row['target']:f} as who holds it for {most:.0%}; prorate it",
                        f"{row['subject_id']} 在期间内任 {position} 的比例为 {share:.0%}，目标却与任职 "
                        f"{most:.0%} 者同为 "
                        f"{row['target']:f}；请折算",
                    )


def gathers(form: Form) -> bool:
    """Whether a figure grows with its period: an amount, or an amount over a mean such as the average FTE."""
    return (
        isinstance(form, NormalForm)
        and all(term.per for term in form.denominator)
        and all(
            term.component.time_aggregation == "sum" and not (term.per or term.window)
            for term in form.numerator
        )
    )


def _major(version: str) -> str:
    return version.partition(".")[0]


def _place(row: Row) -> tuple[object, ...]:
    return row["subject_id"], row["metric_id"], row["period_grain"], row["period_start_on"]


def _inside(part: Row, whole: Row) -> bool:
    return whole["period_start_on"] <= part["period_start_on"] < period_end(whole)


def _sum(rows: Iterable[Row]) -> Decimal:
    return sum((row["target"] for row in rows), Decimal(0))


def _named(rows: list[Row]) -> str:
    names = [row["target_id"] for row in rows]
    return ", ".join(names[:3]) + (", …" if len(names) > 3 else "")


def _percent(difference: Decimal, whole: Row) -> str:
    side = "over" if difference > 0 else "under"
    part = f"{abs(difference / whole['target']):.2%}" if whole["target"] else f"{abs(difference):f}"
    return f"{part} {side}"


def _holdings(subject: Subject) -> Mapping[str, list[Row]]:
    held: dict[str, list[Row]] = defaultdict(list)
    for row in subject.company.holdings if subject.company else ():
        held[row["employee_id"]].append(row)
    return held


def _shares(target: Row, holdings: Mapping[str, list[Row]]) -> dict[str, Decimal]:
    """Position → the part of the target's period for which its subject holds it, times the FTE share."""
    first, end = target["period_start_on"], period_end(target)
    shares: dict[str, Decimal] = defaultdict(Decimal)
    for row in holdings.get(target["subject_id"], ()):
        days = (min(row["valid_to"] or end, end) - max(row["valid_from"] or first, first)).days
        shares[row["position_id"]] += Decimal(max(days, 0)) * row["fte_share"] / (end - first).days
    return {position: share for position, share in shares.items() if share > 0}


def _work(row: Row, holdings: Mapping[str, list[Row]]) -> object:
    """What two carriers must have in common for equal parts to be fair."""
    if row["subject_type"] == "position":
        return row["subject_id"]
    return tuple(sorted(_shares(row, holdings).items()))
