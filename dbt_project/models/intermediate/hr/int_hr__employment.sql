-- Records of one hire agree on hired_on; the latest of them knows whether and why employment ended.
with ranked as (
    select
        employee_id,
        hired_on,
        left_on,
        leaving_reason,
        employment_type,
        max(hired_on) over (partition by employee_id) as latest_hired_on,
        row_number() over (partition by employee_id, hired_on order by valid_from desc) as record_rank
    from {{ ref('int_hr__employee_version') }}
),

hires as (
    select
        employee_id,
        hired_on is not null as is_start_known,
        {{ open_from('hired_on') }} as started_on,
        least(
            {{ open_to('left_on') }},
            coalesce(lead(hired_on) over (partition by employee_id order by hired_on nulls first), {{ end_of_time() }})
        ) as ended_on,
        leaving_reason,
        employment_type
    from ranked
    where record_rank = 1 and (hired_on is not null or latest_hired_on is null)
),

-- A contract that starts on the day another ends continues the employment: nobody left, nobody was hired.
marked as (
    select
        *,
        case
            when started_on <= lag(ended_on) over (partition by employee_id order by started_on) then 0 else 1
        end as is_new
    from hires
    where started_on < ended_on
),

numbered as (
    select
        *,
        sum(is_new) over (partition by employee_id order by started_on) as spell_number,
        coalesce(lead(is_new) over (partition by employee_id order by started_on), 1) as is_last
    from marked
)

select
    employee_id,
    cast(spell_number as integer) as spell_number,
    min(started_on) as started_on,
    max(ended_on) as ended_on,
    bool_and(is_start_known) as is_start_known,
    max(case when is_last = 1 then leaving_reason end) as leaving_reason,
    max(case when is_new = 1 then employment_type end) as hired_employment_type,
    max(case when is_last = 1 then employment_type end) as left_employment_type
from numbered
group by employee_id, spell_number
