with paid as (
    select
        *,
        cast(date_trunc('month', month_on) as date) as month_start_on,
        cast(date_trunc('month', month_on) + interval '1 month' as date) - 1 as month_end_on
    from {{ ref('stg_hr__payroll_monthly') }}
),

last_employed as (
    select
        paid.employee_id,
        paid.month_on,
        max(least(employment.ended_on - 1, paid.month_end_on)) as last_day_on
    from paid
    inner join {{ ref('int_hr__employment') }} as employment
        on
            paid.employee_id = employment.employee_id
            and paid.month_end_on >= employment.started_on
            and paid.month_start_on < employment.ended_on
    group by 1, 2
)

-- A leaver's last month is dated on his last day, when he still had a position. What is paid for months after that
-- keeps its own month: history does not move.
select
    person.employee_id,
    paid.employee_id as source_employee_id,
    cast(null as varchar) as org_unit_id,
    paid.month_on,
    least(coalesce(last_employed.last_day_on, paid.month_end_on), {{ run_setting('as_of') }}) as paid_on,
    {% for pay in ['base_pay', 'overtime_pay', 'bonus_pay', 'benefits_cost', 'employer_cost'] -%}
    cast(paid.{{ pay }} as decimal(18, 4)) as {{ pay }},
    {% endfor -%}
    cast(
        paid.base_pay + coalesce(paid.overtime_pay, 0) + coalesce(paid.bonus_pay, 0) as decimal(18, 4)
    ) as total_pay,
    cast(
        paid.base_pay + coalesce(paid.overtime_pay, 0) + coalesce(paid.bonus_pay, 0)
        + coalesce(paid.benefits_cost, 0) + coalesce(paid.employer_cost, 0) as decimal(18, 4)
    ) as workforce_cost,
    {{ source_row('paid') }}
from paid
left join {{ ref('int_hr__known_employee') }} as person on paid.employee_id = person.employee_id
left join last_employed
    on
        paid.employee_id = last_employed.employee_id
        and paid.month_on = last_employed.month_on
where paid.month_start_on <= {{ run_setting('as_of') }}
