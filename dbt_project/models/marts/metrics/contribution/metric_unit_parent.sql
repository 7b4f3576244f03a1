{#- A metric is not published for every level, so whose part a unit is depends on the levels: the nearest unit above it, or for
    what it carries itself the nearest including it, that has figures. -#}
with levels as (
    select distinct levels from {{ source('library', 'metric') }} where levels is not null
),

intervals as (
    {{ unchanging_intervals(ref('int_hr__org_closure'), 'descendant_id') }}
),

above as (
    select l.levels, i.node_id, i.valid_from, i.valid_to, c.ancestor_type, c.ancestor_id, c.distance
    from intervals as i
    inner join {{ ref('int_hr__org_closure') }} as c
        on i.node_id = c.descendant_id and i.valid_from >= c.valid_from and i.valid_from < c.valid_to
    inner join levels as l on list_contains(string_split(l.levels, ','), c.ancestor_type)
)

select
    levels, 'unit' as carrier, node_id as org_unit_id, valid_from, valid_to,
    arg_min(ancestor_type, distance) as parent_type, arg_min(ancestor_id, distance) as parent_id
from above
where distance > 0
group by levels, node_id, valid_from, valid_to
union all
select
    levels, 'person' as carrier, node_id as org_unit_id, valid_from, valid_to,
    arg_min(ancestor_type, distance) as parent_type, arg_min(ancestor_id, distance) as parent_id
from above
group by levels, node_id, valid_from, valid_to
