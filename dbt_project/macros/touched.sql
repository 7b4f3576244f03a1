{#- Whether a day belongs to the batch that is being inserted, or for what is summed up to a day of it, to the days before;
    where there is no batch, every day does. The bounds are constants to the query, so that days outside are not read. -#}
{% macro in_batch(day, days_before=0) -%}
    -- depends_on: {{ ref('metric_batch') }}
    {{ day }} between coalesce(cast(getvariable('batch_first_day') as date) - {{ days_before }}, {{ beginning_of_time() }})
    and coalesce(getvariable('batch_last_day'), {{ end_of_time() }})
{%- endmacro %}


{#-
  What each day of each fact says, in one number: the sum of its rows' hashes over all that the components read. Two nights
  in which a day has the same number have the same day. `facts`: one entry per semantic model and date column,
  {semantic_model, fact, attribution, date_column, columns}.
-#}
{% macro day_fingerprints(facts) -%}
{% for fact in facts -%}
select
    '{{ fact.semantic_model }}' as semantic_model,
    '{{ fact.date_column }}' as date_column,
    {{ fact.date_column }} as metric_date,
    count(*) as records,
    sum({{ row_hash((carrier_columns(fact.attribution) + fact.columns) | join(', ')) }}) as fingerprint
from {{ joined_fact(fact.fact, fact.date_column, fact.joins) }}
where
    {{ fact.date_column }} >= {{ run_setting('calendar_start') }}
    and {{ fact.date_column }} <= {{ run_setting('as_of') }}
group by {{ fact.date_column }}

union all

{% endfor -%}
{{ interval_fingerprints('holdings', ref('int_hr__employee_assignment'),
    ['employee_id', 'position_id', 'org_unit_id', 'attribution_share']) }}

union all

{{ interval_fingerprints('organisation', ref('int_hr__org_closure'), ['ancestor_id', 'ancestor_type', 'descendant_id']) }}

union all

{# Not that everybody stands in the own line: for who is new that is so for ever, and changes no day before. #}
{{ interval_fingerprints('reporting_lines', '(select * from ' ~ ref('int_hr__reporting_line') ~ ' where distance > 0)',
    ['manager_id', 'employee_id', 'distance']) }}
{%- endmacro %}


{#- A number for a row, to be summed over rows in whatever order they stand. Hashed once, two rows could exchange a value unseen
    too easily: columns are combined by XOR. -#}
{% macro row_hash(columns) -%} cast(hash(hash({{ columns }})) as hugeint) {%- endmacro %}


{#- The columns of a fact that say who carries its rows. -#}
{% macro carrier_columns(attribution) -%}
    {{ return({
        'position': ['employee_id', 'position_id', 'org_unit_id'],
        'employee': ['employee_id', 'org_unit_id'],
        'org_unit': ['org_unit_id'],
        'shared': [],
    }[attribution]) }}
{%- endmacro %}


{#- The same for dated rows: what holds on each day of the calendar, by adding a row's hash where it begins to hold and
    taking it away where it ends. -#}
{% macro interval_fingerprints(name, relation, columns) -%}
select
    '{{ name }}' as semantic_model,
    '' as date_column,
    day.date_day as metric_date,
    0 as records,
    coalesce(steps.fingerprint, 0) as fingerprint
from {{ ref('dim_date') }} as day
asof left join (
    select bound, sum(sum(step)) over (order by bound) as fingerprint
    from (
        select valid_from as bound, {{ row_hash(columns | join(', ')) }} as step from {{ relation }}
        union all
        select valid_to as bound, -{{ row_hash(columns | join(', ')) }} as step from {{ relation }}
    ) as bounds
    group by bound
) as steps on day.date_day >= steps.bound
where day.is_past
{%- endmacro %}


{#- One row per metric with all that decides its figures and what is said beside them. -#}
{% macro metric_definitions(library) -%}
    select
        m.metric_id, m.fingerprint, m.version, m.state, m.null_policy, m.zero_denominator, m.min_n,
        list(distinct t order by t) as terms,
        list(distinct l.subject_type order by l.subject_type) as subject_types,
        list(distinct g.period_grain order by g.period_grain) as period_grains,
        list(distinct s.dimension order by s.dimension) as slices
    from {{ source(library, 'metric') }} as m
    left join {{ source(library, 'metric_term') }} as t on m.metric_id = t.metric_id
    left join {{ source(library, 'metric_level') }} as l on m.metric_id = l.metric_id
    left join {{ source(library, 'metric_grain') }} as g on m.metric_id = g.metric_id
    left join {{ source(library, 'metric_slice') }} as s on m.metric_id = s.metric_id
    group by all
{%- endmacro %}


{#- One row per component with all that decides its amounts, in the library of tonight or of the night before. -#}
{% macro component_definitions(library) -%}
    select
        c.component_id, c.semantic_model, c.fact, c.aggregation, c.time_aggregation, c.expression, c.filter,
        c.date_column, c.attribution, c.percentile,
        list(distinct l.subject_type order by l.subject_type) as subject_types,
        list(distinct g.period_grain order by g.period_grain) as period_grains,
        list(distinct s.dimension order by s.dimension) as slices,
        count(t.time_window) > 0 as is_held_over_days,
        -- What is evaluated from records is there for the windows and grains that are asked for, and for no others.
        list(distinct concat_ws(' ', g.period_grain, t.time_window) order by concat_ws(' ', g.period_grain, t.time_window))
            filter (where c.time_aggregation = 'direct') as evaluated_for
    from {{ source(library, 'metric_component') }} as c
    left join {{ source(library, 'metric_term') }} as t on c.component_id = t.component_id or c.component_id = t.per
    left join {{ source(library, 'metric_level') }} as l on t.metric_id = l.metric_id
    left join {{ source(library, 'metric_grain') }} as g on t.metric_id = g.metric_id
    left join {{ source(library, 'metric_slice') }} as s on t.metric_id = s.metric_id
    group by all
{%- endmacro %}


{#-
  Which rows of a stage are out of date: those whose keys stand in a relation of what is touched. `by` is that relation, `keys`
  its columns with the SQL over the stage's own that they are compared with, first what is computed: a component, a metric, a
  population. `day` is a column of both, by which rows that lie together in time are found together.
-#}
{% macro touched_days() -%}
    {{ return({
        'by': 'metric_component_touched', 'day': 'metric_date',
        'keys': {'component_id': 'component_id', 'metric_date': 'metric_date'},
    }) }}
{%- endmacro %}


{% macro touched_spans() -%}
    {{ return({
        'by': 'metric_component_touched_span', 'day': 'span_start',
        'keys': {'component_id': 'component_id', 'span_start': span_of('span_start')},
    }) }}
{%- endmacro %}


{% macro touched_record_parts() -%}
    {{ return({
        'by': 'metric_record_part_touched', 'day': 'part_end',
        'keys': {'population': 'population', 'part_grain': 'part_grain', 'part_start': 'part_start'},
    }) }}
{%- endmacro %}


{% macro touched_evaluations() -%}
    {{ return({
        'by': 'metric_evaluation_touched', 'day': 'period_end',
        'keys': {
            'component_id': 'component_id', 'time_window': 'time_window',
            'period_grain': 'period_grain', 'period_start': 'period_start', 'period_end': 'period_end',
        },
    }) }}
{%- endmacro %}


{% macro touched_component_periods() -%}
    {{ return({
        'by': 'metric_component_touched_period', 'day': 'period_end',
        'keys': {
            'component_id': 'component_id',
            'period_grain': 'period_grain', 'period_start': 'period_start', 'period_end': 'period_end',
        },
    }) }}
{%- endmacro %}


{% macro touched_metric_periods(by='metric_touched') -%}
    {{ return({
        'by': by, 'day': 'period_end',
        'keys': {
            'metric_id': 'metric_id',
            'period_grain': 'period_grain', 'period_start': 'period_start', 'period_end': 'period_end',
        },
    }) }}
{%- endmacro %}


{#- All that the library computes tonight, by the column that names it. -#}
{% macro computed_tonight(column) -%}
    {{ return({
        'component_id': 'select component_id from ' ~ source('library', 'metric_component'),
        'metric_id': 'select metric_id from ' ~ source('library', 'metric'),
        'population': 'select population from (' ~ direct_components() ~ ') as components',
    }[column]) }}
{%- endmacro %}


{#- The days of one ISO week and one month, by their first day, and the last of them. -#}
{% macro span_of(day) -%}
    cast(greatest(date_trunc('week', {{ day }}), date_trunc('month', {{ day }})) as date)
{%- endmacro %}

{% macro span_end(span_start) -%}
    cast(least(
        date_trunc('week', {{ span_start }}) + interval '6 days',
        date_trunc('month', {{ span_start }}) + interval '1 month' - interval '1 day'
    ) as date)
{%- endmacro %}
