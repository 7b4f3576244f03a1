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

by_employee as (
    select component_id, employee_id, span_start, sum(amount) as amount, sum(n) as n
    from leaves
    where employee_id is not null
    group by component_id, employee_id, span_start
),

by_position as (
    select component_id, position_id, span_start, sum(amount) as amount, sum(n) as n
    from leaves
    where position_id is not null
    group by component_id, position_id, span_start
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
        b.component_id, 'reporting_line' as subject_type, r.manager_id as subject_id, b.span_start,
        sum(b.amount) as amount, sum(b.n) as n
    from by_employee as b
    inner join {{ ref('int_hr__reporting_line') }} as r
        on b.employee_id = r.employee_id and b.span_start >= r.valid_from and b.span_start < r.valid_to
    inner join managers as m on r.manager_id = m.manager_id
    inner join wanted as w on b.component_id = w.component_id and w.subject_type = 'reporting_line'
    group by b.component_id, r.manager_id, b.span_start
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
    select component_id, subject_type, subject_id, span_start, amount, n from units
)

select
    s.component_id, s.subject_type, s.subject_id, s.span_start,
    cast(s.amount as decimal(38, 10)) as amount, cast(s.n as decimal(38, 6)) as n
from subjects as s
inner join wanted as w on s.component_id = w.component_id and s.subject_type = w.subject_type
union all
select component_id, subject_type, subject_id, span_start, amount, n from lines
union all
select component_id, subject_type, subject_id, span_start, amount, n from shared
