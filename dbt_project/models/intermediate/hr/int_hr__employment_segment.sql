-- Cut each employment wherever anything that attribution rests on changes.
with held as (
    select
        held.employee_id,
        held.valid_from,
        held.valid_to,
        version.valid_from as position_from,
        version.valid_to as position_to
    from {{ ref('int_hr__employee_position') }} as held
    left join {{ ref('int_hr__position_version') }} as version on held.position_id = version.position_id
),

cuts as (
    select employee_id, started_on as cut_on from {{ ref('int_hr__employment') }}
    union
    select employee_id, ended_on from {{ ref('int_hr__employment') }}
    union
    select employee_id, valid_from from {{ ref('int_hr__employee_version') }}
    union
    select employee_id, valid_to from {{ ref('int_hr__employee_version') }}
    union
    select employee_id, valid_from from held
    union
    select employee_id, valid_to from held
    union
    select employee_id, position_from from held where position_from is not null
    union
    select employee_id, position_to from held where position_to is not null
),

segments as (
    select
        employee_id,
        cut_on as valid_from,
        lead(cut_on) over (partition by employee_id order by cut_on) as valid_to
    from cuts
)

select
    segments.employee_id,
    segments.valid_from,
    segments.valid_to,
    employment.is_start_known,
    version.employment_type
from segments
inner join {{ ref('int_hr__employment') }} as employment
    on
        segments.employee_id = employment.employee_id
        and segments.valid_from >= employment.started_on
        and segments.valid_from < employment.ended_on
left join {{ ref('int_hr__employee_version') }} as version
    on
        segments.employee_id = version.employee_id
        and segments.valid_from >= version.valid_from
        and segments.valid_from < version.valid_to
where segments.valid_to is not null
