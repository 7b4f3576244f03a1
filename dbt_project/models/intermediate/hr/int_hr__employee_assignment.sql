with held as (
    select
        segment.employee_id,
        held.position_id,
        version.org_unit_id,
        held.fte_share,
        segment.valid_from,
        segment.valid_to,
        sum(held.fte_share) over (partition by segment.employee_id, segment.valid_from) as total_share,
        row_number() over (
            partition by segment.employee_id, segment.valid_from
            order by held.is_primary desc, held.fte_share desc, held.position_id asc
        ) = 1 as is_primary
    from {{ ref('int_hr__employment_segment') }} as segment
    inner join {{ ref('int_hr__employee_position') }} as held
        on
            segment.employee_id = held.employee_id
            and segment.valid_from >= held.valid_from
            and segment.valid_from < held.valid_to
    left join {{ ref('int_hr__position_version') }} as version
        on
            held.position_id = version.position_id
            and segment.valid_from >= version.valid_from
            and segment.valid_from < version.valid_to
),

-- Shares are cut off at six decimals; the main position takes the rest, so that a person's day sums to exactly 1.
shared as (
    select
        *,
        case
            when is_primary or total_share = 0 then 0
            else cast(floor(fte_share * 1000000 / total_share) / 1000000 as decimal(9, 6))
        end as cut_share
    from held
)

select
    employee_id,
    position_id,
    org_unit_id,
    fte_share,
    cast(
        case
            when is_primary then 1 - sum(cut_share) over (partition by employee_id, valid_from) else cut_share
        end as decimal(9, 6)
    ) as attribution_share,
    is_primary,
    valid_from,
    valid_to
from shared
