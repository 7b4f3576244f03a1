"""How large a company each size of the benchmark is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """A company of about `people` over `years`; `workload` multiplies what happens at it (see Workload).

    `months_read` of its large files are read in the comparison of readers. Of MetricFlow's queries for years
    to date and rolling windows `running_sampled` run. `synthetic` are the numbers of metrics, and `histories`
    the years, over which cost is followed, both at `growth_people`.
    """

    people: int
    years: int
    workload: dict[str, float]
    months_read: int
    running_sampled: int = 16
    synthetic: tuple[int, ...] = (70, 700, 7000)
    histories: tuple[int, ...] = (1, 3, 6)
    growth_people: int = 100


# At their own pace 5,000 people have 1.8 M tickets with 4.5 M events and 0.7 M orders with 1.5 M lines in
# three years; with this workload 2 M with 10 M, and 1 M with 4 M.
DENSE = {"tickets": 1.12, "notes": 6, "orders": 1.5, "order_lines": 2.3}
SIZES = {
    "XS": Size(people=100, years=1, workload={}, months_read=1, synthetic=(70,), histories=(1,)),
    "S": Size(people=300, years=3, workload={}, months_read=36, running_sampled=64),
    "M": Size(people=5_000, years=3, workload=DENSE, months_read=3),
    "L": Size(people=20_000, years=3, workload=DENSE, months_read=1),
}
