-- Where several units have nothing above them, the one with most below it is the company. Always exactly one row.
with roots as (
    select unit.org_unit_id, count(*) as units_below
    from {{ ref('int_hr__org_unit') }} as unit
    inner join {{ ref('int_hr__org_closure') }} as closure on unit.org_unit_id = closure.ancestor_id
    where unit.depth = 0
    group by unit.org_unit_id
),

ranked as (
    select org_unit_id, row_number() over (order by units_below desc, org_unit_id asc) as root_rank
    from roots
)

select max(case when root_rank = 1 then org_unit_id end) as org_unit_id from ranked
