select
    quote_id,
    cast(count(*) as integer) as approval_steps,
    cast(sum({{ hours_between('requested_at', 'decided_at') }}) as decimal(18, 4)) as approval_wait_hours
from {{ ref('stg_sales__quote_approvals') }}
group by quote_id
