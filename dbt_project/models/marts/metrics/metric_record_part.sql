{{ config(materialized='touched', batches='metric_record_batch', touched=touched_record_parts()) }}
{#- A record counts for many subjects and periods. What a day, a week or a month has of a subject is gathered once here, and
    a longer period puts these lists together. -#}
-- depends_on: {{ ref('metric_record_batch') }}
with components as (
    {{ direct_components() }}
),

touched as (
    select * from {{ ref('metric_record_part_touched') }} where {{ in_batch('part_end') }}
),

touched_days as (
    select distinct t.population, d.date_day
    from touched as t
    inner join {{ ref('dim_date') }} as d on d.date_day >= t.part_start and d.date_day <= t.part_end
),

levels as (
    select distinct c.population, l.subject_type
    from {{ source('library', 'metric_term') }} as t
    inner join components as c on t.component_id = c.component_id
    inner join {{ source('library', 'metric_level') }} as l on t.metric_id = l.metric_id
    union
    select population, 'shared' as subject_type from components
),

records as (
    select
        r.metric_date, r.employee_id, r.position_id, r.org_unit_id, r.amount,
        md5_number(r.member) as member_number, c.attribution, c.population
    from {{ ref('metric_component_record') }} as r
    inner join components as c on r.component_id = c.component_id and c.component_id = c.representative_id
    inner join touched_days as t on c.population = t.population and r.metric_date = t.date_day
),

carriers as (
    select distinct attribution, employee_id, position_id, org_unit_id, metric_date from records
),

-- Where a record sits: in the positions that the person held on the day, else where the record itself says.
seats as (
    select
        c.*,
        coalesce(h.position_id, c.position_id) as held_position_id,
        coalesce(h.org_unit_id, c.org_unit_id, root.org_unit_id) as carrying_unit_id
    from carriers as c
    cross join {{ ref('int_hr__company_root') }} as root
    left join {{ ref('int_hr__employee_assignment') }} as h
        on
            c.attribution = 'employee' and c.employee_id = h.employee_id
            and c.metric_date >= h.valid_from and c.metric_date < h.valid_to
),

managers as (
    select distinct manager_id from {{ ref('int_hr__reporting_line') }} where distance > 0
),

-- Whose record it is. A subject has it once, however many positions lead there.
owned as (
    select attribution, employee_id, position_id, org_unit_id, metric_date, 'employee' as subject_type, employee_id as subject_id
    from carriers
    where employee_id is not null
    union
    select attribution, employee_id, position_id, org_unit_id, metric_date, 'position' as subject_type, held_position_id as subject_id
    from seats
    where held_position_id is not null
    union
    select
        s.attribution, s.employee_id, s.position_id, s.org_unit_id, s.metric_date,
        coalesce(u.ancestor_type, 'company') as subject_type, coalesce(u.ancestor_id, root.org_unit_id) as subject_id
    from seats as s
    cross join {{ ref('int_hr__company_root') }} as root
    left join {{ ref('int_hr__org_closure') }} as u
        on
            s.carrying_unit_id = u.descendant_id
            and s.metric_date >= u.valid_from and s.metric_date < u.valid_to
    where s.attribution <> 'shared'
    union
    select c.attribution, c.employee_id, c.position_id, c.org_unit_id, c.metric_date, 'reporting_line' as subject_type, l.manager_id
    from carriers as c
    inner join {{ ref('int_hr__reporting_line') }} as l
        on c.employee_id = l.employee_id and c.metric_date >= l.valid_from and c.metric_date < l.valid_to
    inner join managers as m on l.manager_id = m.manager_id
    union
    select attribution, employee_id, position_id, org_unit_id, metric_date, 'shared' as subject_type, '' as subject_id
    from carriers
    where attribution = 'shared'
)

select
    r.population, t.part_grain, t.part_start, t.part_end, o.subject_type, o.subject_id,
    list(r.amount) filter (where r.amount is not null) as amounts,
    list(distinct r.member_number) filter (where r.member_number is not null) as member_numbers,
    count(*) as n
from records as r
inner join owned as o
    on
        r.attribution = o.attribution and r.metric_date = o.metric_date
        and r.employee_id is not distinct from o.employee_id
        and r.position_id is not distinct from o.position_id
        and r.org_unit_id is not distinct from o.org_unit_id
inner join levels as l on r.population = l.population and o.subject_type = l.subject_type
inner join touched as t
    on r.population = t.population and r.metric_date >= t.part_start and r.metric_date <= t.part_end
group by r.population, t.part_grain, t.part_start, t.part_end, o.subject_type, o.subject_id
