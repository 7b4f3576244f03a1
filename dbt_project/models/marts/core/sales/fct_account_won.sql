select
    account.account_id,
    account.created_on as won_on,
    person.employee_id,
    account.owner_employee_id as source_employee_id,
    cast(null as varchar) as org_unit_id,
    {{ source_row('account') }}
from {{ ref('stg_sales__accounts') }} as account
left join {{ ref('int_hr__known_employee') }} as person on account.owner_employee_id = person.employee_id
