with followed as (
    select opportunity_id, cast(count(*) as integer) as activity_count
    from {{ ref('stg_sales__activities') }}
    group by opportunity_id
)

select
    opportunity.opportunity_id,
    opportunity.account_id,
    person.employee_id,
    opportunity.owner_employee_id as source_employee_id,
    unit.org_unit_id,
    {{ local_date('opportunity.created_at') }} as created_on,
    {{ local_date('opportunity.closed_at') }} as closed_on,
    opportunity.status,
    opportunity.stage,
    opportunity.status = 'won' as is_won,
    opportunity.status = 'lost' as is_lost,
    opportunity.status <> 'open' as is_closed,
    cast(opportunity.amount as decimal(18, 4)) as amount,
    coalesce(followed.activity_count, 0) as activity_count,
    opportunity.channel,
    account.segment,
    account.region,
    {{ source_row('opportunity') }}
from {{ ref('stg_sales__opportunities') }} as opportunity
left join followed on opportunity.opportunity_id = followed.opportunity_id
left join {{ ref('stg_sales__accounts') }} as account on opportunity.account_id = account.account_id
left join {{ ref('int_hr__known_employee') }} as person on opportunity.owner_employee_id = person.employee_id
left join {{ ref('int_hr__known_unit') }} as unit on opportunity.org_unit_id = unit.org_unit_id
