with dated as (
    select
        process_case.*,
        {{ local_date('process_case.opened_at') }} as opened_on,
        {{ local_date('process_case.closed_at') }} as closed_on,
        unit.org_unit_id as known_unit_id,
        coalesce(process_case.closed_at is not null and not coalesce(process_case.is_cancelled, false), false) as is_completed
    from {{ ref('stg_operations__process_cases') }} as process_case
    left join {{ ref('int_hr__known_unit') }} as unit on process_case.org_unit_id = unit.org_unit_id
),

-- The beat of a flow: workday hours between two completions of the same process in the same unit.
clocked as (
    select
        dated.*,
        {{ workday_clock('workday', 'dated.closed_at') }} as clock,
        lag({{ workday_clock('workday', 'dated.closed_at') }}) over (
            partition by dated.process, dated.known_unit_id, dated.is_completed
            order by dated.closed_at, dated.case_id
        ) as clock_before
    from dated
    left join {{ ref('int_calendar__workday') }} as workday on dated.closed_on = workday.date_day
)

select
    clocked.case_id,
    clocked.process,
    coalesce(clocked.is_key_process, false) as is_key_process,
    clocked.known_unit_id as org_unit_id,
    clocked.opened_on,
    clocked.closed_on,
    clocked.is_completed,
    clocked.units,
    {{ hours_between('steps.first_started_at', 'steps.last_finished_at') }} as process_hours,
    cast(
        {{ hours_between('clocked.opened_at', 'clocked.closed_at') }} - coalesce(clocked.customer_hold_hours, 0)
        as decimal(18, 4)
    ) as lead_hours,
    steps.value_adding_hours,
    steps.approval_steps,
    steps.approval_wait_hours,
    steps.is_reworked,
    case when clocked.is_completed
        then {{ workday_hours('clocked.clock_before', 'clocked.clock', 2) }}
    end as hours_since_previous,
    baseline.version as baseline_version,
    baseline.baseline_hours,
    {{ source_row('clocked') }}
from clocked
left join {{ ref('int_operations__case_steps') }} as steps on clocked.case_id = steps.case_id
left join {{ ref('stg_library__cycle_baselines') }} as baseline
    on
        clocked.process = baseline.process
        and clocked.closed_on >= baseline.valid_from
        and clocked.closed_on < {{ open_to('baseline.valid_to') }}
