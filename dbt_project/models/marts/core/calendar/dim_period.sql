{% set grains = {'day': '1 day', 'week': '7 days', 'month': '1 month', 'quarter': '3 months', 'year': '1 year'} %}
{% set starts = {
    'day': 'date_day', 'week': 'iso_week_start_on', 'month': 'month_start_on', 'quarter': 'quarter_start_on',
    'year': 'year_start_on',
} %}
with past as (
    select * from {{ ref('dim_date') }} where is_past
),

-- Elapsed days are those that the calendar knows: a first period that began before the calendar counts from there.
periods as (
    {% for grain, length in grains.items() %}
        select
            '{{ grain }}' as period_grain,
            {{ starts[grain] }} as period_start,
            cast({{ starts[grain] }} + interval '{{ length }}' as date) - 1 as period_end,
            count(*) as calendar_days,
            count(*) filter (where is_workday) as business_days
        from past
        group by 1, 2, 3
        union all
    {% endfor %}
    select
        'ytd' as period_grain,
        months.year_start_on as period_start,
        cast(months.month_start_on + interval '1 month' as date) - 1 as period_end,
        count(*) as calendar_days,
        count(*) filter (where day.is_workday) as business_days
    from (select distinct year_start_on, month_start_on from past) as months
    inner join past as day
        on
            months.year_start_on = day.year_start_on
            and months.month_start_on >= day.month_start_on
    group by 1, 2, 3
)

select
    period_grain,
    period_start,
    period_end,
    least(period_end, {{ run_setting('as_of') }}) as last_day_on,
    period_end <= {{ run_setting('as_of') }} as is_complete,
    cast(calendar_days as integer) as calendar_days,
    cast(business_days as integer) as business_days,
    case period_grain
        when 'day' then strftime(period_start, '%Y-%m-%d')
        when 'week' then strftime(period_start, '%G-W%V')
        when 'month' then strftime(period_start, '%Y-%m')
        when 'quarter' then strftime(period_start, '%Y') || '-Q' || quarter(period_start)
        when 'year' then strftime(period_start, '%Y')
        else strftime(period_end, '%Y-%m') || ' YTD'
    end as label_en,
    case period_grain
        when 'day' then strftime(period_start, '%Y年%-m月%-d日')
        when 'week' then strftime(period_start, '%G年') || '第' || weekofyear(period_start) || '周'
        when 'month' then strftime(period_start, '%Y年%-m月')
        when 'quarter' then strftime(period_start, '%Y年') || '第' || quarter(period_start) || '季度'
        when 'year' then strftime(period_start, '%Y年')
        else strftime(period_end, '%Y年1–%-m月')
    end as label_zh
from periods
