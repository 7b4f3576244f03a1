{% set facts = {
    'fct_training': ['completed_on'], 'fct_working_time': ['worked_on'], 'fct_payroll_monthly': ['paid_on'],
    'fct_absence': ['started_on'], 'fct_survey_response': ['responded_on'], 'fct_employment_event': ['event_on'],
    'fct_workforce_daily': ['work_date'], 'fct_competency_assessment': ['assessed_on'],
    'fct_innovation_submission': ['decided_on', 'implemented_on'],
    'fct_opportunity': ['created_on', 'closed_on'], 'fct_sales_activity': ['occurred_on'],
    'fct_quote': ['due_on', 'sent_on'], 'fct_order': ['ordered_on', 'due_on', 'accepted_on'],
    'fct_order_line': ['ordered_on', 'accepted_on'], 'fct_delivery': ['due_on'],
    'fct_ticket': ['created_on', 'resolved_on'], 'fct_ticket_event': ['occurred_on'],
    'fct_satisfaction_rating': ['responded_on'], 'fct_survey_invitation': ['sent_on'],
    'fct_work_item': ['created_on', 'due_on', 'completed_on'], 'fct_work_item_step': ['judged_on'],
    'fct_step_execution': ['received_on', 'finished_on'], 'fct_inspection': ['due_on', 'inspected_on'],
    'fct_improvement': ['closed_on'], 'fct_deployment': ['deployed_on'], 'fct_project': ['due_on', 'completed_on'],
    'fct_system_session': ['started_on'],
} -%}
-- A record is judged on each day that a measure counts it: a ticket on the day it was created and on the day it was
-- resolved. Somebody known may lack a position on just one of them.
with named as (
    {% for fact, days in facts.items() -%}
    {% set last_fact = loop.last -%}
    {% for day in days -%}
    select
        '{{ fact }}' as fact,
        '{{ day }}' as counted_on,
        {{ 'employee_id' if fact == 'fct_workforce_daily' else 'source_employee_id' }} as source_employee_id,
        employee_id,
        {{ day }} as event_on
    from {{ ref(fact) }}
    where {{ day }} <= {{ run_setting('as_of') }}
    {{ 'union all' if not (last_fact and loop.last) }}
    {% endfor %}
    {%- endfor %}
),

judged as (
    select
        named.fact,
        named.counted_on,
        case
            when named.source_employee_id is null then 'no_person_named'
            when named.employee_id is null then 'person_unknown_to_hr'
            when assignment.employee_id is null then 'no_position_that_day'
        end as reason
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
    counted_on,
    reason,
    count(*) as rows_count
from judged
where reason is not null
group by 1, 2, 3
