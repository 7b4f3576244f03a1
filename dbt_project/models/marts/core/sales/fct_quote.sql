select
    quote.quote_id,
    quote.opportunity_id,
    person.employee_id,
    quote.employee_id as source_employee_id,
    cast(null as varchar) as org_unit_id,
    {{ local_date('quote.requested_at') }} as requested_on,
    {{ local_date('quote.due_at') }} as due_on,
    {{ local_date('quote.sent_at') }} as sent_on,
    quote.status,
    {{ hours_between('quote.requested_at', 'quote.sent_at') }} as turnaround_hours,
    quote.sent_at is not null as is_sent,
    coalesce({{ local_date('quote.due_at') }} <= {{ run_setting('as_of') }}, false) as is_due,
    case when quote.due_at is not null then coalesce(quote.sent_at <= quote.due_at, false) end as is_on_time,
    cast(quote.amount as decimal(18, 4)) as amount,
    coalesce(approval.approval_steps, 0) as approval_steps,
    approval.approval_wait_hours,
    {{ source_row('quote') }}
from {{ ref('stg_sales__quotes') }} as quote
left join {{ ref('int_sales__quote_approval') }} as approval on quote.quote_id = approval.quote_id
left join {{ ref('int_hr__known_employee') }} as person on quote.employee_id = person.employee_id
