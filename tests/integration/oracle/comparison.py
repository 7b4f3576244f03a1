"""Published figures beside MetricFlow's: the same rows, DECIMAL exactly, quotients within their rounding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from metricflow_adapter import MetricFlow, on_days
from running_periods import RUNNING, running_name

GRAINS = ("day", "week", "month", "quarter", "year")


@dataclass(frozen=True)
class Subject:
    """A kind of subject: the entity that MetricFlow groups by, and where both mean the same by it.

    `carried`: what the components must be carried by. `comparable`: SQL for ids that MetricFlow can total.
    """

    name: str
    entity: str | None
    carried: tuple[str, ...]
    types: tuple[str, ...]
    grains: tuple[str, ...] = (*GRAINS, *RUNNING)
    comparable: str = "true"


# A unit without any below it is what its own records say.
WITHOUT_UNITS_BELOW = """
subject_id in (
    select org_unit_id from core.dim_org_unit group by org_unit_id
    having bool_and(
        subject_type in (select subject_type from library.metric_level where metric_id = '{metric}')
    )
)
and subject_id not in (
    select parent_id from core.dim_org_unit where parent_id is not null
)
"""
SUBJECTS = {
    one.name: one
    for one in (
        Subject("company", None, ("shared", "employee", "org_unit", "position"), ("company",)),
        Subject("employee", "employee", ("shared", "employee", "position"), ("employee",)),
        Subject("position", "position", ("shared", "position"), ("position",), (*GRAINS[1:], *RUNNING)),
        Subject(
            "unit",
            "org_unit",
            ("shared", "org_unit", "position"),
            ("division", "department", "team"),
            comparable=WITHOUT_UNITS_BELOW,
        ),
    )
}


@dataclass(frozen=True)
class Published:
    """The figures of one metric for one kind of subject and one grain."""

    metric_id: str
    subject: Subject
    grain: str
    is_percentile: bool


@dataclass(frozen=True)
class Difference:
    """A figure that MetricFlow sees otherwise."""

    published: Published
    column: str
    subject_id: str
    told_on: str
    ours: str
    theirs: str
    sql: str

    def __str__(self) -> str:
        what = self.published
        return (
            f"{self.column} of {what.metric_id} by {what.subject.name} and {what.grain}, "
            f"{self.subject_id} {self.told_on}: published {self.ours}, MetricFlow {self.theirs}\n"
            f"{self.sql}"
        )


def published_figures(metricflow: MetricFlow, subject: Subject, grain: str) -> Iterator[Published]:
    """The metrics published for a subject and grain that mean there what MetricFlow's entity means."""
    if grain not in subject.grains:
        return
    rows = metricflow.connection.execute(
        """
        select m.metric_id, bool_or(c.aggregation in ('median', 'percentile_cont'))
        from marts.dim_metric as m
        inner join library.metric_grain as g on m.metric_id = g.metric_id
        inner join library.metric_level as l on m.metric_id = l.metric_id
        inner join library.metric_term as t on m.metric_id = t.metric_id
        inner join library.metric_component as c on t.component_id = c.component_id
        where m.state = 'ok' and g.period_grain = ? and list_contains(?, l.subject_type)
        group by m.metric_id
        having bool_and(list_contains(?, c.attribution))
        order by m.metric_id
        """,
        [grain, list(subject.types), list(subject.carried)],
    ).fetchall()
    yield from (Published(metric, subject, grain, is_percentile) for metric, is_percentile in rows)


@dataclass(frozen=True)
class Asked:
    """How MetricFlow is asked for figures: metric, grain and conditions; and what of ours they are: the
    column of `metric_value` by which a period is told, and which of these days are compared.
    """

    metric_id: str
    grain: str
    where: tuple[str, ...]
    parts: list[tuple[str, str, tuple[str, ...]]]
    told_by: str
    of_days: str


def asked_for(metricflow: MetricFlow, published: Published) -> Asked:
    """A calendar period is asked for as it is, with the parts of a ratio; a running one by its last day. Its
    parts are summed over weeks and months before anything is divided, and are compared there.
    """
    metric, grain = published.metric_id, published.grain
    if grain not in RUNNING:
        parts = metricflow.parts_of_ratio(metric)
        return Asked(metric, grain, metricflow.elapsed, parts, "period_start", "true")
    days = _last_days(metricflow, grain)
    where = (*metricflow.elapsed, on_days(days))
    return Asked(running_name(metric, grain), "day", where, [], "period_end", f"v.period_end in ({days})")


def differences(metricflow: MetricFlow, published: Published, limit: int = 3) -> Iterator[Difference]:
    """Figures on which the two do not agree, at most `limit` for the value and each part asked for."""
    subject, asked = published.subject, asked_for(metricflow, published)
    connection = metricflow.in_doubles if published.is_percentile else metricflow.connection
    by = [f"metric_time__{asked.grain}", *([subject.entity] if subject.entity else [])]
    for column, metric, where in [("value", asked.metric_id, ()), *asked.parts]:
        sql = metricflow.sql([metric], by, [*where, *asked.where])
        compared = _COMPARED.format(
            sql=sql,
            column=column,
            metric=published.metric_id,
            theirs=metric,
            grain=published.grain,
            asked_by=asked.grain,
            told_by=asked.told_by,
            of_days=asked.of_days,
            subject_id=subject.entity or "(select org_unit_id from intermediate.int_hr__company_root)",
            types=list(subject.types),
            comparable=subject.comparable.format(metric=published.metric_id),
            limit=limit,
        )
        for row in connection.execute(compared).fetchall():
            yield Difference(published, column, *map(str, row), sql)


def _last_days(metricflow: MetricFlow, grain: str) -> str:
    """The days that end a running period which is over, lies within the calendar and is the same in
    MetricFlow's words.
    """
    period = RUNNING[grain]
    begins, begins_there = (text.format(end="period_end") for text in (period.begins, period.begins_there))
    rows = metricflow.connection.execute(
        f"""
        select distinct period_end
        from core.dim_period cross join library.run_context
        where
            period_grain = ? and period_end <= as_of
            and {begins} >= calendar_start and {begins} = {begins_there}
        """,
        [grain],
    ).fetchall()
    return ", ".join(f"'{day}'" for (day,) in rows)


# A quotient is a double there and has ten decimals here. What the metric counts as 0 where a part has no
# record or where it would divide by 0, and what no base event led to, is nothing there. A suppressed
# figure has to be there, no more. What is compared with a period before the calendar is there only: facts go
# back further than the calendar.
_COMPARED = """
with answered as ({sql}),

theirs as (
    select {subject_id} as subject_id, cast(metric_time__{asked_by} as date) as told_on, {theirs} as value
    from answered
),

ours as (
    select
        v.subject_id, v.{told_by} as told_on, v.{column} as value, v.state,
        m.null_policy = 'zero' or m.zero_denominator = 'zero' or m.metric_type = 'conversion' as says_zero,
        cast(v.numerator as double) / nullif(cast(v.denominator as double), 0) as quotient
    from marts.metric_value as v
    inner join marts.dim_metric as m on v.metric_id = m.metric_id
    where v.metric_id = '{metric}' and v.period_grain = '{grain}' and list_contains({types}, v.subject_type)
        and {of_days}
),

comparable_from as (
    select
        coalesce(
            max(r.calendar_start + case t.offset_grain
                when 'month' then to_months(t.offset_periods) else to_days(t.offset_periods)
            end) filter (where t.offset_periods is not null),
            date '1900-01-01'
        ) as first_day
    from library.metric_term as t
    cross join library.run_context as r
    where t.metric_id = '{metric}'
),

both_sides as (
    select
        coalesce(o.subject_id, t.subject_id) as subject_id,
        coalesce(o.told_on, t.told_on) as told_on,
        o.value as ours, t.value as theirs, o.state, o.says_zero, o.quotient
    from ours as o
    full join theirs as t on o.subject_id = t.subject_id and o.told_on = t.told_on
)

select subject_id, told_on, ours, theirs
from both_sides
where
    subject_id is not null and {comparable}
    and told_on >= (select first_day from comparable_from)
    and case
        when state = 'suppressed' then theirs is null
        when ours is null then theirs is not null
        when theirs is null then ours <> 0 or not says_zero
        when typeof(theirs) <> 'DOUBLE' then ours <> theirs
        else
            '{column}' = 'value' and abs(quotient - theirs) > 1e-9 * abs(theirs)
            or abs(ours - theirs) > 1e-9 * abs(theirs) + 1e-10
    end
order by told_on, subject_id
limit {limit}
"""
