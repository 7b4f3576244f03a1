-- The parts of one metric of one subject in two periods, the base and the other, from the published marts: units and people
-- below it with the leaves that they carried while they were below, or the terms of its formula. One row per part: part_type,
-- part_id, base_numerator, base_denominator, numerator, denominator.
with recursive
metric as (
    select string_split(levels, ',') as levels, coalesce(min_n, 0) as min_n from marts.dim_metric where metric_id = $metric_id
),

units as (
    select
        org_unit_id, parent_id, subject_type,
        coalesce(valid_from, date '1900-01-01') as valid_from, coalesce(valid_to, date '9999-12-31') as valid_to
    from marts.dim_org_unit
),

-- Every unit below the subject, with the part that it belongs to: the topmost unit below the subject that has figures.
below as (
    select
        org_unit_id, cast(null as varchar) as part_type, cast(null as varchar) as part_id, valid_from, valid_to
    from units
    where org_unit_id = $subject_id
    union all
    select
        u.org_unit_id,
        case when b.part_id is null and list_contains(metric.levels, u.subject_type) then u.subject_type else b.part_type end,
        case when b.part_id is null and list_contains(metric.levels, u.subject_type) then u.org_unit_id else b.part_id end,
        greatest(u.valid_from, b.valid_from), least(u.valid_to, b.valid_to)
    from below as b
    cross join metric
    inner join units as u
        on b.org_unit_id = u.parent_id and u.org_unit_id <> $subject_id
        and u.valid_from < b.valid_to and b.valid_from < u.valid_to
),

sides as (
    select
        period_start = $base_start and period_end = $base_end as is_base, period_start, first_day_on, last_day_on
    from marts.dim_period
    where
        period_grain = $period_grain
        and (
            (period_start = $base_start and period_end = $base_end)
            or (period_start = $period_start and period_end = $period_end)
        )
),

-- Each term with the days of either period that it counts: of a stock the first or the last.
terms as (
    select
        s.is_base, t.role, t.component_id, t.coefficient, t.per, t.attribution = 'shared' as is_shared,
        s.period_start as period_from, s.last_day_on as period_until,
        case t.time_aggregation when 'last' then s.last_day_on when 'first' then s.first_day_on else s.period_start end as counted_from,
        case t.time_aggregation when 'first' then s.first_day_on else s.last_day_on end as counted_until,
        $way = 'component' and count(*) over (partition by s.is_base, t.role) = 1 as is_whole_side
    from marts.metric_term as t
    cross join sides as s
    where t.metric_id = $metric_id
),

carried as (
    select
        t.is_base, t.role, t.component_id, t.coefficient, t.per, t.period_from, t.period_until, leaf.amount, leaf.n,
        case
            when b.part_id is not null then b.part_type
            when b.org_unit_id is not null and leaf.employee_id is not null and list_contains(metric.levels, 'employee')
                then 'employee'
            else 'own'
        end as unit_part_type,
        coalesce(b.part_id, case when unit_part_type = 'employee' then leaf.employee_id end, '') as unit_part_id
    from terms as t
    cross join metric
    inner join marts.metric_component_daily as leaf
        on t.component_id = leaf.component_id and leaf.metric_date between t.counted_from and t.counted_until
    left join below as b
        on leaf.org_unit_id = b.org_unit_id and leaf.metric_date >= b.valid_from and leaf.metric_date < b.valid_to
    left join units as known
        on leaf.org_unit_id = known.org_unit_id
        and leaf.metric_date >= known.valid_from and leaf.metric_date < known.valid_to
    where
        not t.is_whole_side
        and case
            when t.is_shared then $way = 'component'
            when $subject_type = 'employee' then leaf.employee_id = $subject_id
            when $subject_type = 'position' then leaf.position_id = $subject_id
            when $subject_type = 'reporting_line' then false
            -- A unit that did not exist on the day still counts for the company.
            else b.org_unit_id is not null or ($subject_type = 'company' and known.org_unit_id is null)
        end
),

summed as (
    select
        is_base, role, coefficient, per, period_from, period_until,
        case when $way = 'unit' then unit_part_type else role end as part_type,
        case when $way = 'unit' then unit_part_id else component_id end as part_id,
        component_id, sum(amount) as amount, sum(n) as n
    from carried
    group by all
),

-- A term may be spread over the days of the period: divided by what all share.
weighed as (
    select
        s.*,
        case
            when s.per is null then cast(s.coefficient * s.amount as decimal(38, 10))
            else cast(s.coefficient * s.amount / nullif(spread.amount, 0) as decimal(38, 10))
        end as weighed
    from summed as s
    left join (
        select t.is_base, t.per, sum(leaf.amount) as amount
        from (select distinct is_base, per, period_from, period_until from terms where per is not null) as t
        inner join marts.metric_component_daily as leaf
            on t.per = leaf.component_id and leaf.metric_date between t.period_from and t.period_until
        group by all
    ) as spread on s.is_base = spread.is_base and s.per = spread.per
),

sided as (
    select
        part_type, part_id, is_base,
        coalesce(sum(weighed) filter (where role = 'numerator'), 0) as numerator,
        coalesce(sum(weighed) filter (where role = 'denominator'), 0) as denominator,
        cast(ceil(coalesce(max(n) filter (where role = 'denominator'), max(n))) as bigint) as n
    from weighed
    group by all
),

-- The only term above or below the line is the numerator or the denominator itself.
whole_sides as (
    select
        role as part_type, component_id as part_id, is_base,
        case when role = 'numerator' then case when is_base then $whole_base_numerator else $whole_numerator end else 0 end
            as numerator,
        case when role = 'denominator' then case when is_base then $whole_base_denominator else $whole_denominator end else 0 end
            as denominator,
        cast(null as bigint) as n
    from terms
    where is_whole_side
),

every_side as (
    select * from sided
    union all
    select * from whole_sides
),

told as (
    select s.*, $way = 'unit' and bool_or(n < min_n) over (partition by part_type, part_id) as withheld
    from every_side as s
    cross join metric
)

select
    case when withheld then 'withheld' else part_type end as part_type,
    case when withheld then '' else part_id end as part_id,
    coalesce(sum(numerator) filter (where is_base), 0) as base_numerator,
    coalesce(sum(denominator) filter (where is_base), 0) as base_denominator,
    coalesce(sum(numerator) filter (where not is_base), 0) as numerator,
    coalesce(sum(denominator) filter (where not is_base), 0) as denominator
from told
group by 1, 2
