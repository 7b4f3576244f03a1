"""What the benchmark of planning measures, at a small size: every target is there and every sum is whole."""

from collections import defaultdict
from decimal import Decimal

from bench.planning import METHODS, plan_everything

PEOPLE, METRICS = 80, len(METHODS)


def test_every_person_of_every_metric_has_targets_that_sum_to_the_company():
    planned, plans = plan_everything(PEOPLE, METRICS)

    assert [plan.method for plan in plans] == list(METHODS)
    assert planned.targets == sum(len(plan.targets) for plan in plans)
    for plan in plans:
        amounts = {(one.subject, one.period): one.amount for one in plan.targets}
        sums = defaultdict(Decimal)
        for one in plan.targets:
            sums[one.parent, one.period] += one.amount
        people = {one.subject for one in plan.targets if one.subject.type == "employee"}
        whole_year = [one for one in plan.targets if one.subject == plan.root and one.period.grain == "year"]

        assert len(people) == len(plan.people) == PEOPLE
        assert [one.amount for one in whole_year] == [600 * PEOPLE]
        assert all(
            sums[above, period] == amounts[above, period] for above, period in sums if above is not None
        )
