with timed as (
    select
        sale.*,
        delivery.accepted_at,
        {{ local_date('delivery.accepted_at') }} as accepted_on,
        delivery.is_complete and delivery.is_undamaged and delivery.has_correct_documents as is_faultless,
        total.amount,
        total.line_count
    from {{ ref('int_sales__order') }} as sale
    left join {{ ref('int_sales__order_delivery') }} as delivery on sale.order_id = delivery.order_id
    left join {{ ref('int_sales__order_total') }} as total on sale.order_id = total.order_id
),

judged as (
    select
        timed.*,
        -- Against the original commit date; an order not yet accepted is not on time, one without a date is unknown.
        case when timed.committed_on is not null then coalesce(timed.accepted_on <= timed.committed_on, false) end
            as is_on_time,
        baseline.version as baseline_version,
        baseline.baseline_hours
    from timed
    left join {{ ref('stg_library__cycle_baselines') }} as baseline
        on
            baseline.process = 'order_fulfilment'
            and timed.accepted_on >= baseline.valid_from
            and timed.accepted_on < {{ open_to('baseline.valid_to') }}
)

select
    order_id,
    employee_id,
    source_employee_id,
    org_unit_id,
    account_id,
    opportunity_id,
    region,
    segment,
    status,
    ordered_on,
    committed_on,
    accepted_on,
    committed_on as due_on,
    status = 'delivered' as is_delivered,
    coalesce(status = 'cancelled', false) as is_cancelled,
    coalesce(status <> 'cancelled' and committed_on <= {{ run_setting('as_of') }}, false) as is_due,
    is_on_time,
    is_on_time and is_faultless as is_perfect,
    cast(
        {{ hours_between('ordered_at', 'accepted_at') }} - coalesce(customer_hold_hours, 0) as decimal(18, 4)
    ) as cycle_hours,
    baseline_version,
    baseline_hours,
    cast(amount as decimal(18, 4)) as amount,
    coalesce(line_count, 0) as line_count,
    {{ source_row('judged') }}
from judged
