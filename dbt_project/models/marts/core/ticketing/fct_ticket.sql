with dated as (
    select
        *,
        {{ local_date('created_at') }} as created_on,
        {{ local_date('first_responded_at') }} as first_responded_on,
        {{ local_date('resolved_at') }} as resolved_on
    from {{ ref('int_ticketing__ticket') }}
),

-- A due time that the source does not state follows from the policy for the priority on the day of creation.
timed as (
    select
        dated.*,
        dated.resolved_at is not null and dated.status_class in ('resolved', 'closed') as is_resolved,
        coalesce(
            dated.response_due_at, dated.created_at + policy.first_response_minutes * interval '1 minute'
        ) as answer_due_at,
        coalesce(
            dated.resolution_due_at, dated.created_at + policy.resolution_minutes * interval '1 minute'
        ) as solution_due_at
    from dated
    left join {{ ref('int_ticketing__sla_policy') }} as policy
        on
            dated.priority = policy.priority
            and dated.created_on >= policy.valid_from
            and dated.created_on < policy.valid_to
),

clocked as (
    select
        timed.*,
        {{ workday_clock('creation_day', 'timed.created_at') }} as creation_clock,
        {{ workday_clock('answer_day', 'timed.first_responded_at') }} as answer_clock,
        {{ workday_clock('resolution_day', 'timed.resolved_at') }} as resolution_clock
    from timed
    left join {{ ref('int_calendar__workday') }} as creation_day on timed.created_on = creation_day.date_day
    left join {{ ref('int_calendar__workday') }} as answer_day on timed.first_responded_on = answer_day.date_day
    left join {{ ref('int_calendar__workday') }} as resolution_day on timed.resolved_on = resolution_day.date_day
),

resolved as (
    select ticket_id, lag(resolution_clock) over (order by resolved_at, ticket_id) as clock_before
    from clocked
    where is_resolved
)

select
    timed.ticket_id,
    person.employee_id,
    timed.handler_id as source_employee_id,
    unit.org_unit_id,
    timed.account_id,
    timed.created_on,
    timed.first_responded_on,
    timed.resolved_on,
    {{ local_date('timed.closed_at') }} as closed_on,
    {{ local_date('timed.answer_due_at') }} as response_due_on,
    {{ local_date('timed.solution_due_at') }} as resolution_due_on,
    timed.status_class,
    timed.is_resolved,
    timed.priority,
    timed.channel,
    timed.category,
    {{ hours_between('timed.created_at', 'timed.first_responded_at') }} as response_hours,
    {{ workday_hours('timed.creation_clock', 'timed.answer_clock', 4) }} as response_workday_hours,
    cast(
        {{ hours_between('timed.created_at', 'timed.resolved_at') }} - coalesce(timed.pending_hours, 0)
        as decimal(18, 4)
    ) as handling_hours,
    case when timed.is_resolved
        then {{ workday_hours('resolved.clock_before', 'timed.resolution_clock', 2) }}
    end as hours_since_previous,
    timed.contact_count,
    case
        when timed.contact_count is not null then timed.contact_count = 1 and coalesce(timed.reopen_count, 0) = 0
    end as is_first_contact_resolved,
    timed.is_level1_resolvable,
    timed.highest_level = 1 as is_first_level,
    coalesce(timed.reopen_count, 0) > 0 as is_reopened,
    coalesce(timed.reopen_count, 0) as reopen_count,
    {% for step, due, done in [
        ('response', 'timed.answer_due_at', 'timed.first_responded_at'),
        ('resolution', 'timed.solution_due_at', 'timed.resolved_at'),
    ] -%}
    coalesce(
        {{ due }} is not null and ({{ done }} is not null or {{ local_date(due) }} <= {{ run_setting('as_of') }}), false
    ) as is_{{ step }}_due,
    case when {{ due }} is not null then coalesce({{ done }} <= {{ due }}, false) end as is_{{ step }}_on_time,
    {% endfor -%}
    timed.is_auto_assigned,
    timed.is_complaint,
    cast(timed.pending_hours as decimal(18, 4)) as pending_hours,
    timed.is_derived,
    {{ source_row('timed') }}
from clocked as timed
left join resolved on timed.ticket_id = resolved.ticket_id
left join {{ ref('int_hr__known_employee') }} as person on timed.handler_id = person.employee_id
left join {{ ref('int_hr__known_unit') }} as unit on timed.org_unit_id = unit.org_unit_id
