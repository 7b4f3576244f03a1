"""Slices beside MetricFlow's own grouping: the same dimension, own or joined, gives the same figures."""

import pytest
from metricflow_adapter import MetricFlow

pytestmark = pytest.mark.slow

COMPARED = """
with theirs as (
    select
        cast(metric_time__month as date) as period_start,
        coalesce(cast({dimension} as varchar), '(unknown)') as dimension_value, {metric} as value
    from ({sql})
),

ours as (
    select period_start, dimension_value, value, state from marts.metric_slice
    where metric_id = '{metric}' and dimension = '{written}'
        and subject_type = 'company' and period_grain = 'month'
)

select period_start, dimension_value, ours.value, theirs.value
from ours
full join theirs using (period_start, dimension_value)
where ours.state is distinct from 'suppressed'
    and (ours.value is null) <> (theirs.value is null)
    or abs(ours.value - theirs.value) > 1e-9 * abs(theirs.value) + 1e-10
"""


def slices(metricflow: MetricFlow) -> list[tuple[str, str, str]]:
    """Metric, dimension as the file writes it, and the one semantic model behind its components."""
    return metricflow.connection.execute(
        """
        select s.metric_id, s.dimension, min(c.semantic_model)
        from library.metric_slice as s
        inner join library.metric_term as t on s.metric_id = t.metric_id
        inner join library.metric_component as c on t.component_id = c.component_id
        inner join marts.dim_metric as m on s.metric_id = m.metric_id
        where m.state = 'ok'
        group by all having count(distinct c.semantic_model) = 1 or contains(s.dimension, '__')
        order by all
        """
    ).fetchall()


def test_slices_are_metricflows(metricflow: MetricFlow) -> None:
    entities = {
        model.name: model.primary_entity or next(e.name for e in model.entities if e.type.value == "primary")
        for model in metricflow.manifest.semantic_models
        if model.primary_entity or any(e.type.value == "primary" for e in model.entities)
    }
    compared = slices(metricflow)
    assert compared
    for metric, written, model in compared:
        dimension = written if "__" in written else f"{entities[model]}__{written}"
        sql = metricflow.sql([metric], ["metric_time__month", dimension], metricflow.elapsed)
        differing = metricflow.connection.execute(
            COMPARED.format(metric=metric, written=written, dimension=dimension, sql=sql)
        ).fetchall()
        assert differing == [], (metric, written)
