{% set classes = ['revenue', 'cost_of_goods', 'workforce_cost', 'operating_expense', 'finance_cost', 'tax'] -%}
select
    unit.org_unit_id,
    ledger.org_unit_id as source_org_unit_id,
    cast(date_trunc('month', ledger.month_on) as date) as month_on,
    least(
        cast(date_trunc('month', ledger.month_on) + interval '1 month' as date) - 1, {{ run_setting('as_of') }}
    ) as posted_on,
    ledger.account_class,
    cast(ledger.amount as decimal(18, 4)) as amount,
    {% for class in classes -%}
    cast(case when ledger.account_class = '{{ class }}' then ledger.amount else 0 end as decimal(18, 4)) as {{ class }},
    {% endfor -%}
    cast(
        case
            when ledger.account_class in ('cost_of_goods', 'workforce_cost', 'operating_expense', 'finance_cost')
                then ledger.amount
            else 0
        end as decimal(18, 4)
    ) as total_expense,
    {{ source_row('ledger') }}
from {{ ref('stg_finance__ledger_monthly') }} as ledger
left join {{ ref('int_hr__known_unit') }} as unit on ledger.org_unit_id = unit.org_unit_id
where date_trunc('month', ledger.month_on) <= {{ run_setting('as_of') }}
