-- Depth and path of a unit change when any unit above it moves, so each record is cut at every change of its chain.
with cuts as (
    select node_id, valid_from as cut_on from {{ ref('int_hr__org_chain') }}
    union
    select node_id, valid_to as cut_on from {{ ref('int_hr__org_chain') }}
),

segments as (
    select
        node_id,
        cut_on as valid_from,
        lead(cut_on) over (partition by node_id order by cut_on) as valid_to
    from cuts
),

placed as (
    select
        segments.node_id,
        segments.valid_from,
        segments.valid_to,
        max(chain.distance) as levels_above,
        -- A unit whose topmost known parent is not in HR hangs below something: it is not a company of its own.
        max(case when chain.ancestor_parent_id is null then 1 else 0 end) as reaches_root,
        string_agg(chain.ancestor_id, '/' order by chain.distance desc) as path
    from segments
    inner join {{ ref('int_hr__org_chain') }} as chain
        on
            segments.node_id = chain.node_id
            and segments.valid_from >= chain.valid_from
            and segments.valid_from < chain.valid_to
    group by 1, 2, 3
)

select
    version.org_unit_id,
    version.parent_id,
    version.name,
    version.name_zh,
    coalesce(
        version.unit_level,
        case placed.levels_above + 1 - placed.reaches_root
            when 0 then 'company' when 1 then 'division' when 2 then 'department' else 'team'
        end
    ) as subject_type,
    version.unit_type,
    cast(placed.levels_above + 1 - placed.reaches_root as integer) as depth,
    version.manager_employee_id,
    version.cost_centre,
    placed.path,
    placed.valid_from,
    placed.valid_to
from placed
inner join {{ ref('int_hr__org_unit_version') }} as version
    on
        placed.node_id = version.org_unit_id
        and placed.valid_from >= version.valid_from
        and placed.valid_from < version.valid_to
