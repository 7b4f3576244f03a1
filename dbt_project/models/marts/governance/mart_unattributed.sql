{% set facts = {
    'fct_training': 'completed_on', 'fct_working_time': 'worked_on', 'fct_payroll_monthly': 'paid_on',
    'fct_absence': 'started_on', 'fct_survey_response': 'responded_on', 'fct_employment_event': 'event_on',
    'fct_workforce_daily': 'work_date', 'fct_opportunity': 'coalesce(closed_on, created_on)',
    'fct_sales_activity': 'occurred_on', 'fct_quote': 'coalesce(sent_on, requested_on)', 'fct_order': 'ordered_on',
    'fct_order_line': 'ordered_on', 'fct_ticket': 'coalesce(resolved_on, created_on)',
    'fct_ticket_event': 'occurred_on', 'fct_satisfaction_rating': 'responded_on',
    'fct_work_item': 'coalesce(completed_on, created_on)', 'fct_competency_assessment': 'assessed_on',
    'fct_innovation_submission': 'coalesce(decided_on, submitted_on)',
} -%}
-- A record is judged on the day that its main metrics count it. Somebody known may lack a position on just that day.
with named as (
    {% for fact, day in facts.items() -%}
    select
        '{{ fact }}' as fact,
        {{ 'employee_id' if fact == 'fct_workforce_daily' else 'source_employee_id' }} as source_employee_id,
        employee_id,
        {{ day }} as event_on,
        count(*) as rows_count
    from {{ ref(fact) }}
    group by 1, 2, 3, 4
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

judged as (
    select
        named.fact,
        case
            when named.source_employee_id is null then 'no_person_named'
            when named.employee_id is null then 'person_unknown_to_hr'
            when assignment.employee_id is null then 'no_position_that_day'
        end as reason,
        named.rows_count
    from named
    left join {{ ref('int_hr__employee_assignment') }} as assignment
        on
            named.employee_id = assignment.employee_id
            and assignment.is_primary
            and named.event_on >= assignment.valid_from
            and named.event_on < assignment.valid_to
)

select
    fact,
    reason,
    cast(sum(rows_count) as bigint) as rows_count
from judged
where reason is not null
group by 1, 2
