{{ config(materialized='touched', touched=touched_spans()) }}
with leaves as (
    select leaf.*
    from {{ ref('metric_component_span') }} as leaf
    inner join {{ ref('metric_component_touched_span') }} as touched
        on leaf.component_id = touched.component_id and {{ span_of('leaf.span_start') }} = touched.span_start
    where {{ in_batch('leaf.span_start') }}
),

wanted as (
    select distinct t.component_id, l.subject_type
    from {{ source('library', 'metric_term') }} as t
    inner join {{ source('library', 'metric_level') }} as l on t.metric_id = l.metric_id
),

-- Sums are made only of what some metric asks for: most components are asked for by unit, and few by person.
by_employee as (
    select leaves.component_id, leaves.employee_id, leaves.span_start, sum(leaves.amount) as amount, sum(leaves.n) as n
    from leaves
    inner join wanted on leaves.component_id = wanted.component_id and wanted.subject_type = 'employee'
    where leaves.employee_id is not null
    group by leaves.component_id, leaves.employee_id, leaves.span_start
),

by_position as (
    select leaves.component_id, leaves.position_id, leaves.span_start, sum(leaves.amount) as amount, sum(leaves.n) as n
    from leaves
    inner join wanted on leaves.component_id = wanted.component_id and wanted.subject_type = 'position'
    where leaves.position_id is not null
    group by leaves.component_id, leaves.position_id, leaves.span_start
),

by_unit as (
    select component_id, org_unit_id, span_start, sum(amount) as amount, sum(n) as n
    from leaves
    where org_unit_id is not null
    group by component_id, org_unit_id, span_start
),

units as (
    {{ rolled_up_units('by_unit', 'component_id') }}
),

-- A line has somebody below; without that it would only repeat the person.
managers as (
    select distinct manager_id from {{ ref('int_hr__reporting_line') }} where distance > 0
),

lines as (
    select
        leaves.component_id, 'reporting_line' as subject_type, r.manager_id as subject_id, leaves.span_start,
        sum(leaves.amount) as amount, sum(leaves.n) as n
    from leaves
    inner join wanted on leaves.component_id = wanted.component_id and wanted.subject_type = 'reporting_line'
    inner join {{ ref('int_hr__reporting_line') }} as r
        on
            leaves.employee_id = r.employee_id
            and leaves.span_start >= r.valid_from and leaves.span_start < r.valid_to
    inner join managers as m on r.manager_id = m.manager_id
    group by leaves.component_id, r.manager_id, leaves.span_start
),

shared as (
    select component_id, 'shared' as subject_type, '' as subject_id, span_start, amount, n
    from leaves
    where org_unit_id is null
),

subjects as (
    select component_id, 'employee' as subject_type, employee_id as subject_id, span_start, amount, n from by_employee
    union all
    select component_id, 'position' as subject_type, position_id as subject_id, span_start, amount, n from by_position
    union all
    select units.component_id, units.subject_type, units.subject_id, units.span_start, units.amount, units.n
    from units
    inner join wanted on units.component_id = wanted.component_id and units.subject_type = wanted.subject_type
    union all
    select component_id, subject_type, subject_id, span_start, amount, n from lines
    union all
    select component_id, subject_type, subject_id, span_start, amount, n from shared
)

select
    component_id, subject_type, subject_id, span_start,
    cast(amount as decimal(38, 10)) as amount, cast(n as decimal(38, 6)) as n
from subjects
